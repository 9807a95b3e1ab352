package node

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
)

func TestTypingIsThrottledButNeverWrong(t *testing.T) {
	id := chat.NewID[chat.ConversationID]()
	began := time.Now()
	at := func(ms int) time.Time { return began.Add(time.Duration(ms) * time.Millisecond) }
	cases := map[string]struct {
		frames []bool // active
		ms     []int
		want   []bool
	}{
		"repeats wait":            {[]bool{true, true, true}, []int{0, 1999, 2000}, []bool{true, false, true}},
		"changes go out":          {[]bool{true, false, true, false}, []int{0, 100, 200, 300}, []bool{true, true, true, true}},
		"but not without a bound": {[]bool{true, false, true, false, true, false, true, false}, []int{0, 1, 2, 3, 4, 5, 6, 2000}, []bool{true, true, true, true, true, true, false, false}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var throttle typed
			for i, active := range c.frames {
				require.Equal(t, c.want[i], throttle.allow(id, active, at(c.ms[i])), "frame %d", i)
			}
		})
	}
	t.Run("conversations are bounded, too", func(t *testing.T) {
		var throttle typed
		for range maxTyped {
			require.True(t, throttle.allow(chat.NewID[chat.ConversationID](), true, began))
		}
		require.False(t, throttle.allow(id, true, at(1)))
		require.True(t, throttle.allow(id, true, at(2000)))
	})
}
