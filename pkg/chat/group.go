package chat

// Revise is the conversation after e, the next entry that changes it or its members. Entries of a revision that it has
// change nothing.
func (c Conversation) Revise(e Entry) Conversation {
	if e.Revision <= c.Revision {
		return c
	}
	c.Revision = e.Revision
	switch e.Kind {
	case ConversationUpdated:
		c = c.patch(*e.Changed)
	case ConversationDeleted:
		c.DeletedAt, c.MemberCount = e.CreatedAt, 0
	case MemberAdded:
		c.MemberCount++
	case MemberRemoved:
		c.MemberCount--
	default:
	}
	return c.enter(e)
}

func (c Conversation) patch(p ConversationPatch) Conversation {
	if p.Title != nil {
		c.Title = *p.Title
	}
	if p.Description != nil {
		c.Description = *p.Description
	}
	if p.AvatarURL != nil {
		c.AvatarURL = *p.AvatarURL
	}
	return c
}

// enter moves the conversation to its room channel, if e says so.
func (c Conversation) enter(e Entry) Conversation {
	if e.Room && c.RoomSeq == 0 {
		c.RoomSeq, c.RoomAt = e.Seq, e.CreatedAt
	}
	return c
}

// Place is what an entry makes of one member: a later one wins.
type Place struct {
	Member
	// Left: no member any more.
	Left bool
	// Joined: a new member; else only the role is new.
	Joined bool
}

// Places are those that e, a member.* entry, decides on. Who hands a group over becomes an admin by the same entry,
// so that there never are two owners, or none.
func (e Entry) Places() []Place {
	if e.Member == nil {
		return nil
	}
	at := func(user UserID, role Role) Member {
		return Member{ConversationID: e.ConversationID, UserID: user, Role: role, RevisedSeq: e.Seq}
	}
	m := at(e.Member.UserID, e.Member.Role)
	switch e.Kind {
	case MemberAdded:
		m.JoinedAt, m.JoinedSeq, m.ReadSeq = e.CreatedAt, e.Seq, e.Seq
		return []Place{{Member: m, Joined: true}}
	case MemberRemoved:
		return []Place{{Member: m, Left: true}}
	case MemberUpdated:
		if m.Role == RoleOwner && e.SenderID != m.UserID {
			return []Place{{Member: m}, {Member: at(e.SenderID, RoleAdmin)}}
		}
		return []Place{{Member: m}}
	default:
		return nil
	}
}

// MemberQuery asks for one page of a conversation's members, in the order of joining (then by user id).
type MemberQuery struct {
	ConversationID ConversationID
	// Prefix is matched as in UserQuery; "" matches all.
	Prefix string
	// After is the last one of the page before; the zero value for the first page.
	After MemberCursor
	Limit int
}

// MemberCursor is a member's place in the order of joining.
type MemberCursor struct {
	JoinedSeq int64
	UserID    UserID
}

// Cursor is m's place in the order of joining.
func (m Member) Cursor() MemberCursor { return MemberCursor{m.JoinedSeq, m.UserID} }
