package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	// maxFrame is the most bytes of a frame that are read.
	maxFrame = 1 << 20
	// writeTimeout bounds the writing of one frame.
	writeTimeout = 5 * time.Second
	// silence is how many heartbeats may be missing before the socket is taken for dead.
	silence = 3
)

// The close codes that mean something to a client.
const (
	CloseRestart        = 1012
	CloseBadFrame       = 4400
	CloseSignedOut      = 4401
	CloseHeartbeat      = 4408
	CloseFrameTooLarge  = 4413
	CloseTooManyFrames  = 4429
	CloseTooSlow        = 4430
	codeWithoutCloseMsg = 0
)

// link is one socket, from hello to close.
type link struct {
	conn  *websocket.Conn
	hello Frame
	// patience is how long the server may be silent.
	patience time.Duration
	// ended is closed when reading has; err then says why.
	ended chan struct{}
	err   error

	writing sync.Mutex
}

// dial opens a socket, of a device where somebody is or not, and waits for its hello. A refused handshake is an *Error.
func (s *Session) dial(ctx context.Context, idle bool) (*link, error) {
	token := s.AccessToken()
	door := s.client.socket
	if idle {
		door += "?idle=true"
	}
	//nolint:bodyclose // the library has read the body of a refusal, and that of a success is the socket
	conn, res, err := s.client.dialer.DialContext(ctx, door, http.Header{"Authorization": {"Bearer " + token}})
	if err != nil {
		if res == nil {
			return nil, fmt.Errorf("open a socket: %w", err)
		}
		body, _ := io.ReadAll(io.LimitReader(res.Body, 4096))
		refusal := refusal(res, body)
		if res.StatusCode != http.StatusUnauthorized {
			return nil, refusal
		}
		return nil, errors.Join(refusal, s.Refresh(ctx, token))
	}
	conn.SetReadLimit(maxFrame)
	l := &link{conn: conn, patience: s.client.http.Timeout, ended: make(chan struct{})}
	// A dial that is given up must not sit in this read until its patience ends.
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Now()) })
	defer stop()
	l.hello, err = l.read()
	if err == nil && l.hello.Type != "hello" {
		err = fmt.Errorf("open a socket: %q came before hello", l.hello.Type)
	}
	if err != nil {
		conn.Close()
		if closeCode(err) == CloseSignedOut {
			return nil, errors.Join(err, s.Refresh(ctx, token))
		}
		return nil, err
	}
	if l.hello.PingIntervalMs > 0 {
		l.patience = silence * time.Duration(l.hello.PingIntervalMs) * time.Millisecond
	}
	return l, nil
}

// serve reads until the socket ends, answers heartbeats, and hands on every other frame.
func (l *link) serve(handle func(Frame)) {
	defer close(l.ended)
	defer l.conn.Close()
	for {
		f, err := l.read()
		if err != nil {
			l.err = err
			return
		}
		if f.Type == "ping" {
			// A failed write shows in the next read.
			_ = l.write(map[string]string{"type": "pong"})
			continue
		}
		handle(f)
	}
}

func (l *link) read() (Frame, error) {
	if err := l.conn.SetReadDeadline(time.Now().Add(l.patience)); err != nil {
		return Frame{}, fmt.Errorf("read a frame: %w", err)
	}
	_, data, err := l.conn.ReadMessage()
	if err != nil {
		return Frame{}, fmt.Errorf("read a frame: %w", err)
	}
	var f Frame
	if err := json.Unmarshal(data, &f); err != nil {
		return Frame{}, fmt.Errorf("decode a frame: %w", err)
	}
	return f, nil
}

func (l *link) write(frame any) error {
	data, err := json.Marshal(frame)
	if err != nil {
		return fmt.Errorf("encode a frame: %w", err)
	}
	l.writing.Lock()
	defer l.writing.Unlock()
	if err := l.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return fmt.Errorf("write a frame: %w", err)
	}
	if err := l.conn.WriteMessage(websocket.TextMessage, data); err != nil {
		return fmt.Errorf("write a frame: %w", err)
	}
	return nil
}

// leave says goodbye, and cuts the connection if the server doesn't answer that soon.
func (l *link) leave() {
	bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	_ = l.conn.WriteControl(websocket.CloseMessage, bye, time.Now().Add(writeTimeout))
	select {
	case <-l.ended:
	case <-time.After(writeTimeout):
		l.cut()
		<-l.ended
	}
}

// cut ends the connection without a word, as a lost network does.
func (l *link) cut() { l.conn.Close() }

// closeCode is the code that the server closed with, or 0 if the connection ended without one.
func closeCode(err error) int {
	var closed *websocket.CloseError
	if !errors.As(err, &closed) || closed.Code == websocket.CloseAbnormalClosure {
		return codeWithoutCloseMsg
	}
	return closed.Code
}
