package service_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
)

// counting is a store that counts what it is asked; what it doesn't name is not counted.
type counting struct {
	service.ConversationStore
	asked map[string]int
}

func (c *counting) count(name string) { c.asked[name]++ }

func (c *counting) UsersByID(ctx context.Context, ids []chat.UserID) ([]chat.User, error) {
	c.count("UsersByID")
	return c.ConversationStore.UsersByID(ctx, ids)
}

func (c *counting) ConversationsByID(ctx context.Context, ids []chat.ConversationID) ([]chat.Conversation, error) {
	c.count("ConversationsByID")
	return c.ConversationStore.ConversationsByID(ctx, ids)
}

func (c *counting) Member(ctx context.Context, id chat.ConversationID, user chat.UserID) (chat.Member, error) {
	c.count("Member")
	return c.ConversationStore.Member(ctx, id, user)
}

func (c *counting) MembersOf(ctx context.Context, ids []chat.ConversationID, n int) (map[chat.ConversationID][]chat.Member, error) {
	c.count("MembersOf")
	return c.ConversationStore.MembersOf(ctx, ids, n)
}

func (c *counting) Memberships(ctx context.Context, user chat.UserID) ([]chat.Member, error) {
	c.count("Memberships")
	return c.ConversationStore.Memberships(ctx, user)
}

func (c *counting) MessagesByID(ctx context.Context, ids []chat.MessageID) ([]chat.Message, error) {
	c.count("MessagesByID")
	return c.ConversationStore.MessagesByID(ctx, ids)
}

func (c *counting) BlocksBetween(ctx context.Context, user chat.UserID, others []chat.UserID) ([]chat.Block, error) {
	c.count("BlocksBetween")
	return c.ConversationStore.BlocksBetween(ctx, user, others)
}

func (c *counting) Unread(ctx context.Context, user chat.UserID, from []chat.ReadPosition) (map[chat.ConversationID]int64, error) {
	c.count("Unread")
	return c.ConversationStore.Unread(ctx, user, from)
}

func (c *counting) UnreadMentions(ctx context.Context, user chat.UserID, from []chat.ReadPosition) (map[chat.ConversationID]int64, error) {
	c.count("UnreadMentions")
	return c.ConversationStore.UnreadMentions(ctx, user, from)
}

func (c *counting) Entries(ctx context.Context, id chat.ConversationID, after int64, limit int) ([]chat.Entry, error) {
	c.count("Entries")
	return c.ConversationStore.Entries(ctx, id, after, limit)
}

func (c *counting) LastSeq(ctx context.Context, id chat.ConversationID) (int64, error) {
	c.count("LastSeq")
	return c.ConversationStore.LastSeq(ctx, id)
}

// TestSyncAsksOnceForAll: what a sync asks does not grow with the conversations that are as the client knows them.
func TestSyncAsksOnceForAll(t *testing.T) {
	w := newWorld(t)
	cursors := map[chat.ConversationID]int64{}
	for range 20 {
		cursors[w.direct(t, w.ada, w.signUp(t, "Other"))] = 1
	}
	withBob := w.direct(t, w.ada, w.bob)
	cursors[withBob] = 1
	store := &counting{ConversationStore: w.store}
	conversations := service.NewConversations(store, nil, w.published, slog.New(slog.DiscardHandler), w.now)
	sync := func() service.SyncResult {
		store.asked = map[string]int{}
		got, err := conversations.Sync(t.Context(), w.ada, cursors)
		require.NoError(t, err)
		return got
	}

	got := sync()
	require.Empty(t, got.Conversations)
	require.Len(t, got.Reads, 21)
	require.Len(t, got.Delivered, 21)
	require.Equal(t, map[string]int{"Memberships": 1, "ConversationsByID": 1, "MembersOf": 1}, store.asked, "with nothing new")

	w.send(t, w.bob, withBob, "hello")
	got = sync()
	require.Len(t, got.Conversations, 1)
	require.Len(t, got.Events[withBob], 1)
	require.Len(t, got.Reads, 20)
	require.Equal(t, map[string]int{
		"Memberships": 1, "ConversationsByID": 1, "MembersOf": 1, "Entries": 1, "UsersByID": 1, "BlocksBetween": 1, "MessagesByID": 1, "Unread": 1, "UnreadMentions": 1,
	}, store.asked, "with one message")
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
	store := &counting{ConversationStore: w.store, asked: map[string]int{}}
	conversations := service.NewConversations(store, nil, w.published, slog.New(slog.DiscardHandler), w.now)
	got, err := conversations.Sync(t.Context(), late, nil)
	require.NoError(t, err)
	require.Len(t, got.Conversations, 1)
	require.Equal(t, chat.RoleMember, got.Conversations[0].Role)
	require.Zero(t, store.asked["Member"])
	require.Equal(t, 1, store.asked["MembersOf"])
}

func has(members []service.MemberView, id chat.UserID) bool {
	for _, m := range members {
		if m.UserID == id {
			return true
		}
	}
	return false
}
