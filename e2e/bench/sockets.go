package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/sync/errgroup"
)

// dialers is how many sockets are opened at the same time.
const dialers = 16

var (
	ping = []byte(`{"type":"ping"}`)
	pong = []byte(`{"type":"pong"}`)
)

// sockets are held open, answer heartbeats, and count what else comes.
type sockets struct {
	conns []*websocket.Conn
	heard atomic.Int64
	gone  sync.WaitGroup
}

// open opens one socket for each token, "" for a server that asks for none.
func open(ctx context.Context, address string, tokens []string) (*sockets, error) {
	s := &sockets{conns: make([]*websocket.Conn, len(tokens))}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(dialers)
	dialer := websocket.Dialer{Subprotocols: []string{"parley.v1"}, ReadBufferSize: 1024, WriteBufferSize: 256, HandshakeTimeout: 30 * time.Second}
	for i, token := range tokens {
		group.Go(func() error {
			header := http.Header{}
			if token != "" {
				header.Set("Authorization", "Bearer "+token)
			}
			c, _, err := dialer.DialContext(ctx, "ws"+strings.TrimPrefix(address, "http")+"/ws", header)
			if err != nil {
				return fmt.Errorf("open socket %d: %w", i, err)
			}
			if token != "" { // hello: the server has done its part
				_, _, err = c.ReadMessage()
			}
			s.conns[i] = c
			return err
		})
	}
	if err := group.Wait(); err != nil {
		s.close()
		return nil, err
	}
	for _, c := range s.conns {
		s.gone.Go(func() { s.listen(c) })
	}
	return s, nil
}

func (s *sockets) listen(c *websocket.Conn) {
	for {
		_, payload, err := c.ReadMessage()
		if err != nil {
			return
		}
		if !bytes.Equal(payload, ping) {
			s.heard.Add(1)
		} else if c.WriteMessage(websocket.TextMessage, pong) != nil {
			return
		}
	}
}

func (s *sockets) close() {
	for _, c := range s.conns {
		if c != nil {
			_ = c.Close()
		}
	}
	s.gone.Wait()
}

var errLate = errors.New("deliveries stay away")

// await waits until so many messages have come.
func (s *sockets) await(n int64) error {
	for deadline := time.Now().Add(time.Minute); s.heard.Load() < n; time.Sleep(200 * time.Microsecond) {
		if time.Now().After(deadline) {
			return fmt.Errorf("%w: %d of %d came", errLate, s.heard.Load(), n)
		}
	}
	return nil
}

// usage is what a process has used: seconds of CPU, bytes of memory.
type usage struct{ cpu, memory float64 }

// used reads a process's own account of itself.
func used(address string) (u usage, err error) {
	res, err := http.Get(address + "/metrics")
	if err != nil {
		return u, fmt.Errorf("usage: %w", err)
	}
	defer res.Body.Close()
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		switch name {
		case "process_cpu_seconds_total":
			u.cpu, err = strconv.ParseFloat(value, 64)
		case "process_resident_memory_bytes":
			u.memory, err = strconv.ParseFloat(value, 64)
		}
		if err != nil {
			return u, fmt.Errorf("usage: %w", err)
		}
	}
	return u, nil
}
