package e2e_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/loadtest/client"
)

// looks are the ways in which somebody has looked to a socket, one after the other.
type looks struct {
	mu   sync.Mutex
	seen []string
}

// watching opens a socket, says once whom it watches, and then only listens: it asks for nothing more, over any way.
func watching(t *testing.T, watcher *client.Session, gateway, userID string) *looks {
	t.Helper()
	conn := open(t, gateway, watcher.AccessToken())
	require.NoError(t, conn.WriteJSON(map[string]any{"type": "watch", "userIds": []string{userID}}))
	l := &looks{}
	listening := make(chan struct{})
	t.Cleanup(func() { conn.Close(); <-listening })
	require.NoError(t, conn.SetReadDeadline(time.Time{}))
	go func() {
		defer close(listening)
		for {
			var f client.Frame
			if conn.ReadJSON(&f) != nil {
				return
			}
			switch {
			case f.Type == "ping":
				_ = conn.WriteJSON(map[string]string{"type": "pong"})
			case f.Type == "presence" && f.UserID == userID:
				l.add(f)
			}
		}
	}()
	return l
}

// add notes a look that is another one than the last: the same may be told twice.
func (l *looks) add(f client.Frame) {
	look := "offline"
	switch {
	case f.Online && f.Away:
		look = "away"
	case f.Online:
		look = "online"
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.seen); n == 0 || l.seen[n-1] != look {
		l.seen = append(l.seen, look)
	}
}

func (l *looks) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.seen...)
}

// TestPresenceIsPushed: who watches somebody is told of each change of theirs, on whatever gateway it happens, and of nothing else. Two
// devices are one person: away when nobody is at either, offline when both have gone.
func TestPresenceIsPushed(t *testing.T) {
	t.Parallel()
	c := shared(t)
	ann, bob, eve := signUp(t, c.API(1), "ann"), signUp(t, c.API(2), "bob"), signUp(t, c.API(1), "eve")
	direct(t, ann, bob)
	seen := []*looks{watching(t, ann, c.Gateway(1), bob.User().ID), watching(t, eve, c.Gateway(2), bob.User().ID)}
	var told []string
	becomes := func(look string) {
		t.Helper()
		told = append(told, look)
		for _, one := range seen {
			eventually(t, patience, func() bool { all := one.all(); return len(all) > 0 && all[len(all)-1] == look }, "he looks %s", look)
			require.Equal(t, told, one.all())
		}
	}
	becomes("offline")
	desk := listenAt(t, bob, c.API(2), c.Gateway(2))
	becomes("online")
	phone := listenAt(t, bob, c.API(1), c.Gateway(3))
	require.NoError(t, desk.SetIdle(true))
	require.NoError(t, phone.SetIdle(true))
	becomes("away")
	require.NoError(t, phone.SetIdle(false))
	becomes("online")
	desk.stop()
	require.NoError(t, phone.SetIdle(true))
	becomes("away")
	phone.stop()
	becomes("offline")
}
