package service_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
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
