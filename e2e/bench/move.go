package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
)

// Counts is what has become of the sockets of a holder since they were opened.
type Counts struct {
	// Heard are messages, Beats heartbeats that were answered.
	Heard, Beats int64
	// Silent are sockets that have heard nothing since Listen.
	Silent int64
	// Ended are sockets that the other side has ended, Moved those that went elsewhere because they were asked to.
	Ended, Moved int64
}

// Count tells it.
func (h *Holder) Count(_ Nothing, c *Counts) error {
	s := h.sockets
	*c = Counts{Heard: s.heard.Load(), Beats: s.beats.Load(), Ended: s.ended.Load(), Moved: s.moved.Load()}
	for _, one := range s.all {
		if one.heard.Load() == 0 {
			c.Silent++
		}
	}
	return nil
}

// Listen has every socket be silent until it hears something.
func (h *Holder) Listen(_ Nothing, _ *Nothing) error {
	for _, one := range h.sockets.all {
		one.heard.Store(0)
	}
	return nil
}

// Yield has sockets go to another address when a gateway asks them to go.
func (h *Holder) Yield(to string, _ *Nothing) error {
	h.sockets.spare.Store(&to)
	return nil
}

// sentAway tells whether a frame asks a client to go elsewhere, and after what time.
func sentAway(payload []byte) (after time.Duration, asked bool) {
	var frame struct {
		Type    string
		AfterMs int64
	}
	if json.Unmarshal(payload, &frame) != nil || frame.Type != "reconnect" {
		return 0, false
	}
	return time.Duration(frame.AfterMs) * time.Millisecond, true
}

// move opens the new socket first, so that nothing is missed, and closes the old one then.
func (s *sockets) move(h *held, to string, after time.Duration) {
	time.Sleep(after)
	target := h.target
	target.Address = to
	c, err := dial(context.Background(), target)
	if err != nil {
		return // the old one will end, and is counted then
	}
	old := h.conn.Swap(c)
	_ = old.Close()
	if s.closing.Load() {
		_ = c.Close()
	}
	s.moved.Add(1)
	s.gone.Go(func() { s.listen(h, c) })
}

// each calls a method of all holders at the same time.
func (h *holders) each(method string, argument any) error {
	var group errgroup.Group
	for _, c := range h.clients {
		group.Go(func() error { return c.Call(method, argument, &Nothing{}) })
	}
	return group.Wait() //nolint:wrapcheck // names the method
}

// count adds up what all holders have counted.
func (h *holders) count() (sum Counts, err error) {
	for _, c := range h.clients {
		var one Counts
		if err := c.Call("Holder.Count", Nothing{}, &one); err != nil {
			return sum, fmt.Errorf("count: %w", err)
		}
		sum.Heard += one.Heard
		sum.Beats += one.Beats
		sum.Silent += one.Silent
		sum.Ended += one.Ended
		sum.Moved += one.Moved
	}
	return sum, nil
}
