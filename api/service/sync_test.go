package service_test

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
)

// TestSyncAsksOnceForAll: what a sync asks does not grow with the conversations that are as the client knows them.
func TestSyncAsksOnceForAll(t *testing.T) {
	w := newWorld(t)
	cursors := map[chat.ConversationID]int64{}
	for range 20 {
		cursors[w.direct(t, w.ada, w.signUp(t, "Other"))] = 1
	}
	withBob := w.direct(t, w.ada, w.bob)
	cursors[withBob] = 1
	store := newCounting(w.store)
	conversations := service.NewConversations(store, nil, w.published, slog.New(slog.DiscardHandler), w.now)
	sync := func() service.SyncResult {
		store.take()
		got, err := conversations.Sync(t.Context(), w.ada, cursors)
		require.NoError(t, err)
		return got
	}

	got := sync()
	require.Empty(t, got.Conversations)
	require.Len(t, got.Reads, 21)
	require.Len(t, got.Delivered, 21)
	require.Equal(t, map[string]int{"Memberships": 1, "ConversationsByID": 1, "MembersOf": 1}, store.take(), "with nothing new")

	w.send(t, w.bob, withBob, "hello")
	got = sync()
	require.Len(t, got.Conversations, 1)
	require.Len(t, got.Events[withBob], 1)
	require.Len(t, got.Reads, 20)
	require.Equal(t, map[string]int{
		"Memberships": 1, "ConversationsByID": 1, "MembersOf": 1, "Entries": 1, "UsersByID": 1, "BlocksBetween": 1, "MessagesByID": 1, "Unread": 1, "UnreadMentions": 1,
	}, store.take(), "with one message")
}

// TestSyncKnowsTheViewersPlaceInALargeGroup: it was read with the viewer's memberships, and is not asked for again.
func TestSyncKnowsTheViewersPlaceInALargeGroup(t *testing.T) {
	w := newWorld(t)
	var others []chat.UserID
	for range 110 {
		others = append(others, w.signUp(t, "Member").UserID)
	}
	group, _, err := w.groups.Create(t.Context(), w.bob, service.NewGroup{Title: "Large", MemberIDs: others})
	require.NoError(t, err)
	late := service.Viewer{UserID: group.Members[len(group.Members)-1].UserID}
	for _, id := range others {
		if !has(group.Members, id) {
			late.UserID = id // not among those that are shown
		}
	}
	store := newCounting(w.store)
	conversations := service.NewConversations(store, nil, w.published, slog.New(slog.DiscardHandler), w.now)
	got, err := conversations.Sync(t.Context(), late, nil)
	require.NoError(t, err)
	require.Len(t, got.Conversations, 1)
	require.Equal(t, chat.RoleMember, got.Conversations[0].Role)
	asked := store.take()
	require.Zero(t, asked["Member"])
	require.Equal(t, 1, asked["MembersOf"])
}

func has(members []service.MemberView, id chat.UserID) bool {
	for _, m := range members {
		if m.UserID == id {
			return true
		}
	}
	return false
}
