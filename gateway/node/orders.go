package node

import (
	"context"
	"time"

	"github.com/parley-chat/parley/gateway/socket"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
)

const (
	defaultSweepInterval = 30 * time.Second
	// sweepOverlap is how far a revocation's time may lie behind: clocks apart, slow commits.
	sweepOverlap = time.Minute
	// sweepLimit is how many sessions one query gives.
	sweepLimit = 1000
)

// handler is the node as the bus sees it.
type handler Node

var _ bus.Handler = (*handler)(nil)

// Deliver passes a frame on to the channel's sockets, or does what an order says.
func (h *handler) Deliver(c bus.Channel, payload []byte) {
	if bus.IsOrder(payload) {
		(*Node)(h).obey(c, payload)
		return
	}
	h.hub.Deliver(c, payload)
}

// Lost makes clients sync by themselves until Restored.
func (h *handler) Lost(reason error) {
	if !h.vouch.State().Lost {
		h.counts.BusLost.Inc()
		h.counts.BusLosses.Inc()
		h.log.Warn("bus lost; clients are asked to sync", "error", reason)
	}
	h.vouch.Lost(reason)
}

// Restored ends what Lost began.
func (h *handler) Restored() {
	if state := h.vouch.State(); state.Lost {
		h.counts.BusLost.Dec()
		h.log.Info("bus restored", "lostFor", time.Since(state.Since).String())
	}
	h.vouch.Restored()
	select {
	case h.restored <- struct{}{}:
	default:
	}
}

func (n *Node) obey(c bus.Channel, payload []byte) {
	order, err := bus.DecodeOrder(payload)
	if err != nil {
		n.log.Error("order not understood", "error", err)
		return
	}
	switch order.Kind {
	case bus.SessionRevoked:
		n.counts.Orders.WithLabelValues(string(order.Kind)).Inc()
		n.closeSession(c, order.SessionID)
	default:
		// A newer API node knows more; what matters is in the log too.
		n.counts.Orders.WithLabelValues("unknown").Inc()
	}
}

// closeSession closes the sockets of a session among those on its user's channel.
func (n *Node) closeSession(c bus.Channel, session chat.SessionID) (closed int) {
	for _, s := range n.hub.Sockets(c) {
		if s.SessionID == session {
			s.Close(socket.Revoked)
			closed++
		}
	}
	return closed
}

// sweepRevoked closes the sockets of sessions whose revocation the bus did not tell.
func (n *Node) sweepRevoked(ctx context.Context) {
	ticker := time.NewTicker(n.opts.SweepInterval)
	defer ticker.Stop()
	since := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		began := time.Now()
		if err := n.sweep(ctx, chat.TimeOf(since.Add(-sweepOverlap))); err != nil {
			if ctx.Err() == nil {
				n.log.WarnContext(ctx, "sweep of revoked sessions failed; will try again", "error", err)
			}
			continue
		}
		since = began
	}
}

func (n *Node) sweep(ctx context.Context, since chat.Time) error {
	for {
		callCtx, cancel := context.WithTimeout(ctx, askTimeout)
		sessions, err := n.opts.Store.RevokedSince(callCtx, since, sweepLimit)
		cancel()
		if err != nil {
			return err //nolint:wrapcheck // logged by the caller
		}
		for _, s := range sessions {
			closed := n.closeSession(bus.UserChannel(s.UserID), s.ID)
			n.counts.RevokedBySweeping.Add(float64(closed))
		}
		if len(sessions) < sweepLimit {
			return nil
		}
		last := sessions[len(sessions)-1].RevokedAt
		// More of one millisecond than a query gives: they would come again for ever.
		since = max(last, since+1)
	}
}
