package chat

// Kind is the type of a log entry, and of the event that clients get for it.
type Kind string

const (
	ConversationCreated Kind = "conversation.created"
	ConversationUpdated Kind = "conversation.updated"
	ConversationDeleted Kind = "conversation.deleted"
	MemberAdded         Kind = "member.added"
	MemberUpdated       Kind = "member.updated"
	MemberRemoved       Kind = "member.removed"
	MessageCreated      Kind = "message.created"
	MessageUpdated      Kind = "message.updated"
	MessageDeleted      Kind = "message.deleted"
	MessagePinned       Kind = "message.pinned"
	MessageUnpinned     Kind = "message.unpinned"
	ReactionAdded       Kind = "reaction.added"
	ReactionRemoved     Kind = "reaction.removed"
)

// NoticeKinds are the entries that people read as lines between messages: who came and went, what the group is
// called, what was pinned.
var NoticeKinds = []Kind{MemberAdded, MemberRemoved, ConversationUpdated, MessagePinned}

// Entry is one durable change of a conversation. Entry n of a conversation exists only if
// entry n-1 does.
type Entry struct {
	ConversationID ConversationID
	// Seq is 1, 2, 3, … in each conversation, unique there.
	Seq  int64
	Kind Kind
	// SenderID is who did it.
	SenderID UserID
	// ClientID makes a retry harmless: (ConversationID, SenderID, ClientID) is unique for
	// ever. For entries that no client names it is SystemClientID.
	ClientID  string
	CreatedAt Time
	// Created is set for conversation.created only.
	Created *Creation
	// Message is set for message.created: the message as it is now. For message.updated it is the message as
	// the edit left it; stores keep Edit of that, so whoever reads the entry back finds the message by TargetID
	// (see WithMessages).
	Message *Message
	// Changed is set for conversation.updated only.
	Changed *ConversationPatch
	// Member is set for member.* only: whom the entry is about, and the role that they have after it.
	Member *NewMember
	// TargetID is the message that message.updated, message.deleted, message.pinned, message.unpinned and
	// reaction.* are about; "" for all others.
	TargetID MessageID
	// Edit is set for message.updated only.
	Edit *Edit
	// Emoji is set for reaction.* only.
	Emoji string
	// Revision is set for entries that change a group itself (conversation.updated, conversation.deleted, member.*): 1, 2, 3,
	// … in each conversation, unique there. Who writes one has seen the group as the one before left it; of two at once,
	// one is refused with ErrConflict.
	Revision int64
	// Room: from this entry on the conversation is published to its room channel, and not to each member.
	Room bool
}

// Edit is what message.updated makes of a message.
type Edit struct {
	Text        string
	Mentions    []UserID
	MentionsAll bool
}

// EntryCursor is the place of an entry among those of all conversations, which are ordered by (CreatedAt,
// ConversationID, Seq). One that has only CreatedAt is before all entries of that instant.
type EntryCursor struct {
	CreatedAt      Time
	ConversationID ConversationID
	Seq            int64
}

// Cursor is e's place among the entries of all conversations.
func (e Entry) Cursor() EntryCursor { return EntryCursor{e.CreatedAt, e.ConversationID, e.Seq} }

// SystemClientID is the idempotency key of entries that exist once by their nature; its "~"
// can't occur in a client's own.
func SystemClientID(what string) string { return "~" + what }

// Creation is what conversation.created carries.
type Creation struct {
	Type        ConversationType
	Title       string
	Description string
	AvatarURL   string
	Members     []NewMember
}

// NewMember is one of the first members.
type NewMember struct {
	UserID UserID
	Role   Role
}

// Conversation is the conversation as e, its first entry, makes it.
func (e Entry) Conversation() Conversation {
	c := Conversation{
		ID:          e.ConversationID,
		Type:        e.Created.Type,
		Title:       e.Created.Title,
		Description: e.Created.Description,
		AvatarURL:   e.Created.AvatarURL,
		CreatedAt:   e.CreatedAt,
		CreatedBy:   e.SenderID,
		MemberCount: len(e.Created.Members),
		Head:        e.Head(),
	}
	return c.enter(e)
}

// Members are the memberships that e, a conversation's first entry, makes.
func (e Entry) Members() []Member {
	members := make([]Member, 0, len(e.Created.Members))
	for _, m := range e.Created.Members {
		members = append(members, Member{
			ConversationID: e.ConversationID,
			UserID:         m.UserID,
			Role:           m.Role,
			JoinedAt:       e.CreatedAt,
			JoinedSeq:      e.Seq,
			ReadSeq:        e.Seq,
			RevisedSeq:     e.Seq,
		})
	}
	return members
}

// Head is where e moves its conversation's head to. What is not set in it stays: an entry that is no message leaves the
// last message, and one that brings neither a message nor a member leaves the last activity, by which people's lists
// are sorted.
func (e Entry) Head() Head {
	h := Head{LastSeq: e.Seq}
	switch e.Kind {
	case MessageCreated:
		h.LastActivityAt, h.LastMessageID = e.CreatedAt, e.Message.ID
	case ConversationCreated, MemberAdded:
		h.LastActivityAt = e.CreatedAt
	default:
	}
	return h
}

// Then is h after next, the head of a later entry.
func (h Head) Then(next Head) Head {
	if next.LastMessageID == "" {
		next.LastMessageID = h.LastMessageID
	}
	if next.LastActivityAt == 0 {
		next.LastActivityAt = h.LastActivityAt
	}
	return next
}
