package recent_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/gateway/recent"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/frame"
)

func event(t testing.TB, id chat.ConversationID, seq int64) []byte {
	t.Helper()
	m := chat.Message{ID: chat.NewID[chat.MessageID](), ConversationID: id, Seq: seq, Text: "of usual length, as people write to each other"}
	payload, err := frame.Encode(frame.EventOf(chat.Entry{ConversationID: id, Seq: seq, Kind: chat.MessageCreated, Message: &m}))
	require.NoError(t, err)
	return payload
}

func TestWhatWasDeliveredIsKnownPerChannelAndEntry(t *testing.T) {
	w := recent.New()
	a, b := chat.NewID[chat.ConversationID](), chat.NewID[chat.ConversationID]()
	ann, bob := bus.UserChannel(chat.NewID[chat.UserID]()), bus.UserChannel(chat.NewID[chat.UserID]())
	require.False(t, w.Has(ann, a, 1))
	w.Heard(ann, event(t, a, 1))
	w.Note(bob, a, 2)
	require.True(t, w.Has(ann, a, 1))
	require.True(t, w.Has(bob, a, 2))
	for _, c := range []bus.Channel{ann, bob} {
		require.False(t, w.Has(c, b, 1))
		require.False(t, w.Has(c, a, 3))
	}
	require.False(t, w.Has(bob, a, 1))
	require.False(t, w.Has(ann, a, 2))
	w.Heard(ann, []byte(`{"type":"typing","conversationId":"`+string(b)+`","userId":"x","active":true}`))
	w.Heard(ann, []byte(`{"type":"read","conversationId":"`+string(b)+`","userId":"x","seq":1}`))
	require.False(t, w.Has(ann, b, 1), "only log entries count")
}

func TestTheYoungestAreKnown(t *testing.T) {
	w := recent.New()
	id, c := chat.NewID[chat.ConversationID](), bus.UserChannel("u")
	const all, young = 400_000, 30_000
	for seq := range int64(all) {
		w.Note(c, id, seq)
	}
	known := func(from int64) (n int) {
		for seq := from; seq < from+young; seq++ {
			if w.Has(c, id, seq) {
				n++
			}
		}
		return n
	}
	require.Greater(t, known(all-young), young-5)
	require.Less(t, known(0), young/10, "memory is bounded")
}

func BenchmarkHeard(b *testing.B) {
	w := recent.New()
	var channels []bus.Channel
	var payloads [][]byte
	for i := range 1024 {
		channels = append(channels, bus.UserChannel(chat.UserID("01J0000000000000000000"+strconv.Itoa(i))))
		payloads = append(payloads, event(b, chat.NewID[chat.ConversationID](), int64(i)))
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		w.Heard(channels[i%1024], payloads[i%1024])
	}
}
