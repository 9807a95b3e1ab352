package socket_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-chat/parley/gateway/socket"
	"github.com/parley-chat/parley/gateway/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 20 * time.Second

// recorder is an owner that remembers.
type recorder struct {
	received chan string
	closed   chan socket.Disconnect
}

func newRecorder() *recorder {
	return &recorder{make(chan string, 1000), make(chan socket.Disconnect, 2)}
}

func (r *recorder) Receive(payload []byte)     { r.received <- string(payload) }
func (r *recorder) Closed(d socket.Disconnect) { r.closed <- d }

// pair is a socket and its client.
type pair struct {
	*socket.Socket
	*recorder
	client *websocket.Conn
}

// open makes pairs until the test ends.
func open(t testing.TB, opts socket.Options) (sio *socket.IO, connect func() pair) {
	t.Helper()
	sio, err := socket.NewIO(opts)
	require.NoError(t, err)
	upgrader := &websocket.Upgrader{WriteBufferPool: &sync.Pool{}}
	made := make(chan pair, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := pair{recorder: newRecorder()}
		p.Socket = sio.New(socket.Identity{}, p.recorder)
		if err := p.Upgrade(upgrader, w, r); err != nil {
			t.Error(err)
			return
		}
		p.Open(wire.Text([]byte("hello")))
		made <- p
	}))
	var all []pair
	t.Cleanup(func() {
		server.Close()
		for _, p := range all {
			p.Close(socket.Restart)
			_ = p.client.Close()
		}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		require.NoError(t, sio.Close(ctx))
	})
	return sio, func() pair {
		conn, resp, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(server.URL, "http"), nil)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		p := <-made
		p.client = conn
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(patience)))
		all = append(all, p)
		return p
	}
}

func (p pair) next(t testing.TB) string {
	t.Helper()
	_, b, err := p.client.ReadMessage()
	require.NoError(t, err)
	return string(b)
}

func TestFramesComeInOrderBehindTheHello(t *testing.T) {
	sio, connect := open(t, socket.Options{})
	p, q := connect(), connect()
	const n = 2000
	go func() {
		for i := range n {
			f := wire.Text([]byte(strconv.Itoa(i)))
			batch := sio.Batch()
			batch.Send(p.Socket, f)
			batch.Flush()
			q.Send(f)
		}
	}()
	for _, c := range []pair{p, q} {
		require.Equal(t, "hello", c.next(t))
		for i := range n {
			require.Equal(t, strconv.Itoa(i), c.next(t))
		}
	}
}

func TestWhatIsSentBeforeTheHelloIsDropped(t *testing.T) {
	sio, err := socket.NewIO(socket.Options{})
	require.NoError(t, err)
	s := sio.New(socket.Identity{}, newRecorder())
	s.Send(wire.Text([]byte("early")))
	_, closed := s.Closed()
	require.False(t, closed)
	require.NoError(t, sio.Close(t.Context()))
}

