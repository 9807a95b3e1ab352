package socket

import (
	"errors"
	"io"
	"net"
	"syscall"
	"time"

	"github.com/gorilla/websocket"

	"github.com/parley-chat/parley/gateway/clientframe"
	"github.com/parley-chat/parley/gateway/wire"
)

// startReading parks the connection until the client sends something; where it can't be parked, a goroutine
// reads it for as long as it lives.
func (s *Socket) startReading() {
	if s.io.poller != nil && s.raw != nil {
		ticket, err := s.io.poller.Add(s.raw, s)
		if err == nil {
			s.mu.Lock()
			s.ticket, s.parked = ticket, true
			late := s.state == gone
			s.mu.Unlock()
			if late || s.io.poller.Arm(s.raw, ticket) != nil {
				s.io.poller.Remove(ticket)
				s.lost(Gone)
			}
			return
		}
	}
	s.io.running.Go(s.read)
}

// Ready is called by the poller, in its own goroutine, when there is something to read. Nearly always that is the answer to a
// heartbeat, which is dealt with here; for all else a goroutine is borrowed.
func (s *Socket) Ready(ended bool) (again bool) {
	if !ended && s.readPong() {
		return true
	}
	s.io.running.Go(s.read)
	return false
}

// readPong is true if what came was the answer to a heartbeat, and nothing else. What else came waits for read.
func (s *Socket) readPong() bool {
	s.mu.Lock()
	isOpen := s.state == open
	s.mu.Unlock()
	if !isOpen {
		return false
	}
	g := &s.io.glance
	data, err := g.read(s.raw)
	switch {
	case errors.Is(err, syscall.EAGAIN):
		return true
	case err != nil || len(data) == 0:
		return false // read finds the same
	}
	payload := g.unmask(data)
	if !clientframe.IsPong(payload) || !s.bucket.take(time.Now(), s.io.opts.FrameRate) {
		s.pipe.early = append([]byte(nil), data...)
		return false
	}
	s.heard.Store(true)
	s.owner.Receive(payload)
	return true
}

// read takes in what has arrived, until nothing is left or the connection fails.
func (s *Socket) read() {
	s.mu.Lock()
	ticket, parked := s.ticket, s.parked
	s.mu.Unlock()
	for s.readFrame() {
		if !parked || s.br.Buffered() > 0 || len(s.pipe.early) > 0 {
			continue
		}
		if s.io.poller.Arm(s.raw, ticket) != nil {
			s.lost(Gone)
		}
		return
	}
}

// readFrame reads one data frame, and the control frames before it. It is false when there will be no more.
func (s *Socket) readFrame() bool {
	kind, r, err := s.ws.NextReader()
	if err != nil {
		s.readFailed(err)
		return false
	}
	s.heard.Store(true)
	if _, closed := s.Closed(); closed {
		// Only the client's own close frame is waited for.
		return true
	}
	if !s.bucket.take(time.Now(), s.io.opts.FrameRate) {
		s.Close(TooManyFrames)
		return true
	}
	if kind != websocket.TextMessage {
		s.Close(BadFrame)
		return true
	}
	buf, _ := s.io.buffers.Get().(*[clientframe.MaxBytes + 1]byte)
	defer s.io.buffers.Put(buf)
	n, err := readAll(r, buf[:])
	switch {
	case err != nil:
		s.readFailed(err)
		return false
	case n > clientframe.MaxBytes:
		s.Close(FrameTooLarge)
	default:
		s.owner.Receive(buf[:n])
	}
	return true
}

// readAll reads up to the end, or until buf is full.
func readAll(r io.Reader, buf []byte) (n int, err error) {
	for n < len(buf) {
		var m int
		m, err = r.Read(buf[n:])
		n += m
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err //nolint:wrapcheck // told apart by the caller, never shown
		}
	}
	return n, nil
}

// readFailed ends the socket as fits the error, which gorilla gives again for every further read.
func (s *Socket) readFailed(err error) {
	var (
		closeErr *websocket.CloseError
		netErr   net.Error
	)
	switch {
	case errors.As(err, &closeErr) && closeErr.Code != websocket.CloseAbnormalClosure:
		if _, closed := s.Closed(); closed {
			// The client has answered the close frame: done.
			s.finish()
			return
		}
		s.Close(ByClient)
	case closeErr != nil, errors.As(err, &netErr), errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed):
		s.lost(Gone)
	default:
		// A breach of the protocol. What follows can't be understood, but reading on lets the close frame
		// arrive: closing with unread data would reset the connection.
		s.Close(BadFrame)
		_, _ = io.Copy(io.Discard, s.conn) // until the client goes, or lingering ends
		s.finish()
	}
}

// pinged answers a protocol ping, which some clients send by themselves.
func (s *Socket) pinged(data string) error {
	if s.countControl() {
		s.Send(wire.Pong(data))
	}
	return nil
}

func (s *Socket) ponged(string) error {
	s.countControl()
	return nil
}

// countControl counts a control frame like any other.
func (s *Socket) countControl() bool {
	s.heard.Store(true)
	ok := s.bucket.take(time.Now(), s.io.opts.FrameRate)
	if !ok {
		s.Close(TooManyFrames)
	}
	return ok
}

// bucket is a token bucket that begins full. It is used by the reader only.
type bucket struct {
	tokens float32
	last   int64 // Unix nanoseconds; 0 before the first
}

// take takes a token, of which there are rate a second and at most rate at once.
func (b *bucket) take(now time.Time, rate int) bool {
	at := now.UnixNano()
	full := float32(rate)
	if b.last == 0 {
		b.tokens = full
	} else {
		b.tokens = min(full, b.tokens+full*float32(time.Duration(at-b.last).Seconds()))
	}
	b.last = at
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
