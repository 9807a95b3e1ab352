package socket

import (
	"errors"
	"os"
	"sync"
	"time"

	"github.com/parley-chat/parley/gateway/wire"
)

const (
	// joinBytes is how much one write sends at most, unless a single frame is larger.
	joinBytes = 64 << 10
	// joinFrames is how many frames one write sends at most.
	joinFrames = 128
	// takeSockets is how many sockets a writer takes at a time.
	takeSockets = 16
	// batchSockets is after how many sockets a batch is handed to the writers, so that they begin early.
	batchSockets = 64
)

// writers is a pool of goroutines that write what is queued for sockets, without ever waiting for a client: a
// socket whose client doesn't take everything at once goes on in a goroutine of its own.
type writers struct {
	io *IO

	mu         sync.Mutex // guards the following
	wake       sync.Cond
	head, tail *Socket
	idle       int
	closed     bool
	running    sync.WaitGroup
}

func newWriters(o *IO) *writers {
	w := &writers{io: o}
	w.wake.L = &w.mu
	for range o.opts.Writers {
		w.running.Go(w.run)
	}
	return w
}

func (w *writers) close() {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.wake.Broadcast()
	w.running.Wait()
}

// submit hands over a list of n sockets.
func (w *writers) submit(head, tail *Socket, n int) {
	w.mu.Lock()
	if w.tail == nil {
		w.head = head
	} else {
		w.tail.next = head
	}
	w.tail = tail
	wake := w.idle > 0
	more := wake && n > takeSockets && w.idle > 1
	w.mu.Unlock()
	if more {
		w.wake.Broadcast()
	} else if wake {
		w.wake.Signal()
	}
}

// take waits for sockets and gives a few; none after close.
func (w *writers) take(into []*Socket) []*Socket {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.head == nil && !w.closed {
		w.idle++
		w.wake.Wait()
		w.idle--
	}
	for len(into) < takeSockets && w.head != nil {
		s := w.head
		w.head, s.next = s.next, nil
		into = append(into, s)
	}
	if w.head == nil {
		w.tail = nil
	}
	return into
}

func (w *writers) run() {
	d := newDrain()
	var taken [takeSockets]*Socket
	for {
		batch := w.take(taken[:0])
		if len(batch) == 0 {
			return
		}
		// Those with more to send go to the end of the line.
		again := Batch{writers: w}
		for _, s := range batch {
			if s.drain(d) {
				again.link(s)
			}
		}
		again.Flush()
		w.io.metrics.Writes.Add(float64(d.writes))
		w.io.metrics.WrittenBytes.Add(float64(d.bytes))
		d.writes, d.bytes = 0, 0
		clear(taken[:])
	}
}

// Batch sends frames to many sockets with few hand-overs to the writers. Flush it before it goes.
type Batch struct {
	writers    *writers
	head, tail *Socket
	n          int
}

// Batch makes an empty one.
func (o *IO) Batch() Batch { return Batch{writers: o.writers} }

// Send queues a frame; see Socket.Send.
func (b *Batch) Send(s *Socket, f *wire.Frame) {
	if s.push(f) {
		b.link(s)
	}
}

func (b *Batch) link(s *Socket) {
	if b.tail == nil {
		b.head = s
	} else {
		b.tail.next = s
	}
	b.tail = s
	if b.n++; b.n >= batchSockets {
		b.Flush()
	}
}

// Flush hands what was queued to the writers.
func (b *Batch) Flush() {
	if b.n > 0 {
		b.writers.submit(b.head, b.tail, b.n)
		*b = Batch{writers: b.writers}
	}
}

// drain is what one writer needs for its work.
type drain struct {
	frames [joinFrames]*wire.Frame
	buf    []byte
	try    tryWriter

	writes, bytes int
}

func newDrain() *drain {
	d := &drain{}
	d.try.init()
	return d
}

// drain writes what is queued, as far as the client takes it at once. It is true if there is more to write.
func (s *Socket) drain(d *drain) (again bool) {
	taken, total := s.takeFrames(d)
	if taken == 0 {
		return s.drained(0)
	}
	data := d.join(taken)
	if s.raw == nil {
		s.drainSlowly(data)
		return false
	}
	n, err := d.try.write(s.raw, data)
	d.writes++
	d.bytes += n
	switch {
	case err != nil:
		s.lost(Gone)
		return false
	case n < len(data):
		s.account(n)
		s.drainSlowly(data[n:])
		return false
	}
	return s.drained(total)
}

// takeFrames moves what one write can send from the socket's queue to the writer.
func (s *Socket) takeFrames(d *drain) (taken, total int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for taken < len(s.queue) && taken < joinFrames {
		f := s.queue[taken]
		if taken > 0 && total+f.Len() > joinBytes {
			break
		}
		d.frames[taken] = f
		total += f.Len()
		taken++
	}
	rest := copy(s.queue, s.queue[taken:])
	clear(s.queue[rest:])
	if s.queue = s.queue[:rest]; rest == 0 {
		s.queue = s.inline[:0]
	}
	return taken, total
}

// join is the taken frames as one piece.
func (d *drain) join(taken int) []byte {
	if taken == 1 {
		f := d.frames[0]
		d.frames[0] = nil
		return f.Bytes()
	}
	d.buf = d.buf[:0]
	for _, f := range d.frames[:taken] {
		d.buf = append(d.buf, f.Bytes()...)
	}
	clear(d.frames[:taken])
	return d.buf
}

// account takes n bytes that were written off what the socket is behind.
func (s *Socket) account(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bytes -= n
}

// drained accounts for n bytes that were written. It is true if more is queued; else no writer has the socket.
func (s *Socket) drained(n int) (again bool) {
	s.mu.Lock()
	s.bytes -= n
	if len(s.queue) > 0 && s.state != gone {
		s.mu.Unlock()
		return true
	}
	s.scheduled = false
	over := s.state == closing && s.answered
	s.mu.Unlock()
	if over {
		s.finish()
	}
	return false
}

// drainSlowly goes on in a goroutine that may wait for the client. rest is copied.
func (s *Socket) drainSlowly(rest []byte) {
	rest = append([]byte(nil), rest...)
	s.io.running.Go(func() {
		d := newDrain()
		for {
			if err := s.writeWaiting(rest); err != nil {
				if errors.Is(err, os.ErrDeadlineExceeded) {
					s.lost(TooSlow)
				} else {
					s.lost(Gone)
				}
				return
			}
			if !s.drained(len(rest)) {
				return
			}
			taken, _ := s.takeFrames(d)
			rest = d.join(taken)
		}
	})
}

// writeWaiting writes all of data, waiting for the client for as long as WriteTimeout.
func (s *Socket) writeWaiting(data []byte) error {
	_ = s.conn.SetWriteDeadline(time.Now().Add(s.io.opts.WriteTimeout)) // Write tells
	n, err := s.conn.Write(data)
	_ = s.conn.SetWriteDeadline(time.Time{}) // or the writers' next try would fail
	s.io.metrics.Writes.Inc()
	s.io.metrics.WrittenBytes.Add(float64(n))
	return err //nolint:wrapcheck // told apart by the caller, never shown
}
