package faultwire_test

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/faultwire"
)

// echo is a wire to a server that sends everything back.
func echo(t *testing.T) *faultwire.Wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = io.Copy(conn, conn)
			}()
		}
	}()
	w, err := faultwire.New()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	w.LeadTo(l.Addr().String())
	return w
}

func dial(t *testing.T, w *faultwire.Wire) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", w.Addr())
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	return conn
}

// back sends a text and waits for it at most that long.
func back(conn net.Conn, text string, patience time.Duration) error {
	if _, err := conn.Write([]byte(text)); err != nil {
		return err
	}
	return await(conn, text, patience)
}

func await(conn net.Conn, text string, patience time.Duration) error {
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	_, err := io.ReadFull(conn, make([]byte, len(text)))
	return err
}

func TestPassesOn(t *testing.T) {
	conn := dial(t, echo(t))
	require.NoError(t, back(conn, "hello", time.Second))
	require.NoError(t, conn.(*net.TCPConn).CloseWrite())
	_, err := conn.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF, "the other end's goodbye comes through")
}

func TestCut(t *testing.T) {
	w := echo(t)
	conn := dial(t, w)
	require.NoError(t, back(conn, "hello", time.Second))
	w.Set(faultwire.State{Cut: true})
	require.Error(t, back(conn, "hello", time.Second))
	// The reset may come before the one who dials has seen the connection.
	if late, err := net.Dial("tcp", w.Addr()); err == nil {
		require.Error(t, back(late, "hello", time.Second))
		require.NoError(t, late.Close())
	}
	w.Set(faultwire.State{})
	require.NoError(t, back(dial(t, w), "hello", time.Second))
}

func TestSilent(t *testing.T) {
	w := echo(t)
	conn := dial(t, w)
	w.Set(faultwire.State{Silent: true})
	late := dial(t, w)
	require.Error(t, back(conn, "hello", 100*time.Millisecond))
	require.Error(t, back(late, "hello", 100*time.Millisecond))
	w.Set(faultwire.State{})
	require.NoError(t, await(conn, "hello", time.Second), "what was sent meanwhile comes")
	require.NoError(t, await(late, "hello", time.Second))
}

func TestDelayAndThrottle(t *testing.T) {
	w := echo(t)
	conn := dial(t, w)
	w.Set(faultwire.State{Delay: 50 * time.Millisecond})
	began := time.Now()
	require.NoError(t, back(conn, "hello", time.Second))
	require.GreaterOrEqual(t, time.Since(began), 100*time.Millisecond, "there and back")
	w.Set(faultwire.State{BytesPerSecond: 1000})
	began = time.Now()
	require.NoError(t, back(conn, string(make([]byte, 100)), time.Second))
	require.GreaterOrEqual(t, time.Since(began), 200*time.Millisecond)
}
