// Package canary finds out that the bus carries nothing though its connections look healthy: a node sends itself a
// message every second, and misses those that don't come.
package canary

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-chat/parley/pkg/bus"
)

const (
	// Interval is between two canaries of a channel.
	Interval = time.Second
	// MaxMissed is after how many intervals without one the bus counts as lost. They are counted, not measured: a
	// process that was held up for long has not missed what it did not send.
	MaxMissed = 3
	// channels is over how many the canaries spread, since a subscriber may have several connections and doesn't tell
	// which serves which channel. Of two connections, both have some in 99 of 100 processes.
	channels = 8
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
}

// Publisher is the sending half. What it does not take is missed.
type Publisher interface {
	Publish(msgs ...bus.Message) bool
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
	// RoundTrip counts how long they take.
	RoundTrip prometheus.Observer
	Logger    *slog.Logger
}

// Canary sends and listens.
type Canary struct {
	opts     Options
	channels []bus.Channel
	payload  []byte
	nonce    string

	mu   sync.Mutex // guards the following
	sent time.Time
	came map[bus.Channel]*arrival
}

// arrival is what is known of one channel.
type arrival struct {
	// missed is how many were sent since one came.
	missed int
	// last is when the one was sent that came last.
	last time.Time
}

// New makes one that sends nothing yet.
func New(opts Options) (*Canary, error) {
	c := &Canary{opts: opts, channels: bus.CanaryChannels(opts.Node, channels), nonce: rand.Text(), came: map[bus.Channel]*arrival{}}
	var err error
	if c.payload, err = (bus.Order{Kind: bus.Canary, Nonce: c.nonce}).Encode(); err != nil {
		return nil, fmt.Errorf("canary: %w", err)
	}
	for _, channel := range c.channels {
		c.came[channel] = &arrival{}
	}
	return c, nil
}

// Heard takes a canary from the bus. Others' are passed over. It never waits.
func (c *Canary) Heard(channel bus.Channel, o bus.Order) {
	if o.Nonce != c.nonce {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if a := c.came[channel]; a != nil {
		a.missed, a.last = 0, c.sent
		c.opts.RoundTrip.Observe(time.Since(c.sent).Seconds())
	}
}

// Run sends until ctx ends.
func (c *Canary) Run(ctx context.Context) {
	c.subscribe(ctx)
	ticker := time.NewTicker(Interval)
	defer ticker.Stop()
	silent := false
	c.begin()
	for {
		c.opts.Publisher.Publish(c.messages()...)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		since, missing := c.silence()
		switch {
		case missing && !silent:
			c.opts.Lost(&SilenceError{since})
		case !missing && silent:
			c.opts.Restored()
		}
		silent = missing
	}
}

// subscribe does not wait for long: a bus that doesn't answer is one that stays silent. What was asked for is held.
func (c *Canary) subscribe(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, Interval)
	defer cancel()
	if err := c.opts.Subscriber.Subscribe(ctx, c.channels...); err != nil {
		c.opts.Logger.DebugContext(ctx, "canary not subscribed yet", "error", err)
	}
}

func (c *Canary) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range c.came {
		a.last = time.Now()
	}
}

// messages are the next canaries, which count as missed until they come.
func (c *Canary) messages() []bus.Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent = time.Now()
	msgs := make([]bus.Message, 0, len(c.channels))
	for _, channel := range c.channels {
		c.came[channel].missed++
		msgs = append(msgs, bus.Message{Channel: channel, Payload: c.payload})
	}
	return msgs
}

// silence tells whether any channel's canaries stay away, and since when.
func (c *Canary) silence() (since time.Time, missing bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range c.came {
		if a.missed >= MaxMissed {
			missing = true
		}
		if since.IsZero() || a.last.Before(since) {
			since = a.last
		}
	}
	return since, missing
}
