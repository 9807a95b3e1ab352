package node

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/parley-chat/parley/gateway/socket"
	"github.com/parley-chat/parley/gateway/wire"
	"github.com/parley-chat/parley/pkg/frame"
	"github.com/parley-chat/parley/pkg/lifecycle"
)

const (
	// lateReconnect is over what time those are sent away who came in as the drain began.
	lateReconnect = time.Second
	// leaveLooks is how often a stopping node looks whether its sockets are gone.
	leaveLooks = 10 * time.Millisecond
	// farewell is how long a stopping node lets clients take their close frame.
	farewell = time.Second
)

// Drain takes no new sockets, asks every client to go elsewhere within the time over, spread evenly, and closes those
// that are left then. It returns when all are gone; ctx ends it early. It may be called again.
func (n *Node) Drain(ctx context.Context, over time.Duration) {
	n.gate.SetDraining()
	sockets := n.wheel.All()
	n.log.InfoContext(ctx, "draining", "sockets", len(sockets), "over", over.String())
	rand.Shuffle(len(sockets), func(i, j int) { sockets[i], sockets[j] = sockets[j], sockets[i] })
	for i, s := range sockets {
		n.sendReconnect(s, spread(i, len(sockets), over))
	}
	drainCtx, cancel := context.WithTimeout(ctx, over)
	defer cancel()
	n.await(drainCtx)
	left := n.gate.Sockets()
	n.closeAll(socket.Restart)
	n.log.InfoContext(ctx, "drained", "closedAtDeadline", left)
}

// spread is when the i-th of count clients is to go. The last fifth of the time is for those who go last to arrive.
func spread(i, count int, over time.Duration) time.Duration {
	return over * 4 / 5 * time.Duration(i) / time.Duration(count)
}

func (n *Node) sendReconnect(s *socket.Socket, after time.Duration) {
	payload, err := frame.Encode(frame.ReconnectFrame{Type: frame.Reconnect, AfterMs: after.Milliseconds(), Reason: "draining"})
	if err != nil {
		n.log.Error("reconnect frame", "error", err)
		return
	}
	s.Send(wire.Text(payload))
}

func (n *Node) closeAll(d socket.Disconnect) {
	for _, s := range n.wheel.All() {
		s.Close(d)
	}
}

// await waits until no socket has a place here, or ctx ends.
func (n *Node) await(ctx context.Context) {
	ticker := time.NewTicker(leaveLooks)
	defer ticker.Stop()
	for n.gate.Sockets() > 0 {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Stop closes all sockets, tells presence that their users are gone, and ends what New started. ctx bounds it.
// No handshake is begun afterwards.
func (n *Node) Stop(ctx context.Context) error {
	var steps lifecycle.Stack // last in, first out
	steps.Add("bus", n.bus.Close)
	steps.AddTimeout("sockets", farewell, n.io.Close)
	steps.Add("presence", n.tracker.LeaveAll)
	steps.Add("loops", func(context.Context) error {
		n.stop()
		n.running.Wait()
		return nil
	})
	steps.AddTimeout("clients", farewell, func(ctx context.Context) error {
		n.gate.SetDraining()
		n.closeAll(socket.Restart)
		n.await(ctx)
		return nil
	})
	return steps.Close(ctx) //nolint:wrapcheck // each step's error has its name
}
