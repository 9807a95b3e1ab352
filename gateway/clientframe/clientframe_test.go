package clientframe_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-chat/parley/gateway/clientframe"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/frame"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	id1 = "01J00000000000000000000001"
	id2 = "01J00000000000000000000002"
)

func TestDecode(t *testing.T) {
	tests := []struct {
		in   string
		want clientframe.Frame
	}{
		{`{"type":"pong"}`, clientframe.Frame{Type: frame.Pong}},
		{` {"type" : "pong", "later": [1]} `, clientframe.Frame{Type: frame.Pong}},
		{`{"type":"typing","conversationId":"` + id1 + `","active":true}`, clientframe.Frame{Type: frame.Typing, ConversationID: id1, Active: true}},
		{`{"active":false,"conversationId":"` + id1 + `","type":"typing"}`, clientframe.Frame{Type: frame.Typing, ConversationID: id1}},
		{`{"type":"activity","idle":true}`, clientframe.Frame{Type: frame.Activity, Idle: true}},
		{`{"idle":false,"type":"activity","since":7}`, clientframe.Frame{Type: frame.Activity}},
		{`{"type":"watch","userIds":[]}`, clientframe.Frame{Type: frame.Watch, UserIDs: []chat.UserID{}}},
		{`{"type":"watch","userIds":["` + id2 + `","` + id1 + `","` + id2 + `"]}`, clientframe.Frame{Type: frame.Watch, UserIDs: []chat.UserID{id2, id1}}},
	}
	for _, test := range tests {
		got, err := clientframe.Decode([]byte(test.in))
		require.NoError(t, err, test.in)
		require.Equal(t, test.want, got, test.in)
	}
}

func TestMalformed(t *testing.T) {
	for _, in := range []string{
		``, ` `, `null`, `7`, `"pong"`, `[]`, `{}`, `{"type":null}`, `{"type":"PONG"}`, `{"type":"hello"}`, `{"type":["pong"]}`,
		`{"type":"pong"`, `{"type":"pong"}{}`, "{\"type\":\"pong\",\"x\":\"\xff\"}",
	} {
		_, err := clientframe.Decode([]byte(in))
		require.ErrorIs(t, err, clientframe.ErrMalformed, in)
	}
}

func TestInvalid(t *testing.T) {
	many := strings.TrimSuffix(strings.Repeat(fmt.Sprintf("%q,", id1), clientframe.MaxWatched+1), ",")
	for in, detail := range map[string]string{
		`{"type":"typing"}`: "conversationId",
		`{"type":"typing","conversationId":"x","active":true}`:            "conversationId",
		`{"type":"typing","conversationId":"` + id1 + `"}`:                "active",
		`{"type":"typing","conversationId":"` + id1 + `","active":"yes"}`: "active",
		`{"type":"activity"}`:                           "idle",
		`{"type":"activity","idle":null}`:               "idle",
		`{"type":"activity","idle":1}`:                  "idle",
		`{"type":"watch"}`:                              "userIds",
		`{"type":"watch","userIds":null}`:               "userIds",
		`{"type":"watch","userIds":{}}`:                 "userIds",
		`{"type":"watch","userIds":["` + id1 + `",""]}`: "userIds[1]",
		`{"type":"watch","userIds":[` + many + `]}`:     "at most 500",
	} {
		_, err := clientframe.Decode([]byte(in))
		var invalid *clientframe.InvalidError
		require.ErrorAs(t, err, &invalid, in)
		require.Contains(t, invalid.Detail, detail, in)
	}
}

func FuzzDecode(f *testing.F) {
	for _, in := range []string{
		`{"type":"pong"}`, `{"type":"typing","conversationId":"` + id1 + `","active":true}`,
		`{"type":"watch","userIds":["` + id1 + `","` + id2 + `"]}`, `{"type":7}`, `null`, `{"type":"watch","userIds":[1]}`, ``,
		`{"type":"activity","idle":true}`, `{"type":"activity","idle":"yes"}`, `{"type":"activity"}`,
	} {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := clientframe.Decode(in)
		var invalid *clientframe.InvalidError
		switch {
		case err == nil:
			require.Contains(t, []frame.Type{frame.Pong, frame.Typing, frame.Watch, frame.Activity}, got.Type)
			require.True(t, got.Type == frame.Activity || !got.Idle)
			require.Equal(t, got.Type == frame.Typing, chat.ValidID(got.ConversationID))
			require.LessOrEqual(t, len(got.UserIDs), clientframe.MaxWatched)
			for _, id := range got.UserIDs {
				require.True(t, chat.ValidID(id))
			}
		case errors.As(err, &invalid):
			require.NotEmpty(t, invalid.Detail)
			require.Zero(t, got)
		default:
			require.ErrorIs(t, err, clientframe.ErrMalformed)
			require.Zero(t, got)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	for name, in := range map[string]string{
		"pong":   `{"type":"pong"}`,
		"typing": `{"type":"typing","conversationId":"` + id1 + `","active":true}`,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			payload := []byte(in)
			for b.Loop() {
				if _, err := clientframe.Decode(payload); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
