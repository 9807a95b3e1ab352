//go:build linux

package poll_test

import (
	"net"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-chat/parley/gateway/poll"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 20 * time.Second

type target struct{ ready, ends atomic.Int32 }

func (t *target) Ready(ended bool) bool {
	if ended {
		t.ends.Add(1)
	}
	t.ready.Add(1)
	return false
}

func (t *target) await(tb testing.TB, n int32) {
	tb.Helper()
	require.Eventually(tb, func() bool { return t.ready.Load() >= n }, patience, time.Millisecond)
}

// connect is both ends of a connection, and the first one's raw form.
func connect(t *testing.T) (server, client net.Conn, raw syscall.RawConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	client, err = net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	server, err = l.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { client.Close(); server.Close() })
	raw, err = server.(*net.TCPConn).SyscallConn()
	require.NoError(t, err)
	return server, client, raw
}

func start(t *testing.T) *poll.Poller {
	t.Helper()
	p, err := poll.New()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	return p
}

func write(t *testing.T, c net.Conn) {
	t.Helper()
	_, err := c.Write([]byte("x"))
	require.NoError(t, err)
}

func TestToldOnceForEachArm(t *testing.T) {
	p := start(t)
	server, client, raw := connect(t)
	var got target
	ticket, err := p.Add(raw, &got)
	require.NoError(t, err)
	write(t, client)
	time.Sleep(20 * time.Millisecond)
	require.Zero(t, got.ready.Load(), "not armed")

	require.NoError(t, p.Arm(raw, ticket))
	got.await(t, 1)
	write(t, client)
	time.Sleep(20 * time.Millisecond)
	require.EqualValues(t, 1, got.ready.Load(), "told already")

	require.NoError(t, p.Arm(raw, ticket))
	got.await(t, 2)
	_, err = server.Read(make([]byte, 10))
	require.NoError(t, err)
	require.NoError(t, p.Arm(raw, ticket))
	time.Sleep(20 * time.Millisecond)
	require.EqualValues(t, 2, got.ready.Load(), "nothing to read")
	require.NoError(t, client.Close())
	got.await(t, 3)
}

func TestASeatIsUsedAgainAndLateEventsGoNowhere(t *testing.T) {
	p := start(t)
	var old, fresh target
	_, client, raw := connect(t)
	ticket, err := p.Add(raw, &old)
	require.NoError(t, err)
	require.NoError(t, p.Arm(raw, ticket))
	p.Remove(ticket)
	p.Remove(ticket)
	_, client2, raw2 := connect(t)
	ticket2, err := p.Add(raw2, &fresh)
	require.NoError(t, err)
	require.NoError(t, p.Arm(raw2, ticket2))
	write(t, client)
	write(t, client2)
	fresh.await(t, 1)
	require.Zero(t, old.ready.Load())
	require.EqualValues(t, 1, fresh.ready.Load())
}

func TestManyConnections(t *testing.T) {
	p := start(t)
	targets := make([]target, 600)
	clients := make([]net.Conn, len(targets))
	for i := range targets {
		var raw syscall.RawConn
		_, clients[i], raw = connect(t)
		ticket, err := p.Add(raw, &targets[i])
		require.NoError(t, err)
		require.NoError(t, p.Arm(raw, ticket))
	}
	for _, c := range clients {
		write(t, c)
	}
	for i := range targets {
		targets[i].await(t, 1)
	}
}

func TestClosed(t *testing.T) {
	p, err := poll.New()
	require.NoError(t, err)
	server, _, raw := connect(t)
	ticket, err := p.Add(raw, &target{})
	require.NoError(t, err)
	require.NoError(t, server.Close())
	require.Error(t, p.Arm(raw, ticket), "the connection is closed")
	p.Remove(ticket)
	require.NoError(t, p.Close())
	require.NoError(t, p.Close())
	_, err = p.Add(raw, &target{})
	require.ErrorIs(t, err, poll.ErrClosed)
	require.ErrorIs(t, p.Arm(raw, ticket), poll.ErrClosed)
}

// TestABrokenConnectionIsToldOfOnceForEachArm: the kernel reports a hang-up whether one asked or not.
func TestABrokenConnectionIsToldOfOnceForEachArm(t *testing.T) {
	p := start(t)
	server, client, raw := connect(t)
	var got target
	ticket, err := p.Add(raw, &got)
	require.NoError(t, err)
	require.NoError(t, client.(*net.TCPConn).SetLinger(0))
	require.NoError(t, client.Close())
	time.Sleep(20 * time.Millisecond)
	require.Zero(t, got.ready.Load(), "not armed")

	require.NoError(t, p.Arm(raw, ticket))
	got.await(t, 1)
	time.Sleep(20 * time.Millisecond)
	require.EqualValues(t, 1, got.ready.Load())
	p.Remove(ticket)
	require.NoError(t, server.Close())
}

// reader reads all that is there, and stays armed by that.
type reader struct {
	raw   syscall.RawConn
	bytes atomic.Int32
	ended atomic.Bool
}

func (r *reader) Ready(ended bool) bool {
	if ended {
		r.ended.Store(true)
		return false
	}
	var buf [64]byte
	_ = r.raw.Read(func(fd uintptr) bool {
		if n, err := syscall.Read(int(fd), buf[:]); err == nil {
			r.bytes.Add(int32(n))
		}
		return true
	})
	return true
}

// TestATargetThatReadsAllStaysArmed: nothing that comes is missed, and neither is the end, also when it comes with the last bytes.
func TestATargetThatReadsAllStaysArmed(t *testing.T) {
	p := start(t)
	for _, pause := range []time.Duration{0, 5 * time.Millisecond} {
		_, client, raw := connect(t)
		r := &reader{raw: raw}
		ticket, err := p.Add(raw, r)
		require.NoError(t, err)
		require.NoError(t, p.Arm(raw, ticket))
		for n := range int32(50) {
			write(t, client)
			require.Eventually(t, func() bool { return r.bytes.Load() > n }, patience, 100*time.Microsecond)
		}
		write(t, client)
		time.Sleep(pause)
		require.NoError(t, client.Close())
		require.Eventually(t, r.ended.Load, patience, time.Millisecond)
	}
}
