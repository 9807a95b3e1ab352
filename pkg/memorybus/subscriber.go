package memorybus

import (
	"context"
	"fmt"
	"sync"

	"github.com/parley-chat/parley/pkg/bus"
)

// Subscriber is one listener on a Bus, with a queue and a goroutine of its own, so that a slow one
// holds up nobody else.
type Subscriber struct {
	bus     *Bus
	handler bus.Handler
	wake    chan struct{}
	done    chan struct{}

	// subMu orders changes of refs with the bus's table; it is taken before the bus's lock.
	subMu sync.Mutex
	refs  map[bus.Channel]int

	mu       sync.Mutex // guards the following; taken last
	queue    []bus.Message
	bytes    int
	overflow bool
	closed   bool
}

// Subscriber makes a listener whose messages go to handler, one at a time, in each channel's order, from
// one goroutine. If its queue is full, messages are dropped and handler hears Lost, then Restored.
// It lives until its Close.
func (b *Bus) Subscriber(handler bus.Handler) *Subscriber {
	s := &Subscriber{
		bus:     b,
		handler: handler,
		wake:    make(chan struct{}, 1),
		done:    make(chan struct{}),
		refs:    map[bus.Channel]int{},
	}
	go s.run()
	return s
}

// Subscribe adds one reference to each channel; when it returns, everything published from then on is
// heard. It returns bus.ErrClosed after Close.
func (s *Subscriber) Subscribe(ctx context.Context, channels ...bus.Channel) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	s.subMu.Lock()
	defer s.subMu.Unlock()
	if s.isClosed() {
		return fmt.Errorf("subscribe: %w", bus.ErrClosed)
	}
	fresh := make([]bus.Channel, 0, len(channels))
	for _, c := range channels {
		if s.refs[c]++; s.refs[c] == 1 {
			fresh = append(fresh, c)
		}
	}
	s.bus.join(s, fresh)
	s.bus.metrics.channels.Add(float64(len(fresh)))
	return nil
}

// CanaryChannels are channels of a node by which it can prove that it hears all that the subscriber does: one.
func (s *Subscriber) CanaryChannels(node string) []bus.Channel {
	return []bus.Channel{bus.CanaryChannel("0", node, 0)}
}

// Unsubscribe takes one reference from each channel. What is queued is still delivered.
func (s *Subscriber) Unsubscribe(channels ...bus.Channel) {
	s.subMu.Lock()
	defer s.subMu.Unlock()
	gone := make([]bus.Channel, 0, len(channels))
	for _, c := range channels {
		switch s.refs[c] {
		case 0:
		case 1:
			delete(s.refs, c)
			gone = append(gone, c)
		default:
			s.refs[c]--
		}
	}
	s.bus.leave(s, gone)
	s.bus.metrics.channels.Sub(float64(len(gone)))
}

// Close ends the subscription and waits, until ctx ends, for the handler's last call to return. It
// must not be called from the handler.
func (s *Subscriber) Close(ctx context.Context) error {
	s.subMu.Lock()
	gone := make([]bus.Channel, 0, len(s.refs))
	for c := range s.refs {
		gone = append(gone, c)
	}
	clear(s.refs)
	s.bus.leave(s, gone)
	s.bus.metrics.channels.Sub(float64(len(gone)))
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.subMu.Unlock()

	s.signal()
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("close subscriber: %w", ctx.Err())
	}
}

func (s *Subscriber) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// enqueue is called under the bus's lock and must not wait.
func (s *Subscriber) enqueue(m bus.Message) {
	s.mu.Lock()
	full := len(s.queue) >= s.bus.opts.QueueMessages || s.bytes+len(m.Payload) > s.bus.opts.QueueBytes
	// Once one is dropped, all are until the handler knows: it must not take what follows for the whole.
	if s.overflow = s.overflow || full; !s.overflow {
		s.queue = append(s.queue, m)
		s.bytes += len(m.Payload)
	}
	dropped := s.overflow
	s.mu.Unlock()

	if dropped {
		s.bus.metrics.dropped.WithLabelValues(dropSlow).Inc()
	}
	s.signal()
}

func (s *Subscriber) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// run delivers until Close. The batch that was delivered becomes the next queue's array.
func (s *Subscriber) run() {
	defer close(s.done)
	var batch []bus.Message
	for range s.wake {
		for {
			clear(batch)
			var overflow, closed bool
			batch, overflow, closed = s.swap(batch[:0])
			if closed {
				return
			}
			s.deliver(batch)
			if overflow {
				s.reportGap()
			} else if len(batch) == 0 {
				break
			}
		}
	}
}

func (s *Subscriber) swap(empty []bus.Message) (batch []bus.Message, overflow, closed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	batch, s.queue, s.bytes = s.queue, empty, 0
	return batch, s.overflow, s.closed
}

func (s *Subscriber) deliver(batch []bus.Message) {
	for _, m := range batch {
		s.handler.Deliver(m.Channel, m.Payload)
	}
	if len(batch) > 0 {
		s.bus.metrics.received.Add(float64(len(batch)))
	}
}

// reportGap tells the handler about the gap, and takes messages again in between.
func (s *Subscriber) reportGap() {
	s.bus.metrics.lost.Inc()
	s.handler.Lost(bus.ErrOverflow)
	s.mu.Lock()
	s.overflow = false
	s.mu.Unlock()
	s.handler.Restored()
}
