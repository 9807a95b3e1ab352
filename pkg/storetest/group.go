package storetest

import (
	"cmp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
)

// group is a conversation in a test, with all that its log must have made of it.
type group struct {
	chat.Conversation
	first   chat.Entry
	members map[chat.UserID]chat.Member
}

func newGroup(members ...chat.UserID) *group {
	first := creation(now(), members...)
	g := &group{Conversation: first.Conversation(), first: first, members: map[chat.UserID]chat.Member{}}
	for _, m := range first.Members() {
		g.members[m.UserID] = m
	}
	return g
}

// next is the group's next entry of a kind; the group is as it makes it.
func (g *group) next(kind chat.Kind, change func(*chat.Entry)) chat.Entry {
	e := chat.Entry{
		ConversationID: g.ID, Seq: g.LastSeq + 1, Kind: kind, SenderID: g.first.SenderID, ClientID: chat.NewID[string](),
		CreatedAt: g.first.CreatedAt + chat.Time(g.LastSeq), Revision: g.Revision + 1,
	}
	change(&e)
	g.apply(e)
	return e
}

func (g *group) apply(e chat.Entry) {
	g.Conversation = g.Revise(e)
	g.Head = g.Then(e.Head())
	for _, p := range e.Places() {
		m := g.members[p.UserID]
		switch {
		case p.Left:
			delete(g.members, p.UserID)
			continue
		case p.Joined:
			m = p.Member
		default:
			m.Role, m.RevisedSeq = p.Role, p.RevisedSeq
		}
		g.members[p.UserID] = m
	}
	if e.Kind == chat.ConversationDeleted {
		clear(g.members)
	}
}

func (g *group) add(user chat.UserID) chat.Entry {
	return g.next(chat.MemberAdded, func(e *chat.Entry) { e.Member = &chat.NewMember{UserID: user, Role: chat.RoleMember} })
}

func (g *group) remove(user chat.UserID) chat.Entry {
	return g.next(chat.MemberRemoved, func(e *chat.Entry) { e.Member = &chat.NewMember{UserID: user, Role: g.members[user].Role} })
}

func (g *group) promote(user chat.UserID, role chat.Role) chat.Entry {
	return g.next(chat.MemberUpdated, func(e *chat.Entry) { e.Member = &chat.NewMember{UserID: user, Role: role} })
}

func (g *group) rename(title string) chat.Entry {
	return g.next(chat.ConversationUpdated, func(e *chat.Entry) { e.Changed = &chat.ConversationPatch{Title: &title} })
}

func (g *group) end() chat.Entry { return g.next(chat.ConversationDeleted, func(*chat.Entry) {}) }

// list is the group's members in the order of stores.
func (g *group) list() []chat.Member {
	var list []chat.Member
	for _, m := range g.members {
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b chat.Member) int {
		return cmp.Or(cmp.Compare(a.JoinedSeq, b.JoinedSeq), cmp.Compare(a.UserID, b.UserID))
	})
	return list
}

// require expects the store to have the group as it is.
func (g *group) require(t testing.TB, s Store) {
	t.Helper()
	ctx := during(t)
	got, err := s.Conversation(ctx, g.ID)
	require.NoError(t, err)
	require.Equal(t, g.Conversation, got)
	require.Len(t, g.members, got.MemberCount)
	members, err := s.MembersOf(ctx, []chat.ConversationID{g.ID}, chat.MaxMembers)
	require.NoError(t, err)
	require.Equal(t, g.list(), members[g.ID])
	for user, m := range g.members {
		got, err := s.Member(ctx, g.ID, user)
		require.NoError(t, err)
		require.Equal(t, m, got)
	}
}
