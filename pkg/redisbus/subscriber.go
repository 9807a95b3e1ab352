package redisbus

import (
	"context"
	"fmt"
	"hash/maphash"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"github.com/parley-chat/parley/pkg/bus"
)

const (
	// DefaultConnections is two, so that a busy channel's reader does not hold up all others.
	DefaultConnections = 2
	// DefaultPingInterval and DefaultDeadAfter find a connection that is dead and does not say so within little more than a
	// second: what its clients miss meanwhile has to reach them within two. A false alarm only costs some reads.
	DefaultPingInterval = 300 * time.Millisecond
	DefaultDeadAfter    = time.Second
	// DefaultLinger is how long a channel stays subscribed that nobody wants any more: users reload pages.
	DefaultLinger = time.Second
)

// SubscriberOptions of NewSubscriber; zero values are the defaults.
type SubscriberOptions struct {
	// Connections is over how many the channels spread. A Cluster has one for each hash tag in use instead, because
	// sharded channels belong to one node each.
	Connections int
	// PingInterval is how often each connection is asked for a sign of life; without one for DeadAfter it is lost.
	PingInterval time.Duration
	DeadAfter    time.Duration
	// Linger is the least time between the last Unsubscribe of a channel and Redis being told.
	Linger time.Duration
	// Registerer gets the metrics; nil for none.
	Registerer prometheus.Registerer
}

func (o SubscriberOptions) withDefaults() SubscriberOptions {
	if o.Connections <= 0 {
		o.Connections = DefaultConnections
	}
	if o.PingInterval <= 0 {
		o.PingInterval = DefaultPingInterval
	}
	if o.DeadAfter <= 0 {
		o.DeadAfter = DefaultDeadAfter
	}
	if o.Linger <= 0 {
		o.Linger = DefaultLinger
	}
	return o
}

// Subscriber hears channels for a handler. It is safe for concurrent use.
//
// It vouches for its channels from the start, or from Restored, until Lost. Deliver is called from one goroutine for
// each connection; Lost and Restored are called in turn, never two at once, and Lost before anything that a new
// connection brings. What other connections hear between Lost and Restored is still delivered.
type Subscriber struct {
	client  redis.UniversalClient
	sharded bool
	opts    SubscriberOptions
	metrics subscriberMetrics
	status  status
	handler bus.Handler
	seed    maphash.Seed

	cancel context.CancelFunc
	ctx    context.Context //nolint:containedctx // the life of goroutines that start with later channels
	wg     sync.WaitGroup

	mu     sync.RWMutex // guards the following
	closed bool
	lines  map[string]*line
}

// NewSubscriber starts connecting, and calls handler until Close. The client remains the caller's, to be closed after
// Close.
func NewSubscriber(client redis.UniversalClient, handler bus.Handler, opts SubscriberOptions) *Subscriber {
	ctx, cancel := context.WithCancel(context.Background())
	metrics := newSubscriberMetrics(opts.Registerer)
	s := &Subscriber{
		client:  client,
		sharded: isCluster(client),
		opts:    opts.withDefaults(),
		metrics: metrics,
		status:  status{handler: handler, lostTotal: metrics.lost},
		handler: handler,
		seed:    maphash.MakeSeed(),
		ctx:     ctx,
		cancel:  cancel,
		lines:   map[string]*line{},
	}
	if !s.sharded {
		for i := range s.opts.Connections {
			s.startLine(strconv.Itoa(i), plainTag)
		}
	}
	return s
}

// startLine is called with mu held, or before anybody else has s.
func (s *Subscriber) startLine(key, tag string) *line {
	l := newLine(s, noticeChannel(tag))
	s.lines[key] = l
	s.wg.Go(func() { l.run(s.ctx) })
	return l
}

// key is the name of the channel's line.
func (s *Subscriber) key(c bus.Channel) string {
	if s.sharded {
		return tagOf(c)
	}
	return strconv.FormatUint(maphash.String(s.seed, string(c))%uint64(s.opts.Connections), 10)
}

// CanaryChannels are channels of a node, one for each connection that there is now: whoever hears all of them hears
// all that the subscriber does. On a Cluster there are more when a first channel of another hash tag is subscribed to.
func (s *Subscriber) CanaryChannels(node string) []bus.Channel {
	if !s.sharded {
		channels := make([]bus.Channel, 0, s.opts.Connections)
		covered := map[string]bool{}
		// The hash is even, so the last connection is soon met.
		for n := 0; len(channels) < s.opts.Connections; n++ {
			if c := bus.CanaryChannel(plainTag, node, n); !covered[s.key(c)] {
				covered[s.key(c)] = true
				channels = append(channels, c)
			}
		}
		return channels
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	channels := make([]bus.Channel, 0, len(s.lines)+1)
	for tag := range s.lines {
		channels = append(channels, bus.CanaryChannel(tag, node, 0))
	}
	if len(channels) == 0 {
		channels = append(channels, bus.CanaryChannel(plainTag, node, 0))
	}
	return channels
}

// line is the one that the channel belongs to; nil after Close.
func (s *Subscriber) line(c bus.Channel) *line {
	key := s.key(c)
	s.mu.RLock()
	l, closed := s.lines[key], s.closed
	s.mu.RUnlock()
	if l != nil || closed {
		return l
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if l = s.lines[key]; l == nil && !s.closed {
		l = s.startLine(key, key)
	}
	return l
}

// Subscribe adds one reference to each channel, and returns nil when Redis has confirmed all of them: what is
// published from then on is heard. Many callers' channels go out in one command.
//
// With an error the references are held all the same, and count for the handler's next Restored; who gives up calls
// Unsubscribe. The error is bus.ErrDown, at once, if the connection is lost; the context's, if that ends first; or
// bus.ErrClosed, after which nothing is held.
func (s *Subscriber) Subscribe(ctx context.Context, channels ...bus.Channel) error {
	w := newWait(len(channels))
	for _, c := range channels {
		l := s.line(c)
		if l == nil {
			return fmt.Errorf("subscribe: %w", bus.ErrClosed)
		}
		l.add(c, w)
	}
	if err := w.await(ctx); err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	return nil
}

// Unsubscribe takes one reference from each channel, and returns at once. Redis is told some time after the last
// reference has gone, unless somebody comes back; until then messages may still be delivered.
func (s *Subscriber) Unsubscribe(channels ...bus.Channel) {
	for _, c := range channels {
		if l := s.line(c); l != nil {
			l.remove(c)
		}
	}
}

// Close ends all connections and returns when the handler's last call has returned, or with an error when ctx ends.
// It must not be called from the handler. The handler is not told of a loss.
func (s *Subscriber) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	lines := s.lines
	s.lines = map[string]*line{}
	s.mu.Unlock()

	s.cancel()
	for _, l := range lines {
		l.close()
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.wg.Wait()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("close subscriber: %w", ctx.Err())
	}
}

// open makes a subscription without channels; it connects with the first one.
func (s *Subscriber) open(ctx context.Context) *redis.PubSub {
	if s.sharded {
		return s.client.SSubscribe(ctx)
	}
	return s.client.Subscribe(ctx)
}

func (s *Subscriber) subscribe(ctx context.Context, ps *redis.PubSub, names ...string) error {
	if s.sharded {
		return ps.SSubscribe(ctx, names...)
	}
	return ps.Subscribe(ctx, names...)
}

func (s *Subscriber) unsubscribe(ctx context.Context, ps *redis.PubSub, names ...string) error {
	if s.sharded {
		return ps.SUnsubscribe(ctx, names...)
	}
	return ps.Unsubscribe(ctx, names...)
}
