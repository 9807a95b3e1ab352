package service_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/sqlitestore"
)

func (w *world) titled(t *testing.T, title string) chat.ConversationID {
	t.Helper()
	view, _, err := w.groups.Create(t.Context(), w.ada, service.NewGroup{Title: title})
	require.NoError(t, err)
	return view.ID
}

func TestConversationsAreFoundByWhatTheyAreCalled(t *testing.T) {
	w := newWorld(t)
	łukasz := w.direct(t, w.ada, w.signUp(t, "Łukasz Żółty"))
	bob := w.direct(t, w.ada, w.bob)
	crew := w.titled(t, "The Crème brûlée crew")
	tea := w.titled(t, "明天一起喝茶")
	w.direct(t, w.bob, w.signUp(t, "Lukas"))
	for q, want := range map[string][]chat.ConversationID{
		"lukas": {łukasz}, "zolty łuk": {łukasz}, "b": {crew, bob}, "BOB": {bob}, "creme": {crew}, "crew brulee": {crew}, "the crew": {crew}, "rew": nil,
		"喝茶": {tea}, "ada": nil, "eve": nil, "!?": nil, `"creme crew"`: nil,
	} {
		t.Run(q, func(t *testing.T) {
			views, next, err := w.conversations.Find(t.Context(), w.ada, q, chat.ConversationCursor{}, 10)
			require.NoError(t, err)
			require.Nil(t, next)
			require.NotNil(t, views)
			var ids []chat.ConversationID
			for _, v := range views {
				ids = append(ids, v.ID)
			}
			require.ElementsMatch(t, want, ids)
		})
	}
	_, _, err := w.conversations.Find(t.Context(), w.ada, strings.Repeat("x", 81), chat.ConversationCursor{}, 10)
	requireCode(t, service.CodeValidation, err)
}

func TestFoundConversationsPage(t *testing.T) {
	w := newWorld(t)
	want := map[chat.ConversationID]bool{}
	for n := range 7 {
		want[w.titled(t, fmt.Sprintf("Fern %d", n))] = true
		w.titled(t, fmt.Sprintf("Moss %d", n))
	}
	var after chat.ConversationCursor
	for pages := 1; ; pages++ {
		views, next, err := w.conversations.Find(t.Context(), w.ada, "fern", after, 3)
		require.NoError(t, err)
		for _, v := range views {
			require.True(t, want[v.ID], "each once")
			delete(want, v.ID)
		}
		if next == nil {
			require.Equal(t, 3, pages)
			break
		}
		require.Len(t, views, 3)
		after = *next
	}
	require.Empty(t, want)
}

// ahead has conversations of far more entries than were written, and remembers from where on it was asked to count.
type ahead struct {
	*sqlitestore.Store
	by    int64
	asked []int64
}

func (a *ahead) ConversationsByID(ctx context.Context, ids []chat.ConversationID) ([]chat.Conversation, error) {
	found, err := a.Store.ConversationsByID(ctx, ids)
	for i := range found {
		found[i].LastSeq += a.by
	}
	return found, err
}

func (a *ahead) ConversationsOf(ctx context.Context, user chat.UserID, after chat.ConversationCursor, limit int) ([]chat.Conversation, error) {
	found, err := a.Store.ConversationsOf(ctx, user, after, limit)
	for i := range found {
		found[i].LastSeq += a.by
	}
	return found, err
}

func (a *ahead) Unread(ctx context.Context, user chat.UserID, from []chat.ReadPosition) (map[chat.ConversationID]int64, error) {
	for _, at := range from {
		a.asked = append(a.asked, at.Seq)
	}
	return a.Store.Unread(ctx, user, from)
}

// TestWhatIsUnreadIsCountedInTheLatestEntries: else a list would cost the more, the longer somebody doesn't read.
func TestWhatIsUnreadIsCountedInTheLatestEntries(t *testing.T) {
	w := newWorld(t)
	id := w.newGroup(t, w.bob)
	w.send(t, w.ada, id, "hello")
	yes := true
	_, err := w.conversations.UpdateSettings(t.Context(), w.bob, id, service.SettingsChange{Archived: &yes})
	require.NoError(t, err)
	for _, more := range []int64{0, chat.MaxUnread, 1_000_000} {
		store := &ahead{Store: w.store, by: more}
		conversations := service.NewConversations(store, nil, w.published, slog.New(slog.DiscardHandler), w.now)
		read, archived := max(1, 2+more-chat.MaxUnread), max(2, 2+more-chat.MaxUnread)
		for name, ask := range map[string]struct {
			do   func() error
			from []int64
		}{
			"list": {func() error {
				_, _, err := conversations.List(t.Context(), w.bob, chat.ConversationCursor{}, 50)
				return err
			}, []int64{archived, read}},
			"unread": {func() error { _, err := conversations.Unread(t.Context(), w.bob); return err }, []int64{read}},
			"sync, nothing new": {func() error {
				_, err := conversations.Sync(t.Context(), w.bob, map[chat.ConversationID]int64{id: 2 + more})
				return err
			}, []int64{archived}},
		} {
			store.asked = nil
			require.NoError(t, ask.do(), name)
			require.Equal(t, ask.from, store.asked, "%s, with %d more", name, more)
		}
	}
}

func TestUnreadTotal(t *testing.T) {
	w := newWorld(t)
	loud, muted, marked := w.newGroup(t, w.bob, w.eve), w.newGroup(t, w.bob), w.newGroup(t, w.bob)
	total := func() service.UnreadTotal {
		t.Helper()
		sum, err := w.conversations.Unread(t.Context(), w.bob)
		require.NoError(t, err)
		return sum
	}
	require.Zero(t, total())
	for range 3 {
		w.send(t, w.ada, loud, "hello")
	}
	w.send(t, w.bob, loud, "one's own doesn't count")
	w.send(t, w.ada, loud, fmt.Sprintf("<@%s> look", w.bob.UserID))
	w.send(t, w.ada, muted, "<@all> look")
	forever, yes := chat.Time(253_402_300_799_999), true
	_, err := w.conversations.UpdateSettings(t.Context(), w.bob, muted, service.SettingsChange{MutedUntil: &forever})
	require.NoError(t, err)
	_, err = w.conversations.UpdateSettings(t.Context(), w.bob, marked, service.SettingsChange{MarkedUnread: &yes})
	require.NoError(t, err)
	require.Equal(t, service.UnreadTotal{
		UnreadCounts: service.UnreadCounts{Unread: 4, Mentions: 1, Conversations: 2}, Muted: service.UnreadCounts{Unread: 1, Mentions: 1, Conversations: 1},
	}, total())
	_, err = w.conversations.MarkRead(t.Context(), w.bob, chat.ReadPosition{ConversationID: loud, Seq: 3})
	require.NoError(t, err)
	require.EqualValues(t, 2, total().Unread)
	require.NoError(t, w.groups.Remove(t.Context(), w.bob, loud, w.bob.UserID))
	require.Equal(t, service.UnreadCounts{Conversations: 1}, total().UnreadCounts)
}
