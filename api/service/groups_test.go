package service_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
)

// newGroup is one of ada's, with members.
func (w *world) newGroup(t *testing.T, members ...service.Viewer) chat.ConversationID {
	t.Helper()
	in := service.NewGroup{Title: "Group"}
	for _, m := range members {
		in.MemberIDs = append(in.MemberIDs, m.UserID)
	}
	view, created, err := w.groups.Create(t.Context(), w.ada, in)
	require.NoError(t, err)
	require.True(t, created)
	return view.ID
}

func (w *world) role(t *testing.T, id chat.ConversationID, v service.Viewer) chat.Role {
	t.Helper()
	m, err := w.store.Member(t.Context(), id, v.UserID)
	if err != nil {
		require.ErrorIs(t, err, chat.ErrNotFound)
	}
	return m.Role
}

func TestCreateGroup(t *testing.T) {
	w := newWorld(t)
	in := service.NewGroup{
		ClientID: "k", Title: "  The crew ", Description: "one line\nand another", MemberIDs: []chat.UserID{w.bob.UserID, w.ada.UserID, w.bob.UserID},
	}
	view, created, err := w.groups.Create(t.Context(), w.ada, in)
	require.NoError(t, err)
	require.True(t, created)
	require.Equal(t, "The crew", *view.Title)
	require.Equal(t, 2, view.MemberCount)
	require.Equal(t, chat.RoleOwner, view.Role)
	require.Equal(t, []string{"conversation.created 1"}, w.published.heard(t, w.bob.UserID))

	again, created, err := w.groups.Create(t.Context(), w.ada, in)
	require.NoError(t, err)
	require.False(t, created)
	require.Equal(t, view.ID, again.ID)
	other, created, err := w.groups.Create(t.Context(), w.bob, in)
	require.NoError(t, err)
	require.True(t, created, "the key is the creator's own")
	require.NotEqual(t, view.ID, other.ID)

	for name, bad := range map[string]service.NewGroup{
		"no title": {}, "nothing to see": {Title: "\u200d"}, "long title": {Title: fmt.Sprintf("%081d", 0)}, "long description": {Title: "x", Description: fmt.Sprintf("%0501d", 0)},
		"nobody": {Title: "x", MemberIDs: []chat.UserID{chat.NewID[chat.UserID]()}}, "no id": {Title: "x", MemberIDs: []chat.UserID{"x"}},
		"too many": {Title: "x", MemberIDs: make([]chat.UserID, 0, chat.MaxFirstMembers+1)}, "bad key": {Title: "x", ClientID: "~"},
	} {
		t.Run(name, func(t *testing.T) {
			for len(bad.MemberIDs) < cap(bad.MemberIDs) {
				bad.MemberIDs = append(bad.MemberIDs, chat.NewID[chat.UserID]())
			}
			_, _, err := w.groups.Create(t.Context(), w.ada, bad)
			requireCode(t, service.CodeValidation, err)
		})
	}
}

func TestBlockedPeopleAreNotBroughtIntoGroups(t *testing.T) {
	w := newWorld(t)
	id := w.newGroup(t)
	require.NoError(t, w.store.CreateBlock(t.Context(), chat.Block{UserID: w.bob.UserID, BlockedID: w.ada.UserID}))
	_, err := w.groups.Add(t.Context(), w.ada, id, []chat.UserID{w.bob.UserID})
	requireCode(t, service.CodeBlocked, err)
	_, _, err = w.groups.Create(t.Context(), w.ada, service.NewGroup{Title: "x", MemberIDs: []chat.UserID{w.bob.UserID}})
	requireCode(t, service.CodeBlocked, err)
}

func TestUpdateGroup(t *testing.T) {
	w := newWorld(t)
	id := w.newGroup(t, w.bob)
	title, none := "Renamed", ""
	view, err := w.groups.Update(t.Context(), w.ada, id, service.GroupChange{Title: &title})
	require.NoError(t, err)
	require.Equal(t, title, *view.Title)
	again, err := w.groups.Update(t.Context(), w.ada, id, service.GroupChange{Title: &title, Description: &none})
	require.NoError(t, err)
	require.Equal(t, view.LastSeq, again.LastSeq, "what is so already makes no entry")
	require.Equal(t, []string{"conversation.created 1", "conversation.updated 2"}, w.published.heard(t, w.bob.UserID))
	_, err = w.groups.Update(t.Context(), w.ada, id, service.GroupChange{Title: &none})
	requireCode(t, service.CodeValidation, err)
	_, err = w.groups.Update(t.Context(), w.ada, w.direct(t, w.ada, w.bob), service.GroupChange{Title: &title})
	requireCode(t, service.CodeForbidden, err)
}

