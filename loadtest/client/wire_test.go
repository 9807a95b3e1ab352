package client

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFramesThatAreLogEntries(t *testing.T) {
	cases := map[string]bool{
		`{"type":"message.created","conversationId":"c","seq":2,"message":{"id":"m"}}`: true,
		`{"type":"conversation.created","conversationId":"c","seq":1}`:                 true,
		`{"type":"reaction.added","conversationId":"c","seq":3}`:                       true,
		`{"type":"member.removed","conversationId":"c","seq":4}`:                       true,
		`{"type":"conversation.deleted","conversationId":"c"}`:                         false,
		`{"type":"read","conversationId":"c","userId":"u","seq":2}`:                    false,
		`{"type":"typing","conversationId":"c","userId":"u","active":true}`:            false,
		`{"type":"hello","node":"n","pingIntervalMs":25000}`:                           false,
	}
	for text, want := range cases {
		var f Frame
		require.NoError(t, json.Unmarshal([]byte(text), &f))
		require.Equal(t, want, f.isEntry(), text)
	}
}