func TestReceiving(t *testing.T) {
	_, connect := open(t, socket.Options{})
	p := connect()
	for _, want := range []string{"a", strings.Repeat("b", 16<<10), "", "c"} {
		require.NoError(t, p.client.WriteMessage(websocket.TextMessage, []byte(want)))
		require.Equal(t, want, <-p.received)
	}
	// A message in fragments is one message.
	w, err := p.client.NextWriter(websocket.TextMessage)
	require.NoError(t, err)
	for range 10 {
		_, err = io.WriteString(w, strings.Repeat("f", 1000))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	require.Equal(t, strings.Repeat("f", 10_000), <-p.received)
}

func TestManyFramesInOnePacketAreAllRead(t *testing.T) {
	_, connect := open(t, socket.Options{FrameRate: 1000})
	p := connect()
	// Masked with zeros.
	frame := append([]byte{0x81, 0x81, 0, 0, 0, 0}, 'x')
	_, err := p.client.NetConn().Write([]byte(strings.Repeat(string(frame), 500)))
	require.NoError(t, err)
	for range 500 {
		require.Equal(t, "x", <-p.received)
	}
}

func TestAFrameThatComesByteByByteIsRead(t *testing.T) {
	_, connect := open(t, socket.Options{})
	p := connect()
	for _, b := range append([]byte{0x81, 0x83, 0, 0, 0, 0}, "abc"...) {
		_, err := p.client.NetConn().Write([]byte{b})
		require.NoError(t, err)
		time.Sleep(time.Millisecond)
	}
	require.Equal(t, "abc", <-p.received)
}

func TestTheFirstCloseCounts(t *testing.T) {
	_, connect := open(t, socket.Options{})
	p := connect()
	p.Close(socket.Revoked)
	p.Close(socket.Restart)
	p.Send(wire.Text([]byte("late")))
	require.Equal(t, socket.Revoked, <-p.closed)
	require.Equal(t, "hello", p.next(t))
	_, _, err := p.client.ReadMessage()
	require.True(t, websocket.IsCloseError(err, 4401), "%v", err)
	d, closed := p.Socket.Closed()
	require.True(t, closed)
	require.Equal(t, socket.Revoked, d)
	require.Empty(t, p.closed, "told once")
}

func TestAClientThatNeverAnswersIsCutOff(t *testing.T) {
	sio, connect := open(t, socket.Options{Linger: 50 * time.Millisecond})
	p := connect()
	p.Close(socket.BadFrame)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.NoError(t, sio.Close(ctx))
	require.NoError(t, ctx.Err(), "gone before the time was over")
}

func TestAClientThatTakesNothingIsClosedAsTooSlow(t *testing.T) {
	_, connect := open(t, socket.Options{QueueBytes: 64 << 20, WriteTimeout: 50 * time.Millisecond})
	p := connect()
	f := wire.Text(make([]byte, 1<<20))
	for range 32 {
		p.Send(f)
	}
	require.Equal(t, socket.TooSlow, <-p.closed)
}

func TestASlowClientGetsAllThatItsQueueHolds(t *testing.T) {
	_, connect := open(t, socket.Options{QueueBytes: 64 << 20})
	p := connect()
	const n = 2000
	go func() {
		for i := range n {
			p.Send(wire.Text([]byte(strconv.Itoa(i) + strings.Repeat(" ", 8<<10))))
		}
	}()
	require.Equal(t, "hello", p.next(t))
	for i := range n {
		if i%100 == 0 {
			time.Sleep(5 * time.Millisecond)
		}
		require.Equal(t, strconv.Itoa(i), strings.TrimSpace(p.next(t)))
	}
	// And is quick again afterwards.
	for i := range 10 {
		p.Send(wire.Text([]byte(strconv.Itoa(i))))
		require.Equal(t, strconv.Itoa(i), p.next(t))
	}
}

func TestBeat(t *testing.T) {
	_, connect := open(t, socket.Options{})
	p := connect()
	require.True(t, p.Beat(), "the handshake is a sign of life")
	require.True(t, p.Beat())
	require.NoError(t, p.client.WriteMessage(websocket.TextMessage, []byte("x")))
	<-p.received
	require.True(t, p.Beat())
	require.True(t, p.Beat())
	require.False(t, p.Beat(), "two missed")
}

func TestAnIdleSocketHasNoGoroutine(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("connections are parked on Linux only")
	}
	_, connect := open(t, socket.Options{})
	connect()
	var pairs []pair
	require.Eventually(t, func() bool {
		before := runtime.NumGoroutine()
		for range 50 {
			p := connect()
			require.NoError(t, p.client.WriteMessage(websocket.TextMessage, []byte("x")))
			<-p.received
			pairs = append(pairs, p)
		}
		time.Sleep(20 * time.Millisecond)
		return runtime.NumGoroutine() <= before+10
	}, patience, time.Millisecond)
	require.NotEmpty(t, pairs)
}

// drainClient reads and forgets.
func drainClient(p pair) { go func() { _, _ = io.Copy(io.Discard, p.client.NetConn()) }() }

func BenchmarkSend(b *testing.B) {
	_, connect := open(b, socket.Options{QueueBytes: 1 << 30})
	p := connect()
	drainClient(p)
	f := wire.Text(make([]byte, 128))
	b.ReportAllocs()
	for b.Loop() {
		p.Send(f)
	}
}

func BenchmarkFanOut(b *testing.B) {
	sio, connect := open(b, socket.Options{QueueBytes: 1 << 30})
	sockets := make([]*socket.Socket, 1000)
	for i := range sockets {
		p := connect()
		drainClient(p)
		sockets[i] = p.Socket
	}
	payload := make([]byte, 128)
	b.ReportAllocs()
	for b.Loop() {
		f := wire.Text(payload)
		batch := sio.Batch()
		for _, s := range sockets {
			batch.Send(s, f)
		}
		batch.Flush()
	}
}
