// Package node is the heart of a gateway: the sockets of its clients, the channels they are on, and what is told to
// them. HTTP is package server's.
package node

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-chat/parley/gateway/admission"
	"github.com/parley-chat/parley/gateway/canary"
	"github.com/parley-chat/parley/gateway/hub"
	"github.com/parley-chat/parley/gateway/metrics"
	"github.com/parley-chat/parley/gateway/recent"
	"github.com/parley-chat/parley/gateway/socket"
	"github.com/parley-chat/parley/gateway/tail"
	"github.com/parley-chat/parley/gateway/tracker"
	"github.com/parley-chat/parley/gateway/vouch"
	"github.com/parley-chat/parley/gateway/wheel"
	"github.com/parley-chat/parley/gateway/wire"
	"github.com/parley-chat/parley/pkg/audience"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/frame"
	"github.com/parley-chat/parley/pkg/presence"
)

// Store is what a node reads and writes.
type Store interface {
	tracker.Store
	MemberStore
	SeatStore
	tail.Store
	audience.Store
	// SessionsByID leaves out unknown ids; revoked and expired ones are found; at most 1,000 ids.
	SessionsByID(ctx context.Context, ids []chat.SessionID) ([]chat.Session, error)
	// RevokedSince are the sessions revoked at or after since, oldest first; at most limit.
	RevokedSince(ctx context.Context, since chat.Time, limit int) ([]chat.Session, error)
}

// Options of New.
type Options struct {
	Name      string
	Store     Store
	Presence  tracker.Presence
	Publisher tracker.Publisher
	// Subscribe opens the hearing half of the bus for a handler; it is called once.
	Subscribe func(bus.Handler) Subscriber
	Limits    admission.Limits
	// QueueBytes is how far one socket may be behind.
	QueueBytes    int
	PingInterval  time.Duration
	PresenceGrace time.Duration
	// SweepInterval is how often the database is asked for revoked sessions, in case the bus lost the order;
	// 30 seconds if zero.
	SweepInterval time.Duration
	Logger        *slog.Logger
	Metrics       *metrics.Set
}

// Subscriber is the hearing half of the bus.
type Subscriber interface {
	hub.Bus
	// CanaryChannels are channels of a node, one for each connection that the subscriber has now.
	CanaryChannels(node string) []bus.Channel
	Close(ctx context.Context) error
}

// Node holds all sockets of a gateway.
type Node struct {
	opts    Options
	log     *slog.Logger
	gate    *admission.Gate
	io      *socket.IO
	wheel   *wheel.Wheel[*socket.Socket]
	hub     *hub.Hub
	bus     Subscriber
	vouch   *vouch.Voucher[*socket.Socket]
	tail    *tail.Tail
	recent  *recent.Window
	canary  *canary.Canary
	doubts  doubts
	tracker *tracker.Tracker
	members *memberCache
	seats   *seats
	counts  *metrics.Set

	ping, resync, unknown *wire.Frame
	// restored wakes refreshPresence; unanswered: there are clients for it.
	restored   chan struct{}
	unanswered atomic.Bool
	// presenceTurn counts the losses of the bus: who may see whom has to be asked again after each.
	presenceTurn atomic.Uint64
	rechecks     rechecks

	stop    context.CancelFunc
	running sync.WaitGroup
	// ctx ends when the node stops: what clients ask for ends with it.
	ctx context.Context //nolint:containedctx // a socket's requests have no other
}

// New makes a node and starts what it does by itself. It runs until Stop.
func New(opts Options) (*Node, error) {
	if opts.SweepInterval <= 0 {
		opts.SweepInterval = defaultSweepInterval
	}
	members, err := newMemberCache(opts.Store)
	if err != nil {
		return nil, err
	}
	io, err := socket.NewIO(socket.Options{QueueBytes: opts.QueueBytes, Metrics: opts.Metrics})
	if err != nil {
		return nil, fmt.Errorf("node: %w", err)
	}
	n := &Node{
		opts: opts, log: opts.Logger, gate: admission.New(opts.Limits), io: io,
		wheel: wheel.New[*socket.Socket](), members: members,
		recent: recent.New(),
		counts: opts.Metrics,
		ping:   bare(frame.Ping),
		resync: bare(frame.Resync), unknown: bare(frame.PresenceUnknown),

		restored: make(chan struct{}, 1), rechecks: newRechecks(),
	}
	n.tracker = tracker.New(tracker.Options{
		Node: presence.Node(opts.Name), Presence: opts.Presence, Store: opts.Store,
		Publisher: opts.Publisher, Grace: opts.PresenceGrace, Back: n.wakePresence, Logger: opts.Logger,
	})
	n.seats = newSeats(n)
	n.listen()
	n.ctx, n.stop = context.WithCancel(context.Background())
	for _, loop := range []func(context.Context){n.tracker.Run, n.vouch.Run, n.tail.Run, n.canary.Run, n.seats.run, n.seats.watchRooms, n.heartbeat, n.sweepRevoked, n.refreshPresence, n.recheckAudiences, n.countUsers} {
		n.running.Go(func() { loop(n.ctx) })
	}
	return n, nil
}

