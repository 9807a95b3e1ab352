package client_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/loadtest/client"
)

func TestFold(t *testing.T) {
	at := func(n int64) *time.Time { t := time.Unix(n, 0); return &t }
	title, renamed := "Crew", "Club"
	message := func(text string) *client.Message {
		return &client.Message{ID: "m", Seq: 2, SenderID: "ada", Text: text}
	}
	edited := message("two")
	edited.EditedAt, edited.Mentions, edited.Reactions = at(3), []string{"bob"}, map[string][]string{"x": {"nobody"}}
	log := []client.Event{
		{Type: "conversation.created", Seq: 1, Conversation: &client.Creation{Title: &title, Members: []client.Member{{UserID: "ada", Role: "owner"}, {UserID: "bob", Role: "admin"}}}},
		{Type: "message.created", Seq: 2, Message: message("one")},
		{Type: "reaction.added", Seq: 3, MessageID: "m", UserID: "eve", Emoji: "👍"},
		{Type: "reaction.added", Seq: 4, MessageID: "m", UserID: "bob", Emoji: "👍"},
		{Type: "message.updated", Seq: 5, Message: edited},
		{Type: "message.pinned", Seq: 6, MessageID: "m", At: at(6)},
		{Type: "message.pinned", Seq: 7, MessageID: "m", At: at(7)},
		{Type: "member.added", Seq: 8, UserID: "eve", Role: "member"},
		{Type: "member.updated", Seq: 9, UserID: "eve", Role: "owner", ActorID: "ada"},
		{Type: "member.removed", Seq: 10, UserID: "bob"},
		{Type: "conversation.updated", Seq: 11, Changes: &client.Changes{Title: &renamed}},
		{Type: "something.new", Seq: 12},
	}
	s := client.Fold(log)
	require.EqualValues(t, 12, s.LastSeq)
	require.Equal(t, "Club", s.Title)
	require.Equal(t, map[string]string{"ada": "admin", "eve": "owner"}, s.Members)
	require.Equal(t, client.Message{
		ID: "m", Seq: 2, SenderID: "ada", Text: "two", Mentions: []string{"bob"}, EditedAt: at(3), PinnedAt: at(6),
		Reactions: map[string][]string{"👍": {"bob", "eve"}},
	}, s.Messages["m"], "of an edit, only what it decides is taken")
	require.Equal(t, []string{"m"}, s.Pinned())
	unread, mentions := s.Unread("bob", 1)
	require.Equal(t, [2]int64{1, 1}, [2]int64{unread, mentions})

	log = append(log,
		client.Event{Type: "reaction.removed", Seq: 13, MessageID: "m", UserID: "eve", Emoji: "👍"},
		client.Event{Type: "message.unpinned", Seq: 14, MessageID: "m"},
		client.Event{Type: "message.deleted", Seq: 15, MessageID: "m", At: at(15)},
		client.Event{Type: "message.updated", Seq: 16, Message: message("back")},
		client.Event{Type: "reaction.added", Seq: 17, MessageID: "m", UserID: "eve", Emoji: "👍"},
	)
	s = client.Fold(log)
	require.Equal(t, at(15), s.Messages["m"].DeletedAt)
	require.Empty(t, s.Messages["m"].Text)
	require.Empty(t, s.Messages["m"].Reactions)
	require.Empty(t, s.Pinned())
	unread, mentions = s.Unread("bob", 1)
	require.Equal(t, [2]int64{1, 0}, [2]int64{unread, mentions})
}
