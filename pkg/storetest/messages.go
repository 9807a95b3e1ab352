package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/parley-chat/parley/pkg/chat"
)

// page is what q answers, by the letter of chat.MessageQuery.
func page(messages []chat.Message, q chat.MessageQuery) []chat.Message {
	var in []chat.Message
	for _, m := range messages {
		if m.Seq > q.After && (q.Before == 0 || m.Seq < q.Before) {
			in = append(in, m)
		}
	}
	if len(in) <= q.Limit {
		return in
	}
	if q.After > 0 {
		return in[:q.Limit]
	}
	return in[len(in)-q.Limit:]
}

func testMessages(t *testing.T, h Harness) {
	const n = 12
	s := h.open(t)
	users := userIDs(2)
	_, _ = conversationOf(t, s, now(), 5, users...)
	first, messages := conversationOf(t, s, now(), n, users...)
	rapid.Check(t, func(rt *rapid.T) {
		q := chat.MessageQuery{ConversationID: first.ConversationID, Limit: rapid.IntRange(1, n+2).Draw(rt, "limit")}
		seq := rapid.Int64Range(1, n+3).Draw(rt, "seq")
		switch rapid.IntRange(0, 2).Draw(rt, "way") {
		case 0:
			q.Before = seq
		case 1:
			q.After = seq
		}
		got, err := s.Messages(during(t), q)
		require.NoError(rt, err)
		want := page(messages, q)
		require.Len(rt, got, len(want))
		for i := range got {
			require.Equal(rt, want[i], got[i])
		}
	})
	none, err := s.Messages(during(t), chat.MessageQuery{ConversationID: chat.NewID[chat.ConversationID](), Limit: 10})
	require.NoError(t, err)
	require.Empty(t, none)
}

func testMessagesByID(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	users := userIDs(2)
	_, a := conversationOf(t, s, now(), 3, users...)
	_, b := conversationOf(t, s, now(), 3, users...)
	got, err := s.MessagesByID(ctx, []chat.MessageID{a[1].ID, b[2].ID, chat.NewID[chat.MessageID](), ""})
	require.NoError(t, err)
	require.ElementsMatch(t, []chat.Message{a[1], b[2]}, got)
	got, err = s.MessagesByID(ctx, nil)
	require.NoError(t, err)
	require.Empty(t, got)
}
