// Package memorybus carries the bus within one process: API nodes and gateways that share it need no
// Redis. It keeps what redisbus promises: order per channel, bounded queues, and no silent loss.
package memorybus

import (
	"context"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/metric"
)

const (
	// DefaultQueueMessages and DefaultQueueBytes bound what one subscriber may be behind.
	DefaultQueueMessages = 65_536
	DefaultQueueBytes    = 32 << 20
)

// Options of New; zero values are the defaults.
type Options struct {
	// QueueMessages and QueueBytes (payloads) bound each subscriber's queue.
	QueueMessages int
	QueueBytes    int
	// Registerer gets the bus's metrics; nil for none.
	Registerer prometheus.Registerer
}

// Bus hands messages from publishers to the subscribers of this process. All methods may be called
// concurrently, also from a handler.
type Bus struct {
	opts    Options
	metrics metrics

	mu       sync.Mutex // guards the following
	closed   bool
	channels map[bus.Channel]map[*Subscriber]struct{}
}

// New makes an empty bus. It starts nothing.
func New(opts Options) *Bus {
	if opts.QueueMessages <= 0 {
		opts.QueueMessages = DefaultQueueMessages
	}
	if opts.QueueBytes <= 0 {
		opts.QueueBytes = DefaultQueueBytes
	}
	return &Bus{opts: opts, metrics: newMetrics(opts.Registerer), channels: map[bus.Channel]map[*Subscriber]struct{}{}}
}

// Publish queues the messages for whoever subscribes to their channels now, without ever waiting for
// one of them. It is false only after Close. Payloads must not be changed afterwards.
func (b *Bus) Publish(msgs ...bus.Message) bool {
	// One lock over all subscribers: each of them sees the messages of a channel in the same order.
	b.mu.Lock()
	closed := b.closed
	if !closed {
		for _, m := range msgs {
			for s := range b.channels[m.Channel] {
				s.enqueue(m)
			}
		}
	}
	b.mu.Unlock()

	if closed {
		b.metrics.dropped.WithLabelValues(dropClosed).Add(float64(len(msgs)))
		return false
	}
	b.metrics.published.Add(float64(len(msgs)))
	return true
}

// Healthy is nil: there is nothing between the publisher and its subscribers that could fail.
func (b *Bus) Healthy() error { return nil }

// Close refuses all further messages. Subscribers deliver what they have and are closed by their owners.
// It never waits, and its error is nil.
func (b *Bus) Close(context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	return nil
}

func (b *Bus) join(s *Subscriber, channels []bus.Channel) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range channels {
		if b.channels[c] == nil {
			b.channels[c] = map[*Subscriber]struct{}{}
		}
		b.channels[c][s] = struct{}{}
	}
}

func (b *Bus) leave(s *Subscriber, channels []bus.Channel) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range channels {
		delete(b.channels[c], s)
		if len(b.channels[c]) == 0 {
			delete(b.channels, c)
		}
	}
}

// The reasons of parley_bus_dropped_total.
const (
	dropClosed = "closed"
	dropSlow   = "slow_subscriber"
)

type metrics struct {
	published, received, lost prometheus.Counter
	dropped                   *prometheus.CounterVec
	channels                  prometheus.Gauge
}

func newMetrics(reg prometheus.Registerer) metrics {
	return metrics{
		published: metric.Shared(reg, prometheus.NewCounter(prometheus.CounterOpts{
			Name: "parley_bus_published_total", Help: "Messages that the bus took over from this process.",
		})),
		received: metric.Shared(reg, prometheus.NewCounter(prometheus.CounterOpts{
			Name: "parley_bus_received_total", Help: "Messages that this process heard on its channels.",
		})),
		lost: metric.Shared(reg, prometheus.NewCounter(prometheus.CounterOpts{
			Name: "parley_bus_lost_total", Help: "Times that a subscriber could no longer be sure that it hears everything.",
		})),
		dropped: metric.Shared(reg, prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "parley_bus_dropped_total", Help: "Messages that were dropped, by reason.",
		}, []string{"reason"})),
		channels: metric.Shared(reg, prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "parley_bus_channels", Help: "Channels that this process subscribes to.",
		})),
	}
}