func TestMembersComeAndGo(t *testing.T) {
	w := newWorld(t)
	id := w.newGroup(t)
	for range 2 { // a repeat changes nothing
		added, err := w.groups.Add(t.Context(), w.ada, id, []chat.UserID{w.bob.UserID, w.eve.UserID})
		require.NoError(t, err)
		require.Len(t, added, 2)
	}
	require.Equal(t, []string{"member.added 2", "member.added 3"}, w.published.heard(t, w.bob.UserID))
	require.Equal(t, []string{"member.added 3"}, w.published.heard(t, w.eve.UserID), "who comes later hears of oneself first")

	for range 2 {
		require.NoError(t, w.groups.Remove(t.Context(), w.ada, id, w.eve.UserID))
	}
	w.send(t, w.ada, id, "without eve")
	require.Equal(t, []string{"member.added 3", "member.removed 4"}, w.published.heard(t, w.eve.UserID))
	_, err := w.messages.History(t.Context(), w.eve, id, service.HistoryQuery{Limit: 10})
	requireCode(t, service.CodeNotFound, err)
	sync, err := w.conversations.Sync(t.Context(), w.eve, map[chat.ConversationID]int64{id: 3})
	require.NoError(t, err)
	require.Equal(t, []chat.ConversationID{id}, sync.Removed)
	require.Empty(t, sync.Events)

	require.NoError(t, w.groups.Remove(t.Context(), w.bob, id, w.bob.UserID))
	requireCode(t, service.CodeNotFound, w.groups.Remove(t.Context(), w.bob, id, w.bob.UserID))
	view, err := w.conversations.Get(t.Context(), w.ada, id)
	require.NoError(t, err)
	require.Equal(t, 1, view.MemberCount)
	require.NoError(t, w.groups.Remove(t.Context(), w.ada, id, w.ada.UserID), "the last one's going is the end")
	_, err = w.conversations.Get(t.Context(), w.ada, id)
	requireCode(t, service.CodeNotFound, err)
}

func TestRolesAndHandingOver(t *testing.T) {
	w := newWorld(t)
	id := w.newGroup(t, w.bob, w.eve)
	requireCode(t, service.CodeConflict, w.groups.Remove(t.Context(), w.ada, id, w.ada.UserID))
	view, err := w.groups.SetRole(t.Context(), w.ada, id, w.bob.UserID, chat.RoleAdmin)
	require.NoError(t, err)
	require.Equal(t, chat.RoleAdmin, view.Role)
	_, err = w.groups.SetRole(t.Context(), w.bob, id, w.eve.UserID, chat.RoleAdmin)
	requireCode(t, service.CodeForbidden, err)
	_, err = w.groups.SetRole(t.Context(), w.ada, id, w.ada.UserID, chat.RoleMember)
	requireCode(t, service.CodeConflict, err)
	_, err = w.groups.SetRole(t.Context(), w.ada, id, w.bob.UserID, "king")
	requireCode(t, service.CodeValidation, err)
	requireCode(t, service.CodeForbidden, w.groups.Remove(t.Context(), w.bob, id, w.ada.UserID))

	_, err = w.groups.SetRole(t.Context(), w.ada, id, w.eve.UserID, chat.RoleOwner)
	require.NoError(t, err)
	require.Equal(t, chat.RoleAdmin, w.role(t, id, w.ada))
	require.Equal(t, chat.RoleOwner, w.role(t, id, w.eve))
	requireCode(t, service.CodeForbidden, w.groups.Remove(t.Context(), w.ada, id, w.bob.UserID))
	requireCode(t, service.CodeForbidden, w.groups.Delete(t.Context(), w.ada, id))
	require.NoError(t, w.groups.Delete(t.Context(), w.eve, id))
	for _, v := range []service.Viewer{w.ada, w.bob, w.eve} {
		_, err := w.conversations.Get(t.Context(), v, id)
		requireCode(t, service.CodeNotFound, err)
		heard := w.published.heard(t, v.UserID)
		require.Equal(t, "conversation.deleted 4", heard[len(heard)-1])
	}
}

