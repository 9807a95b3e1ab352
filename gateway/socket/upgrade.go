package socket

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"

	"github.com/gorilla/websocket"

	"github.com/parley-chat/parley/gateway/wire"
)

const (
	// readBuffer is what an idle socket keeps for reading: a header and a small frame. It is the least that gorilla
	// takes over; larger frames are read past it, into a borrowed buffer.
	readBuffer = 272
	// hijackBuffer is what gorilla builds the handshake in.
	hijackBuffer = 512
)

// Upgrade makes the WebSocket handshake with gorilla's upgrader, and takes the connection out of net/http's hands.
// The answer to the client is kept until Open, and goes out with the first frame in one write. On an error the
// client has been answered, and the socket is of no more use.
func (s *Socket) Upgrade(u *websocket.Upgrader, w http.ResponseWriter, r *http.Request) error {
	h := &hijacker{ResponseWriter: w}
	ws, err := u.Upgrade(h, r, nil)
	if err != nil {
		return fmt.Errorf("upgrade: %w", err)
	}
	h.pipe.answered = true
	s.ws, s.br = ws, h.reader
	s.conn, s.pipe, s.handshake = h.pipe.Conn, h.pipe, wire.Raw(h.pipe.handshake)
	h.pipe.handshake = nil
	if sc, ok := s.conn.(syscall.Conn); ok {
		if s.raw, err = sc.SyscallConn(); err != nil {
			_ = s.conn.Close()
			return fmt.Errorf("upgrade: %w", err)
		}
	}
	ws.SetPingHandler(s.pinged)
	ws.SetPongHandler(s.ponged)
	ws.SetCloseHandler(func(int, string) error { return nil })
	return nil
}

// hijacker gives gorilla a connection with buffers of our size, in place of net/http's 4 KiB each.
type hijacker struct {
	http.ResponseWriter
	pipe   *pipe
	reader *bufio.Reader
}

var errEarlyData = errors.New("client sent data before the handshake was complete")

// Hijack is called by gorilla.
func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	inner, ok := h.ResponseWriter.(http.Hijacker)
	if !ok {
		return nil, nil, http.ErrNotSupported
	}
	conn, brw, err := inner.Hijack()
	if err != nil {
		return nil, nil, fmt.Errorf("hijack: %w", err)
	}
	if brw.Reader.Buffered() > 0 {
		return nil, nil, errors.Join(errEarlyData, conn.Close())
	}
	h.pipe = &pipe{Conn: conn}
	h.reader = bufio.NewReaderSize(h.pipe, readBuffer)
	return h.pipe, bufio.NewReadWriter(h.reader, bufio.NewWriterSize(io.Discard, hijackBuffer)), nil
}

// pipe is the connection as gorilla sees it. Gorilla writes the answer to the handshake, which is kept, and
// later, by itself, only close frames for breaches of the protocol, in whose place the socket sends its own.
type pipe struct {
	net.Conn
	handshake []byte
	answered  bool
	// early is what was read before gorilla asked for it.
	early []byte
}

// Read gives what was read early before anything else.
func (p *pipe) Read(b []byte) (int, error) {
	if len(p.early) == 0 {
		return p.Conn.Read(b) //nolint:wrapcheck // gorilla's affair
	}
	n := copy(b, p.early)
	if p.early = p.early[n:]; len(p.early) == 0 {
		p.early = nil
	}
	return n, nil
}

// Write keeps the handshake's answer and drops the rest.
func (p *pipe) Write(b []byte) (int, error) {
	if !p.answered {
		p.handshake = append([]byte(nil), b...)
	}
	return len(b), nil
}
