// Package hub is a node's map from channels to sockets. The first socket on a channel makes the node subscribe to it on
// the bus, the last one's going ends that: a gateway hears what its sockets need, nothing more.
package hub

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"sync"
	"time"

	"github.com/parley-chat/parley/gateway/metrics"
	"github.com/parley-chat/parley/gateway/socket"
	"github.com/parley-chat/parley/gateway/wire"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
)

// Bus is what the hub needs of a bus.Subscriber adapter.
type Bus interface {
	// Subscribe returns when everything published from then on is heard; with bus.ErrDown, when the bus is lost and the
	// channels will be there before it is restored. Whoever gives up after another error calls Unsubscribe.
	Subscribe(ctx context.Context, channels ...bus.Channel) error
	Unsubscribe(channels ...bus.Channel)
}

const shards = 64

// Hub knows which sockets are on which channel. All methods may be called concurrently.
type Hub struct {
	bus    Bus
	io     *socket.IO
	seed   maphash.Seed
	shards [shards]shard
	counts *metrics.Set
}

type shard struct {
	mu       sync.RWMutex
	channels map[bus.Channel]*entry // guarded by mu, as is what is in the entries
}

// entry is one channel's sockets.
type entry struct {
	sockets members
	since   time.Time
	// pending is there until the bus has answered.
	pending *answer
}

// answer is what the bus says to a subscription.
type answer struct {
	done chan struct{}
	err  error // set before done is closed
}

// New makes an empty hub for the sockets of io.
func New(b Bus, io *socket.IO, counts *metrics.Set) *Hub {
	h := &Hub{bus: b, io: io, seed: maphash.MakeSeed(), counts: counts}
	for i := range h.shards {
		h.shards[i].channels = map[bus.Channel]*entry{}
	}
	return h
}

func (h *Hub) shard(c bus.Channel) *shard {
	return &h.shards[maphash.String(h.seed, string(c))%shards]
}

// Subscribe puts a socket on channels, and returns when all that is published on them from then on reaches it. With
// bus.ErrDown it is on them, but the bus is lost. With any other error it is on none of them. The socket
// is on none of them before.
func (h *Hub) Subscribe(ctx context.Context, s *socket.Socket, channels ...bus.Channel) error {
	var (
		fresh        []bus.Channel
		mine, others []*answer
	)
	for _, c := range channels {
		switch pending, first := h.join(s, c); {
		case first:
			fresh, mine = append(fresh, c), append(mine, pending)
		case pending != nil:
			others = append(others, pending)
		}
	}
	err := h.ask(ctx, fresh, mine)
	for _, pending := range others {
		select {
		case <-pending.done:
			err = worse(err, pending.err)
		case <-ctx.Done():
			err = worse(err, ctx.Err())
		}
	}
	if err == nil {
		return nil
	}
	if !errors.Is(err, bus.ErrDown) {
		h.Unsubscribe(s, channels...)
	}
	return fmt.Errorf("subscribe socket: %w", err)
}

// worse is the more serious one of two answers: a failure, bus.ErrDown, none.
func worse(a, b error) error {
	if a == nil || errors.Is(a, bus.ErrDown) && b != nil {
		return b
	}
	return a
}