// Whoever acts at the same time as others is judged by what they left: of two admins who remove each other, one stays, and
// of two owners-to-be, one is.
func TestChangesAtOnce(t *testing.T) {
	w := newWorld(t)
	for range 10 {
		id := w.newGroup(t, w.bob, w.eve)
		for _, v := range []service.Viewer{w.bob, w.eve} {
			_, err := w.groups.SetRole(t.Context(), w.ada, id, v.UserID, chat.RoleAdmin)
			require.NoError(t, err)
		}
		var wg sync.WaitGroup
		outcomes := make([]error, 6)
		for i, act := range []func() error{
			func() error {
				_, err := w.groups.SetRole(t.Context(), w.ada, id, w.bob.UserID, chat.RoleOwner)
				return err
			},
			func() error {
				_, err := w.groups.SetRole(t.Context(), w.ada, id, w.eve.UserID, chat.RoleOwner)
				return err
			},
			func() error { return w.groups.Remove(t.Context(), w.bob, id, w.eve.UserID) },
			func() error { return w.groups.Remove(t.Context(), w.eve, id, w.bob.UserID) },
			func() error { return w.groups.Remove(t.Context(), w.bob, id, w.bob.UserID) },
			func() error { return w.groups.Remove(t.Context(), w.ada, id, w.bob.UserID) },
		} {
			wg.Go(func() { outcomes[i] = act() })
		}
		wg.Wait()
		members, err := w.store.MembersOf(t.Context(), []chat.ConversationID{id}, 10)
		require.NoError(t, err)
		c, err := w.store.Conversation(t.Context(), id)
		require.NoError(t, err)
		require.Len(t, members[id], c.MemberCount, "%v", outcomes)
		owners := 0
		for _, m := range members[id] {
			if m.Role == chat.RoleOwner {
				owners++
			}
		}
		require.Equal(t, 1, owners, "%v", outcomes)
	}
}

func TestManyAreAddedAtOnceByMany(t *testing.T) {
	w := newWorld(t)
	id := w.newGroup(t, w.bob, w.eve)
	for _, v := range []service.Viewer{w.bob, w.eve} {
		_, err := w.groups.SetRole(t.Context(), w.ada, id, v.UserID, chat.RoleAdmin)
		require.NoError(t, err)
	}
	var users []chat.UserID
	for n := range 60 {
		users = append(users, w.signUp(t, fmt.Sprintf("Member %d", n)).UserID)
	}
	var wg sync.WaitGroup
	for i, v := range []service.Viewer{w.ada, w.bob, w.eve} {
		wg.Go(func() {
			if _, err := w.groups.Add(t.Context(), v, id, users[i*15:i*15+30]); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	c, err := w.store.Conversation(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, 63, c.MemberCount)
	require.EqualValues(t, 1+2+60, c.LastSeq, "nobody is added twice")

	page, next, err := w.groups.Members(t.Context(), w.bob, id, "", service.MemberPosition{}, 40)
	require.NoError(t, err)
	require.Len(t, page, 40)
	rest, end, err := w.groups.Members(t.Context(), w.bob, id, "", *next, 40)
	require.NoError(t, err)
	require.Len(t, rest, 23)
	require.Nil(t, end)
	named, _, err := w.groups.Members(t.Context(), w.bob, id, "member 7", service.MemberPosition{}, 40)
	require.NoError(t, err)
	require.Len(t, named, 1)
	require.Equal(t, "Member 7", named[0].FullName)
}

func TestHistoryTellsOfTheGroup(t *testing.T) {
	w := newWorld(t)
	id := w.newGroup(t, w.bob)
	one := w.send(t, w.ada, id, "one")
	_, err := w.groups.Add(t.Context(), w.ada, id, []chat.UserID{w.eve.UserID})
	require.NoError(t, err)
	two := w.send(t, w.eve, id, "two")
	require.NoError(t, w.groups.Remove(t.Context(), w.ada, id, w.eve.UserID))

	told := func(q service.HistoryQuery) (kinds []chat.Kind) {
		page, err := w.messages.History(t.Context(), w.bob, id, q)
		require.NoError(t, err)
		require.Equal(t, "Eve", page.People[w.eve.UserID], "who has left is named")
		for _, n := range page.Notices {
			kinds = append(kinds, n.Type)
		}
		return kinds
	}
	require.Equal(t, []chat.Kind{chat.MemberAdded, chat.MemberRemoved}, told(service.HistoryQuery{Limit: 10}))
	require.Equal(t, []chat.Kind{chat.MemberRemoved}, told(service.HistoryQuery{Limit: 1}))
	require.Equal(t, []chat.Kind{chat.MemberAdded}, told(service.HistoryQuery{Before: string(two.ID), Limit: 1}))
	require.Equal(t, []chat.Kind{chat.MemberAdded, chat.MemberRemoved}, told(service.HistoryQuery{After: string(one.ID), Limit: 1}))
	require.Equal(t, []chat.Kind{chat.MemberRemoved}, told(service.HistoryQuery{Around: string(two.ID), Limit: 1}))
}
