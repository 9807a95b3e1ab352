package chat_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
)

// FuzzMessageJSON: what is written out is what encoding/json makes of the same message.
func FuzzMessageJSON(f *testing.F) {
	f.Add("plain", "k-1", int64(7), int64(1_700_000_000_123), uint8(0))
	f.Add("<b>\"quoted\" & \\ \n\x00\x7f ä 👍 \u2028 \xff</b>", "~created", int64(-1), int64(0), uint8(255))
	f.Fuzz(func(t *testing.T, text, clientID string, seq, at int64, parts uint8) {
		id := chat.NewID[chat.MessageID]()
		m := chat.Message{
			ID: id, ConversationID: chat.NewID[chat.ConversationID](), Seq: seq, SenderID: chat.NewID[chat.UserID](), ClientID: clientID, Text: text,
			MentionsAll: parts&1 > 0, CreatedAt: chat.Time(at % 1e15), PinnedSeq: 9, Rev: 9,
		}
		if parts&2 > 0 {
			m.Attachments = []chat.Attachment{{ID: "u", Name: text, Bytes: seq}, {URL: text}}
		}
		if parts&4 > 0 {
			m.ReplyTo = &id
		}
		if parts&8 > 0 {
			m.ForwardedFrom = &chat.Forward{SenderID: chat.UserID(text)}
		}
		if parts&16 > 0 {
			m.Mentions = []chat.UserID{chat.UserID(text), "b"}
		}
		if parts&32 > 0 {
			m.Reactions = map[string][]chat.UserID{"👍": {"a", chat.UserID(text)}, text: {}}
		}
		if parts&64 > 0 {
			m.EditedAt, m.DeletedAt, m.PinnedAt = 1, 2, chat.Time(at%1e15)
		}
		want, err := json.Marshal(m.Normalize())
		require.NoError(t, err)
		require.Equal(t, string(want), string(m.AppendJSON(nil)))
	})
}
