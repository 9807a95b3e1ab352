// Package canary finds out that the bus carries nothing though its connections look healthy: a node sends itself a
// message over each of them twice a second, and misses those that don't come.
package canary

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-chat/parley/pkg/bus"
)

const (
	// Interval is between two canaries of a channel.
	Interval = 500 * time.Millisecond
	// MaxMissed is by how many canaries a channel may be behind before the bus counts as lost, which so takes 2 to 2.5
	// seconds. They are counted, not timed: a process that was held up for long has not missed what it did not send.
	MaxMissed = 4
	// subscribeTimeout is how long sending waits for the first channels; what was asked for is held all the same.
	subscribeTimeout = Interval
	// remembered is of how many canaries the time of sending is known.
	remembered = 64
)

// SilenceError is why Lost is called.
type SilenceError struct {
	// Since is when the last canary that came was sent, or when canaries began.
	Since time.Time
}

func (e *SilenceError) Error() string {
	return fmt.Sprintf("the bus is silent: a message to oneself of %s has not come", e.Since.UTC().Format(time.RFC3339))
}

// Subscriber is the hearing half of the bus; what it hears on the canary's channels goes to Heard.
type Subscriber interface {
	Subscribe(ctx context.Context, channels ...bus.Channel) error
	// CanaryChannels are channels of a node, one for each connection that the subscriber has now. None goes again.
	CanaryChannels(node string) []bus.Channel
}

// Publisher is the sending half. What it does not take is missed.
type Publisher interface {
	Publish(msgs ...bus.Message) bool
}

// Metrics is what is counted.
type Metrics struct {
	// RoundTrip is told how long each canary took.
	RoundTrip prometheus.Observer
	// Channels is how many there are, Silent how many of them are behind by MaxMissed; several nodes may share them.
	Channels, Silent prometheus.Gauge
}

// Options of New.
type Options struct {
	// Node names the channels.
	Node       string
	Subscriber Subscriber
	Publisher  Publisher
	// Lost is called when canaries stay away, Restored when all come again; in turn, from one goroutine.
	Lost     func(error)
	Restored func()
	Metrics  Metrics
	Logger   *slog.Logger
}

// Canary sends and listens.
type Canary struct {
	opts  Options
	nonce string

	mu   sync.Mutex // guards the following
	came map[bus.Channel]*arrival
	// number counts the rounds of canaries; sent is when the last of them were, by number.
	number uint64
	sent   [remembered]time.Time
}

// arrival is what is known of one channel.
type arrival struct {
	// number is of the youngest canary that came, or of the last round before the channel's first.
	number uint64
	// last is when that one was sent, and took how long it was on its way.
	last time.Time
	took time.Duration
}

// New makes one that sends nothing yet.
func New(opts Options) *Canary {
	return &Canary{opts: opts, nonce: rand.Text(), came: map[bus.Channel]*arrival{}}
}

// Heard takes a canary from the bus. Others' are passed over. It never waits.
func (c *Canary) Heard(channel bus.Channel, o bus.Order) {
	nonce, text, _ := strings.Cut(o.Nonce, ".")
	number, err := strconv.ParseUint(text, 10, 64)
	if nonce != c.nonce || err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.came[channel]
	if a == nil || number <= a.number || number+remembered <= c.number {
		return
	}
	a.number, a.last = number, c.sent[number%remembered]
	a.took = time.Since(a.last)
	c.opts.Metrics.RoundTrip.Observe(a.took.Seconds())
}

// Run sends until ctx ends.
func (c *Canary) Run(ctx context.Context) {
	ticker := time.NewTicker(Interval)
	defer ticker.Stop()
	silent, shown := false, 0
	defer func() { c.opts.Metrics.Silent.Sub(float64(shown)) }()
	defer c.forget()
	for {
		c.cover(ctx)
		c.send(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		state := c.State()
		switch {
		case state.Silent > 0 && !silent:
			c.opts.Lost(&SilenceError{state.Since})
		case state.Silent == 0 && silent:
			c.opts.Restored()
		}
		c.opts.Metrics.Silent.Add(float64(state.Silent - shown))
		silent, shown = state.Silent > 0, state.Silent
	}
}

// cover subscribes to the channels that have become necessary. It does not wait for long: a bus that doesn't answer is
// one that stays silent.
func (c *Canary) cover(ctx context.Context) {
	var fresh []bus.Channel
	c.mu.Lock()
	for _, channel := range c.opts.Subscriber.CanaryChannels(c.opts.Node) {
		if c.came[channel] == nil {
			c.came[channel] = &arrival{number: c.number, last: time.Now()}
			fresh = append(fresh, channel)
		}
	}
	c.mu.Unlock()
	if len(fresh) == 0 {
		return
	}
	c.opts.Metrics.Channels.Add(float64(len(fresh)))
	ctx, cancel := context.WithTimeout(ctx, subscribeTimeout)
	defer cancel()
	if err := c.opts.Subscriber.Subscribe(ctx, fresh...); err != nil {
		c.opts.Logger.DebugContext(ctx, "canary not subscribed yet", "error", err)
	}
}

func (c *Canary) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.opts.Metrics.Channels.Sub(float64(len(c.came)))
}

// send makes the next round, which counts as missed until it comes.
func (c *Canary) send(ctx context.Context) {
	c.mu.Lock()
	c.number++
	c.sent[c.number%remembered] = time.Now()
	payload, err := bus.Order{Kind: bus.Canary, Nonce: c.nonce + "." + strconv.FormatUint(c.number, 10)}.Encode()
	msgs := make([]bus.Message, 0, len(c.came))
	for channel := range c.came {
		msgs = append(msgs, bus.Message{Channel: channel, Payload: payload})
	}
	c.mu.Unlock()
	if err != nil {
		c.opts.Logger.ErrorContext(ctx, "canary", "error", err)
		return
	}
	c.opts.Publisher.Publish(msgs...)
}

// State is how the canaries come through.
type State struct {
	// Channels is over how many connections they go; Silent is on how many of these they stay away.
	Channels, Silent int
	// Since is when the oldest of the last canaries was sent, over all channels.
	Since time.Time
	// Slowest is the longest time that one of them took.
	Slowest time.Duration
}

func (s State) String() string {
	return fmt.Sprintf("canaries come through on %d of %d connections, the slowest of the last ones in %s",
		s.Channels-s.Silent, s.Channels, s.Slowest.Round(10*time.Microsecond))
}

// State is how it is now.
func (c *Canary) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := State{Channels: len(c.came)}
	for _, a := range c.came {
		if c.number-a.number >= MaxMissed {
			s.Silent++
		}
		if s.Since.IsZero() || a.last.Before(s.Since) {
			s.Since = a.last
		}
		s.Slowest = max(s.Slowest, a.took)
	}
	return s
}
