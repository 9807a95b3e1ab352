package hub_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-chat/parley/gateway/hub"
	"github.com/parley-chat/parley/gateway/metrics"
	"github.com/parley-chat/parley/gateway/socket"
	"github.com/parley-chat/parley/gateway/wire"
	"github.com/parley-chat/parley/pkg/bus"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeBus counts references, and answers as told.
type fakeBus struct {
	mu     sync.Mutex
	refs   map[bus.Channel]int
	calls  int
	answer func(ctx context.Context) error
}

func (b *fakeBus) Subscribe(ctx context.Context, channels ...bus.Channel) error {
	b.mu.Lock()
	b.calls++
	for _, c := range channels {
		b.refs[c]++
	}
	b.mu.Unlock()
	if b.answer != nil {
		return b.answer(ctx)
	}
	return nil
}

func (b *fakeBus) Unsubscribe(channels ...bus.Channel) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range channels {
		if b.refs[c]--; b.refs[c] == 0 {
			delete(b.refs, c)
		} else if b.refs[c] < 0 {
			panic("unsubscribed from what was not subscribed")
		}
	}
}

type owner struct{}

func (owner) Receive([]byte)           {}
func (owner) Closed(socket.Disconnect) {}

func newHub(t testing.TB) (*hub.Hub, *fakeBus, func() *socket.Socket) {
	t.Helper()
	io, err := socket.NewIO(socket.Options{QueueBytes: 1 << 30})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, io.Close(context.Background())) })
	b := &fakeBus{refs: map[bus.Channel]int{}}
	return hub.New(b, io, metrics.New(nil)), b, func() *socket.Socket { return io.New(socket.Identity{}, owner{}) }
}

func TestTheBusIsAskedForWhatIsNeeded(t *testing.T) {
	h, b, newSocket := newHub(t)
	ctx := t.Context()
	s1, s2 := newSocket(), newSocket()
	require.NoError(t, h.Subscribe(ctx, s1, "a", "b"))
	require.NoError(t, h.Subscribe(ctx, s2, "b", "c"))
	require.Equal(t, map[bus.Channel]int{"a": 1, "b": 1, "c": 1}, b.refs)
	require.Equal(t, 2, b.calls)
	require.ElementsMatch(t, []*socket.Socket{s1, s2}, h.Sockets("b"))
	require.True(t, h.Has("b"))
	require.False(t, h.Has("d"))

	h.Unsubscribe(s1, "a", "b", "never")
	require.Equal(t, map[bus.Channel]int{"b": 1, "c": 1}, b.refs)
	h.Unsubscribe(s1, "b")
	require.Equal(t, []*socket.Socket{s2}, h.Sockets("b"), "twice is once")
	h.Unsubscribe(s2, "b", "c")
	require.Empty(t, b.refs)
	require.Zero(t, h.Channels())
	require.Empty(t, h.Sockets("b"))
	require.False(t, h.Has("b"))
	h.Deliver("b", []byte("nobody is there"))
}

func TestLargeChannels(t *testing.T) {
	h, b, newSocket := newHub(t)
	var all []*socket.Socket
	for range 300 {
		s := newSocket()
		all = append(all, s)
		require.NoError(t, h.Subscribe(t.Context(), s, "room"))
	}
	require.Equal(t, 1, b.calls)
	for len(all) > 0 {
		require.ElementsMatch(t, all, h.Sockets("room"))
		n := len(all) * 7 / 11
		h.Unsubscribe(all[n], "room")
		h.Unsubscribe(all[n], "room")
		all = slices.Delete(all, n, n+1)
	}
	require.Empty(t, b.refs)
}

func TestTheSecondSocketWaitsForTheFirstOnesAnswer(t *testing.T) {
	for name, answer := range map[string]error{"heard": nil, "down": bus.ErrDown, "failed": errors.New("x")} {
		t.Run(name, func(t *testing.T) {
			h, b, newSocket := newHub(t)
			gate := make(chan struct{})
			b.answer = func(context.Context) error { <-gate; return answer }
			results := make(chan error, 2)
			for range 2 {
				s := newSocket()
				go func() { results <- h.Subscribe(context.Background(), s, "a") }()
			}
			select {
			case <-results:
				t.Fatal("answered before the bus has")
			case <-time.After(20 * time.Millisecond):
			}
			close(gate)
			for range 2 {
				require.ErrorIs(t, <-results, answer)
			}
			if name == "failed" {
				require.Zero(t, h.Channels())
				require.Empty(t, b.refs)
				b.answer = nil
				require.NoError(t, h.Subscribe(t.Context(), newSocket(), "a"), "asked anew")
			} else {
				require.Len(t, h.Sockets("a"), 2)
			}
		})
	}
}

func TestGivingUpLeavesTheOthers(t *testing.T) {
	h, b, newSocket := newHub(t)
	gate := make(chan struct{})
	b.answer = func(context.Context) error { <-gate; return nil }
	patient, hasty := newSocket(), newSocket()
	result := make(chan error)
	go func() { result <- h.Subscribe(context.Background(), patient, "a") }()
	require.Eventually(t, func() bool { return h.Channels() == 1 }, 10*time.Second, time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, h.Subscribe(ctx, hasty, "a"), context.DeadlineExceeded)
	close(gate)
	require.NoError(t, <-result)
	require.Equal(t, []*socket.Socket{patient}, h.Sockets("a"))
	require.Equal(t, map[bus.Channel]int{"a": 1}, b.refs)
}

func TestConcurrency(t *testing.T) {
	h, b, newSocket := newHub(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 200 {
				s := newSocket()
				channels := []bus.Channel{"all", bus.Channel(fmt.Sprint(n % 5)), bus.Channel(fmt.Sprint("own", i))}
				if err := h.Subscribe(context.Background(), s, channels...); err != nil {
					t.Error(err)
				}
				h.Deliver("all", []byte("x"))
				h.Unsubscribe(s, channels...)
			}
		})
	}
	wg.Wait()
	require.Empty(t, b.refs)
	require.Zero(t, h.Channels())
}

// BenchmarkDeliver is one payload to 1,000 sockets that are open, whose clients read all the time.
func BenchmarkDeliver(b *testing.B) {
	h, _, newSocket := newHub(b)
	upgrader := &websocket.Upgrader{WriteBufferPool: &sync.Pool{}}
	var all []*socket.Socket
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := newSocket()
		if err := s.Upgrade(upgrader, w, r); err != nil {
			b.Error(err)
			return
		}
		s.Open(wire.Text(nil))
		all = append(all, s)
	}))
	defer server.Close()
	for range 1000 {
		conn, resp, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(server.URL, "http"), nil)
		require.NoError(b, err)
		require.NoError(b, resp.Body.Close())
		_, _, err = conn.ReadMessage() // so that all is written to by one handler at a time
		require.NoError(b, err)
		go func() {
			_, _ = io.Copy(io.Discard, conn.NetConn())
			_ = conn.Close()
		}()
	}
	server.Close()
	for _, s := range all {
		require.NoError(b, h.Subscribe(b.Context(), s, "room"))
	}
	payload := make([]byte, 128)
	b.ReportAllocs()
	for b.Loop() {
		h.Deliver("room", payload)
	}
	for _, s := range all {
		s.Close(socket.Gone)
	}
}