// join puts the socket on the channel. It gives what to wait for, if the bus has not answered for the channel
// yet, and whether the caller is to ask it.
func (h *Hub) join(s *socket.Socket, c bus.Channel) (pending *answer, first bool) {
	sh := h.shard(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	e := sh.channels[c]
	if e == nil {
		e = &entry{since: time.Now(), pending: &answer{done: make(chan struct{})}}
		sh.channels[c] = e
		first = true
	}
	e.sockets.add(s)
	return e.pending, first
}

// ask subscribes to channels on the bus and passes its answer on to all who wait for it.
func (h *Hub) ask(ctx context.Context, channels []bus.Channel, pending []*answer) error {
	if len(channels) == 0 {
		return nil
	}
	err := h.bus.Subscribe(ctx, channels...)
	failed := err != nil && !errors.Is(err, bus.ErrDown)
	if failed {
		// Given back while the entries still stand: whoever comes now waits for this answer, and none asks anew before.
		h.bus.Unsubscribe(channels...)
	}
	for i, c := range channels {
		sh := h.shard(c)
		sh.mu.Lock()
		if e := sh.channels[c]; e != nil && e.pending == pending[i] {
			e.pending = nil
			if failed {
				// Whoever comes now asks anew.
				delete(sh.channels, c)
			}
		}
		sh.mu.Unlock()
		pending[i].err = err
		close(pending[i].done)
	}
	return err //nolint:wrapcheck // wrapped by the caller
}

// Unsubscribe takes a socket off channels; those it is not on are passed over.
func (h *Hub) Unsubscribe(s *socket.Socket, channels ...bus.Channel) {
	var unused []bus.Channel
	for _, c := range channels {
		if h.leave(s, c) {
			unused = append(unused, c)
		}
	}
	if len(unused) > 0 {
		h.bus.Unsubscribe(unused...)
	}
}

func (h *Hub) leave(s *socket.Socket, c bus.Channel) (last bool) {
	sh := h.shard(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	e := sh.channels[c]
	if e == nil || !e.sockets.remove(s) || e.sockets.len() > 0 {
		return false
	}
	delete(sh.channels, c)
	return true
}

// Deliver frames a payload once and queues it for every socket on the channel.
func (h *Hub) Deliver(c bus.Channel, payload []byte) { h.DeliverTo(payload, c) }

// DeliverTo frames a payload once and queues it for every socket on the channels.
func (h *Hub) DeliverTo(payload []byte, channels ...bus.Channel) { h.deliver(payload, "", channels...) }

// DeliverBut frames a payload once and queues it for every socket on the channel but those of one user.
func (h *Hub) DeliverBut(payload []byte, c bus.Channel, user chat.UserID) {
	h.deliver(payload, user, c)
}

// deliver passes the sockets of a user over; "" is nobody.
func (h *Hub) deliver(payload []byte, but chat.UserID, channels ...bus.Channel) {
	var f *wire.Frame
	batch := h.io.Batch()
	n := 0
	for _, c := range channels {
		sh := h.shard(c)
		sh.mu.RLock()
		if e := sh.channels[c]; e != nil {
			if f == nil {
				f = wire.Text(payload)
			}
			for _, s := range e.sockets.list {
				if but != "" && s.UserID == but {
					continue
				}
				batch.Send(s, f)
				n++
			}
		}
		sh.mu.RUnlock()
	}
	if n == 0 {
		return
	}
	batch.Flush()
	h.counts.Deliveries.Add(float64(n))
	h.counts.DeliveryBytes.Add(float64(n * f.Len()))
}

// DeliverIf is Deliver for those of the channel's sockets that pass.
func (h *Hub) DeliverIf(c bus.Channel, payload []byte, pass func(*socket.Socket) bool) {
	var f *wire.Frame
	batch := h.io.Batch()
	n := 0
	sh := h.shard(c)
	sh.mu.RLock()
	if e := sh.channels[c]; e != nil {
		for _, s := range e.sockets.list {
			if !pass(s) {
				continue
			}
			if f == nil {
				f = wire.Text(payload)
			}
			batch.Send(s, f)
			n++
		}
	}
	sh.mu.RUnlock()
	if n == 0 {
		return
	}
	batch.Flush()
	h.counts.Deliveries.Add(float64(n))
	h.counts.DeliveryBytes.Add(float64(n * f.Len()))
}

// Has tells whether a socket is on the channel.
func (h *Hub) Has(c bus.Channel) bool {
	sh := h.shard(c)
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	return sh.channels[c] != nil
}

// Since is when the channel got the first of its sockets; false if it has none.
func (h *Hub) Since(c bus.Channel) (time.Time, bool) {
	sh := h.shard(c)
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	if e := sh.channels[c]; e != nil {
		return e.since, true
	}
	return time.Time{}, false
}

// Sockets are those on the channel now.
func (h *Hub) Sockets(c bus.Channel) []*socket.Socket {
	sh := h.shard(c)
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	if e := sh.channels[c]; e != nil {
		return slices.Clone(e.sockets.list)
	}
	return nil
}

// Channels counts those that have sockets.
func (h *Hub) Channels() int {
	n := 0
	for i := range h.shards {
		sh := &h.shards[i]
		sh.mu.RLock()
		n += len(sh.channels)
		sh.mu.RUnlock()
	}
	return n
}
