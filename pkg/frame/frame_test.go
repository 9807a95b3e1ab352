package frame_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/frame"
)

func TestChangesAsClientsGetThem(t *testing.T) {
	title := "Ferns"
	cases := map[chat.Kind]struct {
		entry chat.Entry
		want  string
	}{
		chat.ReactionAdded: {
			chat.Entry{TargetID: "m1", Emoji: "🎉"},
			`{"messageId":"m1","userId":"u1","emoji":"🎉","actorId":"u1"}`,
		},
		chat.MessageDeleted: {chat.Entry{TargetID: "m1"}, `{"messageId":"m1","actorId":"u1"}`},
		chat.MemberAdded: {
			chat.Entry{Member: &chat.NewMember{UserID: "u2", Role: chat.RoleMember}},
			`{"userId":"u2","role":"member","actorId":"u1"}`,
		},
		chat.ConversationUpdated: {
			chat.Entry{Changed: &chat.ConversationPatch{Title: &title}},
			`{"changes":{"title":"Ferns"},"actorId":"u1"}`,
		},
	}
	for kind, c := range cases {
		t.Run(string(kind), func(t *testing.T) {
			c.entry.Kind, c.entry.ConversationID, c.entry.Seq, c.entry.SenderID, c.entry.CreatedAt = kind, "c1", 7, "u1", 1000
			got, err := frame.Encode(frame.EventOf(c.entry))
			require.NoError(t, err)
			want := `{"type":"` + string(kind) + `","conversationId":"c1","seq":7,"at":"1970-01-01T00:00:01.000Z",` + c.want[1:]
			require.JSONEq(t, want, string(got))
		})
	}
}

// An entry is encoded as its event, whatever it is.
func TestEncodeEntry(t *testing.T) {
	message := chat.Message{ID: "m", ConversationID: "c", Seq: 7, SenderID: "ada", ClientID: "k", Text: "<hi> \"ada\"", CreatedAt: 1}
	for _, e := range []chat.Entry{
		{ConversationID: "c", Seq: 7, Kind: chat.MessageCreated, SenderID: "ada", ClientID: "k", CreatedAt: 1, Message: &message},
		{ConversationID: "c", Seq: 8, Kind: chat.MessageUpdated, SenderID: "ada", TargetID: "m", CreatedAt: 2, Message: &message, Edit: &chat.Edit{Text: "x"}},
		{ConversationID: "c", Seq: 9, Kind: chat.ReactionAdded, SenderID: "ada", TargetID: "m", Emoji: "👍", CreatedAt: 2},
		{ConversationID: "c", Seq: 10, Kind: chat.MemberAdded, SenderID: "ada", Member: &chat.NewMember{UserID: "bob", Role: chat.RoleMember}, CreatedAt: 2, Revision: 1},
	} {
		want, err := frame.Encode(frame.EventOf(e))
		require.NoError(t, err)
		got, err := frame.EncodeEntry(e)
		require.NoError(t, err)
		require.Equal(t, string(want), string(got))
	}
}
