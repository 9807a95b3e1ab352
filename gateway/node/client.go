package node

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/parley-chat/parley/gateway/admission"
	"github.com/parley-chat/parley/gateway/socket"
	"github.com/parley-chat/parley/gateway/vouch"
	"github.com/parley-chat/parley/gateway/wire"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/frame"
)

// Client is one signed-in user's socket and what it has asked for. It is entered, upgraded and opened, or aborted.
type Client struct {
	node   *Node
	socket *socket.Socket
	pass   *admission.Pass
	// doubt is how sure the node was of the bus before the client was on its channel.
	doubt vouch.State

	// mu is held while watched users change, which asks the bus and may take a while.
	mu       sync.Mutex
	watching []chat.UserID
	// told: something of them has been told since the last presence.unknown.
	told bool
	// unanswered: how the watched users are is still to be told.
	unanswered bool
	closed     bool
	// present: the socket counts for presence. idle: as one where nobody is.
	present, idle bool

	// sight is whose presence passes; nil for nobody's.
	sight atomic.Pointer[sight]

	// seatMu guards the following: the rooms whose channels the socket is on, sorted, as a map of one costs an idle socket 250
	// bytes more; those whose it is getting on; and that it has left all for good.
	seatMu  sync.Mutex
	rooms   []chat.ConversationID
	joining []chat.ConversationID
	stood   bool

	// typed is of the reader.
	typed typed
}

// Admit holds a place for a socket, or gives the reason why not.
func (n *Node) Admit(addr netip.Addr, now time.Time) (*admission.Pass, admission.Refusal) {
	return n.gate.Enter(addr, now)
}

// Enter puts a user on their channel and those of their rooms, and returns when all that is published on them from now on is heard, or when
// the bus is known to be lost. It takes the pass over; on an error the pass is given back.
func (n *Node) Enter(ctx context.Context, id socket.Identity, pass *admission.Pass) (*Client, error) {
	c := &Client{node: n, pass: pass, doubt: n.vouch.State()}
	c.socket = n.io.New(id, c)
	n.wheel.Add(c.socket)
	err := n.hub.Subscribe(ctx, c.socket, bus.UserChannel(id.UserID))
	if err != nil && !errors.Is(err, bus.ErrDown) {
		n.wheel.Remove(c.socket)
		pass.Leave()
		return nil, fmt.Errorf("enter: %w", err)
	}
	n.seats.await(ctx, id.UserID)
	return c, nil
}

// Close ends the client; if it is not open yet, Open tells it.
func (c *Client) Close(d socket.Disconnect) { c.socket.Close(d) }

// Abort undoes Enter for a client that is never opened.
func (c *Client) Abort() { c.leave() }

// Upgrade makes the WebSocket handshake. On an error the client has been answered, and has to be aborted.
func (c *Client) Upgrade(u *websocket.Upgrader, w http.ResponseWriter, r *http.Request) error {
	if err := c.socket.Upgrade(u, w, r); err != nil {
		return fmt.Errorf("client: %w", err)
	}
	return nil
}

// Open says hello, and what the client has to know at once.
func (c *Client) Open(now time.Time) error {
	n := c.node
	hello, err := frame.Encode(frame.HelloFrame{
		Type: frame.Hello, ConnectionID: c.socket.ConnectionID, UserID: c.socket.UserID, Node: n.opts.Name,
		PingIntervalMs: n.opts.PingInterval.Milliseconds(), ServerTime: chat.TimeOf(now),
	})
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	n.counts.Sockets.Inc()
	c.arrive()
	c.socket.Open(wire.Text(hello))
	// Nobody follows the log for it, or the bus was lost and found since the client entered: the round of resyncs may have
	// passed it by.
	if state := n.vouch.State(); state.Lost && state.Doubt || state.Turns != c.doubt.Turns {
		c.socket.Send(n.resync)
		n.counts.Resyncs.Inc()
	}
	if n.gate.Draining() {
		n.sendReconnect(c.socket, rand.N(lateReconnect))
	}
	return nil
}

// Receive takes a frame of the client.
func (c *Client) Receive(payload []byte) { c.handle(payload) }

// Closed cleans up after the socket.
func (c *Client) Closed(d socket.Disconnect) {
	n := c.node
	c.leave()
	n.counts.Sockets.Dec()
	n.counts.Disconnects.WithLabelValues(d.Reason).Inc()
	n.log.Debug("socket closed", "connection", c.socket.ConnectionID, "user", c.socket.UserID, "reason", d.Reason, "code", d.Code, "retry", d.Retry)
}

func (c *Client) leave() {
	n := c.node
	n.wheel.Remove(c.socket)
	c.mu.Lock()
	c.closed = true
	channels := append(presenceChannels(c.watching), bus.UserChannel(c.socket.UserID))
	c.watching = nil
	if c.present {
		n.tracker.Remove(c.socket.UserID, c.idle)
	}
	c.mu.Unlock()
	n.hub.Unsubscribe(c.socket, append(channels, c.standUp()...)...)
	c.pass.Leave()
}

// arrive counts the socket for presence.
func (c *Client) arrive() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.present = true
		c.node.tracker.Add(c.socket.UserID, c.idle)
	}
}

// setIdle says whether anybody is at the client's device.
func (c *Client) setIdle(idle bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.present && !c.closed && c.idle != idle {
		c.idle = idle
		c.node.tracker.SetIdle(c.socket.UserID, idle)
	}
}

// StartIdle says before Open that nobody is at the client's device: one that comes back so must not look as if somebody were.
func (c *Client) StartIdle() { c.idle = true }

// sendError tells the client that a frame of it was refused.
func (c *Client) sendError(code, detail string) {
	payload, err := frame.Encode(frame.ErrorFrame{Type: frame.Error, Code: code, Detail: detail})
	if err != nil {
		c.node.log.Error("error frame", "error", err)
		return
	}
	c.socket.Send(wire.Text(payload))
}

// stranger is the owner of a socket that nobody is signed in on: it is only told so.
type stranger struct {
	node *Node
	pass *admission.Pass
}

func (stranger) Receive([]byte) {}

func (s stranger) Closed(d socket.Disconnect) {
	s.node.counts.Disconnects.WithLabelValues(d.Reason).Inc()
	s.pass.Leave()
}

// TurnAway completes the handshake only to close with a code that a browser can see. It takes the pass over.
func (n *Node) TurnAway(u *websocket.Upgrader, w http.ResponseWriter, r *http.Request, pass *admission.Pass, d socket.Disconnect) error {
	s := n.io.New(socket.Identity{}, stranger{n, pass})
	if err := s.Upgrade(u, w, r); err != nil {
		pass.Leave()
		return fmt.Errorf("turn away: %w", err)
	}
	s.Close(d)
	s.Open(nil)
	return nil
}
