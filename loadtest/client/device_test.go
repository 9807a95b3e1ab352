package client_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/loadtest/client"
)

// running is a device at work, and what it told.
type running struct {
	*client.Device
	done chan error

	mu        sync.Mutex
	delivered []client.Delivery
	frames    []client.Frame
	codes     []int
}

func start(t *testing.T, s *client.Session) *running {
	t.Helper()
	r := &running{done: make(chan error, 1)}
	r.Device = client.NewDevice(s, client.Hooks{
		Delivered: func(d client.Delivery) { r.mu.Lock(); r.delivered = append(r.delivered, d); r.mu.Unlock() },
		Frame:     func(f client.Frame) { r.mu.Lock(); r.frames = append(r.frames, f); r.mu.Unlock() },
		Closed:    func(code int, _ error) { r.mu.Lock(); r.codes = append(r.codes, code); r.mu.Unlock() },
	})
	ctx, stop := context.WithCancel(t.Context())
	go func() { r.done <- r.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		select {
		case err := <-r.done:
			require.NoError(t, err)
		case <-time.After(10 * time.Second):
			t.Error("the device did not stop")
		}
	})
	require.NoError(t, r.AwaitConnected(t.Context()))
	require.NoError(t, r.CatchUp(t.Context()))
	return r
}

// seqs are those told, which must be 1, 2, 3, …
func (r *running) seqs() []int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []int64
	for _, d := range r.delivered {
		all = append(all, d.Seq)
	}
	return all
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	require.Eventually(t, is, 10*time.Second, 5*time.Millisecond, what)
}

func TestDeviceTellsEachEntryOnceInOrder(t *testing.T) {
	cases := map[string]struct {
		pushed     []int64
		duplicates int
	}{
		"live in order": {pushed: []int64{1, 2, 3, 4}},
		"duplicates":    {pushed: []int64{1, 1, 2, 3, 2, 4}, duplicates: 2},
		"reordered":     {pushed: []int64{2, 1, 4, 3}},
		"a gap":         {pushed: []int64{1, 4}},
		"only the last": {pushed: []int64{4}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			r := start(t, f.login1())
			f.commit("c", 4)
			for _, seq := range c.pushed {
				f.push(f.event("c", seq))
			}
			eventually(t, "four entries", func() bool { return len(r.seqs()) == 4 })
			require.Equal(t, []int64{1, 2, 3, 4}, r.seqs())
			require.Len(t, r.Log("c"), 4)
			require.Equal(t, map[string]int64{"c": 4}, r.Cursors())
			eventually(t, "duplicates counted", func() bool { return r.Stats().RawDuplicates >= c.duplicates })
			require.Zero(t, r.Stats().Conflicts)
		})
	}
}

func TestDeviceTellsHowAnEntryCame(t *testing.T) {
	f := newFake(t)
	f.commit("c", 1)
	r := start(t, f.login1())
	f.commit("c", 1)
	f.push(f.event("c", 2))
	eventually(t, "two entries", func() bool { return len(r.seqs()) == 2 })
	require.Equal(t, client.Resumed, r.delivered[0].Source)
	require.Equal(t, client.Live, r.delivered[1].Source)
}

func TestDeviceResumes(t *testing.T) {
	cases := map[string]func(f *fake){
		"by events":            func(*fake) {},
		"after a reset":        func(f *fake) { f.reset = true },
		"a new conversation":   func(f *fake) { f.logs["new"] = []client.Event{f.event("new", 1)} },
		"with a stale token":   func(f *fake) { f.access = "a2" },
		"with only a password": func(f *fake) { f.access, f.refresh = "a2", "another" },
	}
	for name, prepare := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.commit("c", 2)
			r := start(t, f.login1())
			f.commit("c", 250) // more than a page
			f.set(prepare)
			r.Cut()
			eventually(t, "the log is whole", func() bool { return r.Cursors()["c"] == 252 })
			eventually(t, "so are new ones", func() bool {
				return r.Cursors()["new"] == int64(f.count(func(f *fake) int { return len(f.logs["new"]) }))
			})
			require.Equal(t, 1, r.Stats().Reconnects)
			require.Equal(t, []int{0}, r.codes, "a broken connection has no close code")
		})
	}
}

func TestDeviceSyncsWhenToldTo(t *testing.T) {
	f := newFake(t)
	r := start(t, f.login1())
	f.commit("c", 3)
	f.push(map[string]string{"type": "resync"})
	eventually(t, "three entries", func() bool { return r.Cursors()["c"] == 3 })
	require.Equal(t, 1, r.Stats().Resyncs)
}

func TestDeviceAnswersHeartbeatsAndWatches(t *testing.T) {
	f := newFake(t)
	r := start(t, f.login1())
	require.NoError(t, r.Watch("u1", "u2"))
	f.push(map[string]string{"type": "ping"})
	eventually(t, "a pong", func() bool { return f.count(func(f *fake) int { return f.pongs }) == 1 })
	r.Cut()
	eventually(t, "the new socket watches too", func() bool { return f.count(func(f *fake) int { return len(f.watches) }) == 2 })
	require.Equal(t, f.watches[0], f.watches[1])
}

func TestDeviceMovesBeforeItLeaves(t *testing.T) {
	f := newFake(t)
	r := start(t, f.login1())
	require.Equal(t, "node-1", r.Node())
	f.push(map[string]any{"type": "reconnect", "afterMs": 10, "reason": "drain"})
	eventually(t, "the second socket", func() bool { return r.Node() == "node-2" })
	require.Equal(t, client.Stats{Reconnects: 1, Moves: 1}, r.Stats())
	require.Empty(t, r.codes, "the device left by itself")
	require.NoError(t, r.CatchUp(t.Context()))
}

func TestDeviceEndsWithItsSession(t *testing.T) {
	f := newFake(t)
	session := f.login1()
	codes := make(chan int, 1)
	d := client.NewDevice(session, client.Hooks{Closed: func(code int, _ error) { codes <- code }})
	done := make(chan error, 1)
	go func() { done <- d.Run(t.Context()) }()
	require.NoError(t, d.AwaitConnected(t.Context()))
	f.set(func(f *fake) {
		f.access, f.refresh, f.password = "", "", ""
		revoked := websocket.FormatCloseMessage(client.CloseSignedOut, "session revoked")
		_ = f.sockets[0].WriteControl(websocket.CloseMessage, revoked, time.Now().Add(time.Second))
	})
	require.ErrorIs(t, <-done, client.ErrSignedOut)
	require.Equal(t, client.CloseSignedOut, <-codes)
}
