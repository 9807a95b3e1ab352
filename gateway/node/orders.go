package node

import (
	"github.com/parley-chat/parley/gateway/socket"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
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
	if user, ok := c.PresenceUser(); ok {
		h.hub.DeliverIf(c, payload, (*Node)(h).seers(user))
		return
	}
	h.hub.Deliver(c, payload)
	h.recent.Heard(c, payload)
}

// Lost makes the node read the log until Restored.
func (h *handler) Lost(reason error) { (*Node)(h).lose(down, reason) }

// Restored ends what Lost began.
func (h *handler) Restored() { (*Node)(h).regain(down) }

func (n *Node) obey(c bus.Channel, payload []byte) {
	order, err := bus.DecodeOrder(payload)
	if err != nil {
		n.log.Error("order not understood", "error", err)
		return
	}
	switch order.Kind {
	case bus.Canary:
		n.canary.Heard(c, order)
	case bus.GroupChanged, bus.RoomOpened, bus.RoomClosed:
		n.counts.Orders.WithLabelValues(string(order.Kind)).Inc()
		n.changed(c, order)
	case bus.SessionRevoked:
		n.counts.Orders.WithLabelValues(string(order.Kind)).Inc()
		n.closeSession(c, order.SessionID)
	case bus.AudienceChanged:
		n.counts.Orders.WithLabelValues(string(order.Kind)).Inc()
		n.audienceChanged(c, order.UserID)
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
