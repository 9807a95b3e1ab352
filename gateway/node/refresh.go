package node

import (
	"context"
	"time"

	"github.com/parley-chat/parley/gateway/socket"
	"github.com/parley-chat/parley/pkg/presence"
)

const (
	// refreshDelay is how long after the bus is back presence is asked again: by then the other nodes have told the
	// store anew who is there, should it have forgotten.
	refreshDelay = 2 * presence.BeatInterval
	// answerLater is how often those are tried again whose watch could not be answered.
	answerLater = time.Second
)

// presenceUnknown tells whether nobody here can be sure of presence: the store fails, or changes are not heard of.
func (n *Node) presenceUnknown() bool { return n.PresenceFailing() || n.vouch.State().Lost }

// refreshPresence answers all watchers again after the bus or the presence store was lost, since comings and goings were
// missed. One after the other: it is no emergency, and there may be thousands. In between it answers those who could
// not be answered. What fails for longer than a moment is taken back: who is blocked or hides meanwhile is not shown as before.
func (n *Node) refreshPresence(ctx context.Context) {
	timer := time.NewTimer(0)
	<-timer.C
	defer timer.Stop()
	again := time.NewTicker(answerLater)
	defer again.Stop()
	unknown := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-n.restored:
			timer.Reset(refreshDelay)
		case <-timer.C:
			n.refreshWatches(ctx, func(*Client) bool { return true })
		case <-again.C:
			before := unknown
			switch unknown = n.presenceUnknown(); {
			case unknown && before:
				n.takeBackAll()
			case !unknown && n.unanswered.Swap(false):
				n.refreshWatches(ctx, func(c *Client) bool { return c.unanswered })
			}
		}
	}
}

// takeBackAll takes back what was told of presence, from all who have been told something.
func (n *Node) takeBackAll() {
	for _, s := range n.wheel.All() {
		// Who is just being answered finds out by themselves, or the next time.
		if c, ok := s.Owner().(*Client); ok && c.mu.TryLock() {
			if c.told && !c.closed {
				c.takeBack()
			}
			c.mu.Unlock()
		}
	}
}

func (n *Node) refreshWatches(ctx context.Context, which func(*Client) bool) {
	n.refresh(ctx, n.wheel.All(), which)
}

func (n *Node) refresh(ctx context.Context, sockets []*socket.Socket, which func(*Client) bool) {
	for _, s := range sockets {
		if c, ok := s.Owner().(*Client); ok && ctx.Err() == nil {
			c.refreshWatch(ctx, which)
		}
	}
}

func (c *Client) refreshWatch(ctx context.Context, which func(*Client) bool) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || len(c.watching) == 0 || !which(c) {
		return
	}
	if err := c.answerWatch(ctx); err != nil {
		c.node.log.DebugContext(ctx, "presence not refreshed", "error", err)
		c.takeBack()
	}
}
