package frame_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/frame"
)

func messageCreated() chat.Entry {
	id := chat.NewID[chat.ConversationID]()
	sender := chat.NewID[chat.UserID]()
	m := chat.Message{
		ID: chat.NewID[chat.MessageID](), ConversationID: id, Seq: 7, SenderID: sender, ClientID: "c-1", Text: strings.Repeat("x", 128),
	}.Normalize()
	return chat.Entry{ConversationID: id, Seq: 7, Kind: chat.MessageCreated, SenderID: sender, ClientID: "c-1", Message: &m}
}

// TestEncodingAllocatesLittle guards the count, which unlike time is the same on every machine.
func TestEncodingAllocatesLittle(t *testing.T) {
	e := messageCreated()
	got := testing.AllocsPerRun(200, func() { _, _ = frame.Encode(frame.EventOf(e)) })
	require.LessOrEqual(t, got, 13.0, "a message's event")
	got = testing.AllocsPerRun(200, func() { _, _ = frame.EncodeEntry(e) })
	require.LessOrEqual(t, got, 2.0, "a message's entry")
}

func BenchmarkEncode(b *testing.B) {
	e := messageCreated()
	b.ReportAllocs()
	for b.Loop() {
		_, _ = frame.EncodeEntry(e)
	}
}