// listen subscribes to the bus, and sets up what takes its place.
func (n *Node) listen() {
	n.vouch = vouch.New(n.wheel, n.askToSync)
	late := &lateBus{}
	n.hub = hub.New(late, n.io, n.counts)
	n.tail = tail.New(tail.Options{
		Store: n.opts.Store, Hub: n.hub, Recent: n.recent, Found: n.entered, Doubt: n.vouch.Doubt, Logger: n.log,
		Metrics: tail.Metrics{Entries: n.counts.TailEntries, Missed: n.counts.PatrolFound, Rounds: n.counts.TailRounds},
	})
	n.canary = canary.New(canary.Options{
		Node: n.opts.Name, Subscriber: late, Publisher: n.opts.Publisher, Logger: n.log,
		Metrics: canary.Metrics{RoundTrip: n.counts.Canary, Channels: n.counts.CanaryChannels, Silent: n.counts.CanarySilent},
		Lost:    func(reason error) { n.lose(silent, reason) }, Restored: func() { n.regain(silent) },
	})
	// The handler may be called from here on, and finds all that it needs.
	n.bus = n.opts.Subscribe((*handler)(n))
	late.Subscriber = n.bus
}

// lateBus is opened after those who use it are made, and before they do.
type lateBus struct{ Subscriber }

// bare is the frame that has nothing but its type.
func bare(t frame.Type) *wire.Frame { return wire.Text([]byte(`{"type":"` + string(t) + `"}`)) }

// heartbeatStep is how long the pings of one step are put together, and heartbeatSteps into how many a period is cut at least. To
// wake up costs more than a ping does: what goes out together comes back together, and is read together. But what is
// delivered waits behind a step's pings, so they are not more than some milliseconds of work.
const (
	heartbeatStep  = 500 * time.Millisecond
	heartbeatSteps = 32
)

func (n *Node) heartbeat(ctx context.Context) {
	step := min(heartbeatStep, n.opts.PingInterval/heartbeatSteps)
	n.wheel.Turn(ctx, n.opts.PingInterval, step, func(sockets []*socket.Socket) {
		batch := n.io.Batch()
		for _, s := range sockets {
			if s.Beat() {
				batch.Send(s, n.ping)
			} else {
				s.Close(socket.NoHeartbeat)
			}
		}
		batch.Flush()
	})
}

func (n *Node) askToSync(sockets []*socket.Socket) {
	batch := n.io.Batch()
	for _, s := range sockets {
		batch.Send(s, n.resync)
	}
	batch.Flush()
	n.counts.Resyncs.Add(float64(len(sockets)))
}

// countUsers keeps the gauge of users; two nodes of a process may share it.
func (n *Node) countUsers(ctx context.Context) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	shown := 0
	for {
		select {
		case <-ctx.Done():
			n.counts.PresenceUsers.Sub(float64(shown))
			return
		case <-ticker.C:
			now := n.tracker.Users()
			n.counts.PresenceUsers.Add(float64(now - shown))
			shown = now
		}
	}
}

// BusState tells whether the node hears everything.
func (n *Node) BusState() vouch.State { return n.vouch.State() }

// CanaryState tells how the node's messages to itself come through.
func (n *Node) CanaryState() canary.State { return n.canary.State() }

// wakePresence has all watchers answered again.
func (n *Node) wakePresence() {
	select {
	case n.restored <- struct{}{}:
	default:
	}
}

// PresenceFailing tells whether the presence store could not be reached the last time.
func (n *Node) PresenceFailing() bool { return n.tracker.Failing() }

// Sockets counts those that have a place on this node.
func (n *Node) Sockets() int { return n.gate.Sockets() }
