package bench

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/sync/errgroup"
)

// dialers is how many sockets one process opens at the same time.
const dialers = 16

var (
	ping = []byte(`{"type":"ping"}`)
	pong = []byte(`{"type":"pong"}`)
	// sentAt stands before the time of sending, in nanoseconds, where it is told.
	sentAt = []byte(`"sentAt":`)
)

// sockets are held open, answer heartbeats, count what else comes, and go elsewhere if they are asked to.
type sockets struct {
	lateness
	all []*held
	// heard are messages, beats heartbeats; ended are sockets that the other side, or the network, has ended, and moved those that
	// went to another gateway.
	heard, beats, ended, moved atomic.Int64
	// spare is where they go that are asked to; nil as long as they are to stay.
	spare   atomic.Pointer[string]
	closing atomic.Bool
	gone    sync.WaitGroup
}

// held is one socket, which may become another one.
type held struct {
	target Target
	heard  atomic.Int64
	conn   atomic.Pointer[websocket.Conn]
}

func open(ctx context.Context, targets []Target) (*sockets, error) {
	s := &sockets{all: make([]*held, len(targets))}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(dialers)
	for i, t := range targets {
		s.all[i] = &held{target: t}
		group.Go(func() error {
			c, err := dial(ctx, t)
			if err != nil {
				return fmt.Errorf("open socket %d: %w", i, err)
			}
			s.all[i].conn.Store(c)
			s.gone.Go(func() { s.listen(s.all[i], c) }) // at once: heartbeats come while others are still being opened
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// dial opens a socket, and waits for hello if the server is one that says it: then it has done its part.
func dial(ctx context.Context, t Target) (*websocket.Conn, error) {
	dialer := websocket.Dialer{Subprotocols: []string{"parley.v1"}, ReadBufferSize: 1024, WriteBufferSize: 256, HandshakeTimeout: 30 * time.Second}
	if t.From != "" {
		dialer.NetDialContext = (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(t.From)}}).DialContext
	}
	header := http.Header{}
	if t.Token != "" {
		header.Set("Authorization", "Bearer "+t.Token)
	}
	c, _, err := dialer.DialContext(ctx, "ws"+strings.TrimPrefix(t.Address, "http")+"/ws", header)
	if err != nil || t.Token == "" {
		return c, err //nolint:wrapcheck // by the caller
	}
	if _, _, err = c.ReadMessage(); err != nil {
		_ = c.Close()
	}
	return c, err //nolint:wrapcheck // by the caller
}

func (s *sockets) listen(h *held, c *websocket.Conn) {
	for {
		_, payload, err := c.ReadMessage()
		if err != nil {
			if h.conn.Load() == c && !s.closing.Load() {
				s.ended.Add(1)
			}
			return
		}
		if bytes.Equal(payload, ping) {
			s.beats.Add(1)
			_ = c.WriteMessage(websocket.TextMessage, pong) // if it fails, so does the next read
			continue
		}
		if to := s.spare.Load(); to != nil {
			if after, asked := sentAway(payload); asked {
				s.gone.Go(func() { s.move(h, *to, after) })
				continue
			}
		}
		h.heard.Add(1)
		s.heard.Add(1)
		if _, rest, told := bytes.Cut(payload, sentAt); told {
			if at, err := strconv.ParseInt(string(bytes.TrimRight(rest, "}")), 10, 64); err == nil {
				s.add(time.Since(time.Unix(0, at)))
			}
		}
	}
}

// close resets the connections, so that no port waits for stray segments before it can be used again.
func (s *sockets) close() {
	if s == nil {
		return
	}
	s.closing.Store(true)
	for _, h := range s.all {
		if c := h.conn.Load(); c != nil {
			if t, ok := c.NetConn().(*net.TCPConn); ok {
				_ = t.SetLinger(0)
			}
			_ = c.Close()
		}
	}
	s.gone.Wait()
}
