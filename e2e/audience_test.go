package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/loadtest/client"
)

// TestPresenceIsToldToThoseWhoMaySeeIt: settings and blocks take effect on those who watch, whatever gateway they are on and
// whatever API node was asked.
func TestPresenceIsToldToThoseWhoMaySeeIt(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	ann, bob := p.annAt[0], p.bobAt[1] // on gateways 1 and 3
	own := p.bobAt[0]
	// told does something, and waits until a device is told that somebody looks so.
	told := func(at *listener, about *client.Session, online, seen bool, act func() error) {
		t.Helper()
		skip := at.seen()
		require.NoError(t, act())
		at.frame(soon, skip, "presence", func(f client.Frame) bool {
			return f.Type == "presence" && f.UserID == about.User().ID && f.Online == online && (online || (f.LastSeenAt != nil) == seen)
		})
	}
	set := func(settings map[string]any) func() error {
		return func() error { return p.bob.SetPresence(t.Context(), settings) }
	}
	told(ann, p.bob, true, true, func() error { return ann.Watch(p.bob.User().ID) })
	told(bob, p.ann, true, true, func() error { return bob.Watch(p.ann.User().ID) })
	told(own, p.bob, true, true, func() error { return own.Watch(p.bob.User().ID) })

	told(ann, p.bob, false, true, set(map[string]any{"invisible": true}))
	told(ann, p.bob, true, true, set(map[string]any{"invisible": false}))
	told(ann, p.bob, false, false, set(map[string]any{"lastSeen": "nobody"}))
	told(bob, p.ann, true, true, set(map[string]any{"lastSeen": "contacts"}))

	told(ann, p.bob, false, false, func() error { return p.bob.Block(t.Context(), p.ann.User().ID) })
	skip := ann.seen()
	require.NoError(t, bob.Typing(p.conversationID, true))
	require.NoError(t, bob.SetIdle(true))
	told(own, p.bob, true, true, func() error { return own.Watch(p.bob.User().ID) })
	for i, f := range ann.all()[skip:] {
		require.True(t, f.UserID != p.bob.User().ID || f.Type == "presence" && !f.Online && f.LastSeenAt == nil, "%d: %+v", i, f)
	}
	told(ann, p.bob, true, true, func() error { return p.bob.Unblock(t.Context(), p.ann.User().ID) })
	skip = ann.seen()
	require.NoError(t, own.Typing(p.conversationID, true))
	ann.frame(soon, skip, "typing", func(f client.Frame) bool { return f.Type == "typing" && f.UserID == p.bob.User().ID })
}
