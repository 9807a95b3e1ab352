// Package redisbus carries the bus over Redis: PUBLISH and SUBSCRIBE on a single server or behind Sentinel, SPUBLISH
// and SSUBSCRIBE on a Cluster. What it loses it counts and tells; what was lost is found again in the log.
package redisbus

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"github.com/parley-chat/parley/pkg/bus"
)

const (
	// DefaultWorkers is one: a pipeline of 512 fills any connection, and what one call publishes goes out together.
	DefaultWorkers = 1
	// DefaultQueueMessages and DefaultQueueBytes bound what waits for Redis, over all workers.
	DefaultQueueMessages = 65_536
	DefaultQueueBytes    = 32 << 20

	// sendTimeout bounds one round trip, so that a hanging server is found out.
	sendTimeout = time.Second
)

// errUntried is the publisher's state until Redis has answered for the first time.
var errUntried = errors.New("not connected yet")

// PublisherOptions of NewPublisher; zero values are the defaults.
type PublisherOptions struct {
	// Workers is how many pipelines are filled at once. A channel belongs to one of them.
	Workers int
	// QueueMessages and QueueBytes (payloads) bound what is queued and being sent.
	QueueMessages int
	QueueBytes    int
	// Registerer gets the metrics; nil for none.
	Registerer prometheus.Registerer
}

// Publisher sends messages without making its callers wait. It is safe for concurrent use.
//
// Each worker sends what has queued up in one pipeline and waits for the answer, while the next lot queues up. So a
// calm publisher adds no delay, a busy one merges, and no timer is needed. (go-redis has an AutoPipeliner, but it is
// experimental, and its callers wait for room or pay for a future for each command.)
//
// A batch that fails is tried again for a second, which may publish some of it twice. After that Redis counts as down
// and messages are dropped until it answers; then all subscribers hear Lost with a bus.GapError, and Restored.
type Publisher struct {
	client  redis.UniversalClient
	sharded bool
	metrics publisherMetrics
	seed    maphash.Seed
	workers []*worker
	cancel  context.CancelFunc
	done    chan struct{}
}

// NewPublisher starts the workers. The client remains the caller's, to be closed after Close.
func NewPublisher(client redis.UniversalClient, opts PublisherOptions) *Publisher {
	n := max(opts.Workers, DefaultWorkers)
	if opts.QueueMessages <= 0 {
		opts.QueueMessages = DefaultQueueMessages
	}
	if opts.QueueBytes <= 0 {
		opts.QueueBytes = DefaultQueueBytes
	}
	ctx, cancel := context.WithCancel(context.Background())
	p := &Publisher{
		client:  client,
		sharded: isCluster(client),
		metrics: newPublisherMetrics(opts.Registerer),
		seed:    maphash.MakeSeed(),
		cancel:  cancel,
		done:    make(chan struct{}),
	}
	var wg sync.WaitGroup
	for range n {
		w := newWorker(p, max(opts.QueueMessages/n, 1), max(opts.QueueBytes/n, 1))
		p.workers = append(p.workers, w)
		wg.Go(func() { w.run(ctx) })
	}
	go func() {
		defer close(p.done)
		wg.Wait()
		cancel()
	}()
	return p
}

// isCluster tells whether channels belong to one node each. It looks at the client, so that wiring can't forget to say.
func isCluster(client redis.UniversalClient) bool {
	_, cluster := client.(*redis.ClusterClient)
	return cluster
}

// Publish queues the messages, each in its channel's order, and returns at once. It is false if one of them was
// dropped because its queue is full, Redis down, or the publisher closed; true is no promise that Redis will take
// it. The payloads must not be changed afterwards.
func (p *Publisher) Publish(msgs ...bus.Message) bool {
	all := true
	for _, m := range msgs {
		if reason := p.worker(m.Channel).push(m); reason != "" {
			p.dropped(reason, 1)
			all = false
		}
	}
	return all
}

func (p *Publisher) worker(c bus.Channel) *worker {
	if len(p.workers) == 1 {
		return p.workers[0]
	}
	return p.workers[maphash.String(p.seed, string(c))%uint64(len(p.workers))]
}

// Healthy is nil if Redis took the last messages, or answered since. Otherwise it is what went wrong.
func (p *Publisher) Healthy() error {
	for _, w := range p.workers {
		if err := w.state().err; err != nil {
			return fmt.Errorf("publish: %w", err)
		}
	}
	return nil
}

// Close refuses further messages and returns when those queued have been sent or, with an error, when ctx ends; what
// is left then is dropped.
func (p *Publisher) Close(ctx context.Context) error {
	for _, w := range p.workers {
		w.close()
	}
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
		p.cancel()
		return fmt.Errorf("close publisher: %w", ctx.Err())
	}
}

// send publishes the batch in one round trip and returns what Redis did not take.
func (p *Publisher) send(ctx context.Context, batch []bus.Message) (left []bus.Message, err error) {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	cmds, err := p.pipeline(ctx, batch)
	if err != nil {
		for i, cmd := range cmds {
			if cmd.Err() != nil {
				left = append(left, batch[i])
			}
		}
		if len(left) == 0 {
			// No connection to send anything on, for which the commands are not blamed.
			left = batch
		}
	}
	p.metrics.published.Add(float64(len(batch) - len(left)))
	return left, err
}

func (p *Publisher) pipeline(ctx context.Context, batch []bus.Message) ([]redis.Cmder, error) {
	pipe := p.client.Pipeline()
	for _, m := range batch {
		if p.sharded {
			pipe.SPublish(ctx, string(m.Channel), m.Payload)
		} else {
			pipe.Publish(ctx, string(m.Channel), m.Payload)
		}
	}
	cmds, err := pipe.Exec(ctx)
	if err != nil {
		return cmds, fmt.Errorf("pipeline of %d: %w", len(batch), err)
	}
	return cmds, nil
}

func (p *Publisher) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	if err := p.client.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("ping: %w", err)
	}
	return nil
}

func (p *Publisher) notify(ctx context.Context, age time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	payload := encodeNotice(age)
	channels := noticeChannels(p.sharded)
	notices := make([]bus.Message, 0, len(channels))
	for _, c := range channels {
		notices = append(notices, bus.Message{Channel: c, Payload: payload})
	}
	_, err := p.pipeline(ctx, notices)
	return err
}

func (p *Publisher) dropped(reason string, n int) {
	p.metrics.dropped.WithLabelValues(reason).Add(float64(n))
}
