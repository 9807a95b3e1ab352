package frame_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/frame"
)

// TestKeyOf holds KeyOf to what Encode writes: that it finds the fields by their places is nobody else's affair.
func TestKeyOf(t *testing.T) {
	id := chat.NewID[chat.ConversationID]()
	for _, kind := range []chat.Kind{
		chat.ConversationUpdated, chat.ConversationDeleted, chat.MemberAdded, chat.MemberUpdated, chat.MemberRemoved, chat.MessageCreated,
		chat.MessageUpdated, chat.MessageDeleted, chat.MessagePinned, chat.MessageUnpinned, chat.ReactionAdded, chat.ReactionRemoved,
	} {
		for _, seq := range []int64{1, 10, 987654321} {
			e := chat.Entry{ConversationID: id, Seq: seq, Kind: kind}
			if kind == chat.MessageCreated {
				e.Message = &chat.Message{ConversationID: id, Seq: 7, Text: `","seq":3`}
			}
			payload, err := frame.Encode(frame.EventOf(e))
			require.NoError(t, err)
			conversation, got, ok := frame.KeyOf(payload)
			require.True(t, ok, "%s", payload)
			require.Equal(t, string(id), string(conversation))
			require.Equal(t, seq, got)
		}
	}
	for _, f := range []any{
		frame.HelloFrame{Type: frame.Hello},
		frame.ReadFrame{Type: frame.Read, ConversationID: id, Seq: 3},
		frame.TypingFrame{Type: frame.Typing, ConversationID: id},
		frame.PresenceFrame{Type: frame.Presence},
		frame.BareFrame{Type: frame.Resync},
	} {
		payload, err := frame.Encode(f)
		require.NoError(t, err)
		_, _, ok := frame.KeyOf(payload)
		require.False(t, ok, "%s", payload)
	}
}

func FuzzKeyOf(f *testing.F) {
	f.Add([]byte(`{"type":"message.created","conversationId":"c","seq":12,"message":{}}`))
	f.Add([]byte(`{"type":"message.created","conversationId":"c","seq":`))
	f.Add([]byte(`{"type":"`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		if conversation, _, ok := frame.KeyOf(payload); ok && len(conversation) > len(payload) {
			t.Fail()
		}
	})
}
