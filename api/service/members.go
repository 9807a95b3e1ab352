package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/parley-chat/parley/pkg/chat"
)

// MemberPosition is the last row of a page of members; the zero value asks for the first page.
type MemberPosition struct {
	JoinedSeq int64       `json:"s"`
	UserID    chat.UserID `json:"i"`
}

// Members is one page of a conversation's members in the order in which they joined: those of whose name q is the
// beginning, or of one of its words. next is nil on the last page. Refuses with CodeValidation (q too long).
func (s *Groups) Members(ctx context.Context, v Viewer, id chat.ConversationID, q string, after MemberPosition, limit int) (views []MemberView, next *MemberPosition, err error) {
	if _, err := s.conversations.access.member(ctx, v, id); err != nil {
		return nil, nil, err
	}
	var bad fieldErrors
	if utf8.RuneCountInString(q) > chat.MaxFullName {
		bad.add("q", fmt.Sprintf("may have %d characters at most", chat.MaxFullName))
	}
	if err := bad.err(); err != nil {
		return nil, nil, err
	}
	found, err := s.store.FindMembers(ctx, chat.MemberQuery{
		ConversationID: id, Prefix: chat.FoldName(q), After: chat.MemberCursor(after), Limit: limit + 1,
	})
	if err != nil {
		return nil, nil, fromStore(err, "members")
	}
	if len(found) > limit {
		found = found[:limit]
		last := MemberPosition(found[limit-1].Cursor())
		next = &last
	}
	views, err = s.conversations.memberViews(ctx, v, id, found)
	return views, next, err
}

// memberViews shows members of a conversation to the viewer.
func (s *Conversations) memberViews(ctx context.Context, v Viewer, id chat.ConversationID, members []chat.Member) ([]MemberView, error) {
	p := viewParts{members: map[chat.ConversationID][]chat.Member{id: members}}
	if err := s.memberUsers(ctx, v, &p); err != nil {
		return nil, err
	}
	return p.memberViews(id), nil
}

// Add makes users members, and returns them; those who are already stay as they are. Refuses with CodeValidation, on userIds,
// and with CodeBlocked.
func (s *Groups) Add(ctx context.Context, v Viewer, id chat.ConversationID, users []chat.UserID) ([]MemberView, error) {
	users = without(users, v.UserID)
	err := s.change(ctx, v, id, func(ctx context.Context, g group) ([]chat.Entry, error) {
		if err := g.mayManage(); err != nil {
			return nil, err
		}
		fresh, err := s.strangers(ctx, v, g, users)
		if err != nil {
			return nil, err
		}
		entries := make([]chat.Entry, len(fresh))
		for i, user := range fresh {
			entries[i] = chat.Entry{Kind: chat.MemberAdded, Member: &chat.NewMember{UserID: user, Role: chat.RoleMember}}
		}
		return entries, nil
	})
	if err != nil {
		return nil, err
	}
	members, err := s.store.MembersAmong(ctx, id, users)
	if err != nil {
		return nil, fromStore(err, "members")
	}
	byPlace := func(a, b chat.Member) int {
		return cmp.Compare(slices.Index(users, a.UserID), slices.Index(users, b.UserID))
	}
	slices.SortFunc(members, byPlace)
	return s.conversations.memberViews(ctx, v, id, members)
}

// strangers are those of the users who are no members, and may become some.
func (s *Groups) strangers(ctx context.Context, v Viewer, g group, users []chat.UserID) ([]chat.UserID, error) {
	var bad fieldErrors
	if len(users) > chat.MaxAddedMembers {
		bad.add("userIds", fmt.Sprintf("names %d people, at most %d are allowed at once", len(users), chat.MaxAddedMembers))
		return nil, bad.err()
	}
	known, err := s.store.MembersAmong(ctx, g.conversation.ID, users)
	if err != nil {
		return nil, fromStore(err, "members")
	}
	in := map[chat.UserID]bool{}
	for _, m := range known {
		in[m.UserID] = true
	}
	var fresh []chat.UserID
	for _, id := range users {
		if !in[id] {
			fresh = append(fresh, id)
		}
	}
	if err := s.checkPeople(ctx, v, "userIds", fresh); err != nil {
		return nil, err
	}
	if g.conversation.MemberCount+len(fresh) > chat.MaxMembers {
		bad.add("userIds", fmt.Sprintf("would make it more than %d members", chat.MaxMembers))
	}
	return fresh, bad.err()
}

// SetRole gives a member a role, and returns the member. Who makes another one the owner hands the group over, and is an
// admin then. Refuses with CodeValidation, and with CodeNotFound one who is no member.
func (s *Groups) SetRole(ctx context.Context, v Viewer, id chat.ConversationID, user chat.UserID, role chat.Role) (MemberView, error) {
	err := s.change(ctx, v, id, func(ctx context.Context, g group) ([]chat.Entry, error) {
		if err := g.mayOwn(); err != nil {
			return nil, err
		}
		var bad fieldErrors
		if role != chat.RoleOwner && role != chat.RoleAdmin && role != chat.RoleMember {
			bad.add("role", `must be "owner", "admin" or "member"`)
			return nil, bad.err()
		}
		m, err := s.store.Member(ctx, id, user)
		switch {
		case err != nil:
			return nil, fromStore(err, "member")
		case m.Role == role:
			return nil, nil
		case m.Role == chat.RoleOwner:
			return nil, Refuse(CodeConflict, "make somebody else the owner instead")
		}
		return []chat.Entry{{Kind: chat.MemberUpdated, Member: &chat.NewMember{UserID: user, Role: role}}}, nil
	})
	if err != nil {
		return MemberView{}, err
	}
	m, err := s.store.Member(ctx, id, user)
	if err != nil {
		return MemberView{}, fromStore(err, "member")
	}
	views, err := s.conversations.memberViews(ctx, v, id, []chat.Member{m})
	if err != nil {
		return MemberView{}, err
	}
	return views[0], nil
}

// Remove takes a member out of a group; one who is none is no error. Everybody may take out themselves: leave. The owner has
// to hand over first (CodeConflict), or ends the group by leaving it as the last one.
func (s *Groups) Remove(ctx context.Context, v Viewer, id chat.ConversationID, user chat.UserID) error {
	return s.change(ctx, v, id, func(ctx context.Context, g group) ([]chat.Entry, error) {
		m := g.own
		if user == v.UserID {
			switch {
			case m.Role == chat.RoleOwner && g.conversation.MemberCount > 1:
				return nil, Refuse(CodeConflict, "make somebody else the owner before you leave")
			case m.Role == chat.RoleOwner:
				return s.end(ctx, g)
			}
		} else {
			if err := g.mayManage(); err != nil {
				return nil, err
			}
			var err error
			m, err = s.store.Member(ctx, id, user)
			switch {
			case errors.Is(err, chat.ErrNotFound):
				return nil, nil
			case err != nil:
				return nil, fromStore(err, "member")
			}
			if err := g.mayRemove(m); err != nil {
				return nil, err
			}
		}
		return []chat.Entry{{Kind: chat.MemberRemoved, Member: &chat.NewMember{UserID: user, Role: m.Role}}}, nil
	})
}
