// Package socket holds one WebSocket: a bounded queue of frames, and the reading of what the client sends. An idle
// socket has no goroutine, no timer and no buffer for writing; it borrows a goroutine when bytes arrive, and
// a shared pool of writers sends what has queued up in one system call.
package socket

import (
	"bufio"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gorilla/websocket"

	"github.com/parley-chat/parley/gateway/poll"
	"github.com/parley-chat/parley/gateway/wheel"
	"github.com/parley-chat/parley/gateway/wire"
	"github.com/parley-chat/parley/pkg/chat"
)

// Owner is told what happens on a socket.
type Owner interface {
	// Receive takes a text frame of the client, one at a time. The payload is not kept. For the answer to a heartbeat, as
	// clientframe.IsPong knows it, it does not wait.
	Receive(payload []byte)
	// Closed is called once, in a goroutine of its own, when the socket has begun to end: it sends nothing
	// more. A socket that was aborted before it was open hears nothing.
	Closed(d Disconnect)
}

// Identity is whose socket it is.
type Identity struct {
	ConnectionID string
	UserID       chat.UserID
	SessionID    chat.SessionID
}

type state uint8

const (
	opening state = iota
	open
	// closing: the close frame is on its way; the client may take it, and answer.
	closing
	gone
)

// missedBeats is how many heartbeats may go without a sign of life.
const missedBeats = 2

// Socket is one client's connection. Its methods may be called concurrently.
type Socket struct {
	Identity
	wheel.Seat

	io    *IO
	owner Owner

	// Set by Upgrade, before the socket is open.
	conn      net.Conn
	raw       syscall.RawConn
	ws        *websocket.Conn
	br        *bufio.Reader
	pipe      *pipe
	handshake *wire.Frame

	// bucket is of the reader: at most one goroutine reads at a time.
	bucket bucket

	// heard is set by whatever the client sends; missed belongs to whoever calls Beat.
	heard  atomic.Bool
	missed uint8

	mu sync.Mutex // guards the following
	// queue starts in inline, so that one frame, the usual case, costs no memory of its own.
	queue  []*wire.Frame
	inline [1]*wire.Frame
	// bytes are those queued or being written.
	bytes int
	state state
	// scheduled: a writer has the socket, or will have.
	scheduled bool
	// answered: the client has closed too, so nothing is waited for after the close frame.
	answered   bool
	disconnect Disconnect
	linger     *time.Timer
	// parked: the socket waits with the poller, by this ticket.
	parked bool
	ticket poll.Ticket

	// next is the socket's place in a list of those to be written; of whoever scheduled it.
	next *Socket
}

// New makes a socket that has no connection yet. What is sent to it before Open is dropped.
func (o *IO) New(id Identity, owner Owner) *Socket {
	s := &Socket{Identity: id, io: o, owner: owner}
	s.queue = s.inline[:0]
	s.heard.Store(true)
	return s
}

// Open sends hello as the first frame, behind which all others come, and starts reading. If the socket was
// closed meanwhile, the client is told that instead. Upgrade has succeeded before.
func (s *Socket) Open(hello *wire.Frame) {
	s.mu.Lock()
	first := s.handshake
	s.handshake = nil
	d := s.disconnect
	refused := s.state == closing
	if refused {
		first = wire.Join(first, wire.Close(d.Code, d.Reason))
		s.linger = time.AfterFunc(s.io.opts.Linger, s.finish)
	} else {
		first = wire.Join(first, hello)
		s.state = open
	}
	s.queue = append(s.queue, first)
	s.bytes += first.Len()
	s.scheduled = true
	s.io.add(s, refused)
	s.mu.Unlock()

	if refused {
		s.io.tell(s, d)
	}
	s.io.writers.submit(s, s, 1)
	s.startReading()
}

// Owner is who was given to New.
func (s *Socket) Owner() Owner { return s.owner }

// Send queues a frame. A socket that is further behind than the limit is closed as too slow.
func (s *Socket) Send(f *wire.Frame) {
	if s.push(f) {
		s.io.writers.submit(s, s, 1)
	}
}

// push queues a frame and tells whether the caller has to schedule the socket.
func (s *Socket) push(f *wire.Frame) (schedule bool) {
	s.mu.Lock()
	if s.state != open {
		s.mu.Unlock()
		return false
	}
	// A frame larger than the limit passes when it is the only one, or it would never reach anybody.
	if s.bytes > 0 && s.bytes+f.Len() > s.io.opts.QueueBytes {
		s.mu.Unlock()
		s.io.metrics.QueueDrops.Inc()
		s.Close(TooSlow)
		return false
	}
	s.queue = append(s.queue, f)
	s.bytes += f.Len()
	schedule = !s.scheduled
	s.scheduled = true
	s.mu.Unlock()
	return schedule
}

// Close ends the socket: what is queued is dropped, the close frame goes out, and the client has a while to
// take it. The first Close counts. It never waits, and may be called with any lock held.
func (s *Socket) Close(d Disconnect) {
	s.mu.Lock()
	switch s.state {
	case closing, gone:
		s.mu.Unlock()
		return
	case opening:
		// Open tells the client.
		s.state, s.disconnect = closing, d
		s.mu.Unlock()
		return
	case open:
	}
	s.state, s.disconnect = closing, d
	s.dropQueue()
	schedule := false
	if d.Code != 0 {
		f := wire.Close(d.Code, d.Reason)
		s.queue = append(s.queue, f)
		s.bytes += f.Len()
		schedule, s.scheduled = !s.scheduled, true
		s.answered = d == ByClient
		s.linger = time.AfterFunc(s.io.opts.Linger, s.finish)
	}
	s.io.setLingering(s)
	s.mu.Unlock()

	s.io.tell(s, d)
	switch {
	case d.Code == 0:
		s.finish()
	case schedule:
		s.io.writers.submit(s, s, 1)
	}
}

// Closed tells whether the socket has ended, and why.
func (s *Socket) Closed() (Disconnect, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.disconnect, s.state >= closing
}

// Beat is called once for each heartbeat. It is false when the client has shown no life for two of them.
func (s *Socket) Beat() bool {
	if s.heard.Swap(false) {
		s.missed = 0
		return true
	}
	s.missed++
	return s.missed < missedBeats
}

// dropQueue forgets what no writer has taken yet.
func (s *Socket) dropQueue() {
	for _, f := range s.queue {
		s.bytes -= f.Len()
	}
	clear(s.queue)
	s.queue = s.inline[:0]
}

// finish lets go of the connection. It may be called more than once.
func (s *Socket) finish() {
	s.mu.Lock()
	if s.state == gone {
		s.mu.Unlock()
		return
	}
	s.state = gone
	s.dropQueue()
	if s.linger != nil {
		s.linger.Stop()
	}
	parked := s.parked
	s.mu.Unlock()

	if parked {
		s.io.poller.Remove(s.ticket)
	}
	_ = s.conn.Close()
	s.io.remove(s)
}

// lost ends the socket because reading or writing failed.
func (s *Socket) lost(d Disconnect) {
	s.Close(d)
	s.finish()
}
