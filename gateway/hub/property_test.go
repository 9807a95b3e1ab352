package hub_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/parley-chat/parley/gateway/hub"
	"github.com/parley-chat/parley/gateway/socket"
	"github.com/parley-chat/parley/pkg/bus"
)

// order is one thing that is asked of the hub, and how the bus takes it.
type order struct {
	subscribe     bool
	who, channels int
	// takes is how long the bus thinks about it, waits how long nothing happens before.
	takes, waits time.Duration
	answer       error
	impatient    bool
}

var errRefused = errors.New("refused")

func drawOrders(rt *rapid.T) []order {
	ms := func(name string) time.Duration {
		return time.Duration(rapid.IntRange(0, 20).Draw(rt, name)) * time.Millisecond
	}
	return rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) order {
		return order{
			rapid.Bool().Draw(rt, "subscribe"), rapid.IntRange(0, 4).Draw(rt, "who"), rapid.IntRange(1, 7).Draw(rt, "channels"),
			ms("takes"), ms("waits"), rapid.SampledFrom([]error{nil, nil, bus.ErrDown, errRefused}).Draw(rt, "answer"),
			rapid.IntRange(0, 5).Draw(rt, "impatient") == 0,
		}
	}), 1, 40).Draw(rt, "orders")
}

// named are the channels whose bits are set.
func named(bits int) (channels []bus.Channel) {
	for i, c := range []bus.Channel{"a", "b", "c"} {
		if bits&(1<<i) != 0 {
			channels = append(channels, c)
		}
	}
	return channels
}

// seat is a socket and what it may believe: the channels that it was put on.
type seat struct {
	*socket.Socket
	on map[bus.Channel]bool
	// free is full while nobody is at it: the node makes one call at a time for a socket.
	free chan struct{}
}

type orderKey struct{}

// answerOrder is the bus's answer to the order in the context.
func answerOrder(ctx context.Context) error {
	o := ctx.Value(orderKey{}).(order)
	select {
	case <-time.After(o.takes):
		return o.answer
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *seat) carryOut(ctx context.Context, h *hub.Hub, o order) {
	<-s.free
	defer func() { s.free <- struct{}{} }()
	channels := named(o.channels)
	if !o.subscribe {
		h.Unsubscribe(s.Socket, channels...)
		for _, c := range channels {
			delete(s.on, c)
		}
		return
	}
	ctx = context.WithValue(ctx, orderKey{}, o)
	if o.impatient {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, 5*time.Millisecond)
		defer cancel()
	}
	channels = slices.DeleteFunc(channels, func(c bus.Channel) bool { return s.on[c] })
	if err := h.Subscribe(ctx, s.Socket, channels...); err == nil || errors.Is(err, bus.ErrDown) {
		for _, c := range channels {
			s.on[c] = true
		}
	}
}

func disagreement(h *hub.Hub, b *fakeBus, seats []*seat) error {
	for _, c := range named(7) {
		var want []*socket.Socket
		for _, s := range seats {
			if s.on[c] {
				want = append(want, s.Socket)
			}
		}
		got := h.Sockets(c)
		for _, s := range seats {
			if slices.Contains(want, s.Socket) != slices.Contains(got, s.Socket) || len(got) != len(want) {
				return fmt.Errorf("%s has %d sockets, of %d", c, len(got), len(want))
			}
		}
		if refs := b.refs[c]; refs != min(len(want), 1) {
			return fmt.Errorf("%s has %d subscriptions for %d sockets", c, refs, len(want))
		}
	}
	return nil
}

// TestTheHubAndItsSocketsAgree: whatever comes between what, and however the bus answers, each socket is in the end on those channels of
// which it was told so, and the bus has one subscription for each channel that has sockets, and no other.
func TestTheHubAndItsSocketsAgree(t *testing.T) {
	h, b, newSocket := newHub(t)
	b.answer = answerOrder
	rapid.Check(t, func(rt *rapid.T) {
		orders := drawOrders(rt)
		var failed error
		synctest.Test(t, func(t *testing.T) {
			seats := make([]*seat, 5)
			for i := range seats {
				seats[i] = &seat{newSocket(), map[bus.Channel]bool{}, make(chan struct{}, 1)}
				seats[i].free <- struct{}{}
			}
			var running sync.WaitGroup
			for _, o := range orders {
				time.Sleep(o.waits)
				running.Go(func() { seats[o.who].carryOut(t.Context(), h, o) })
			}
			running.Wait()
			failed = disagreement(h, b, seats)
			for _, s := range seats {
				h.Unsubscribe(s.Socket, slices.Collect(maps.Keys(s.on))...)
			}
			if failed == nil && (len(b.refs) > 0 || h.Channels() > 0) {
				failed = fmt.Errorf("%d subscriptions and %d channels are left over", len(b.refs), h.Channels())
			}
		})
		if failed != nil {
			rt.Fatal(failed)
		}
	})
}
