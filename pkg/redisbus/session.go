package redisbus

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/parley-chat/parley/pkg/bus"
)

const (
	connectTimeout = 2 * time.Second
	// firstPause and maxPause are between tries to connect; they double in between.
	firstPause = 50 * time.Millisecond
	maxPause   = time.Second
	// countEvery is after how many messages they are counted at the latest; a pong counts them, too.
	countEvery = 256
	// keepBuffer is the largest payload whose buffer is kept for the next one.
	keepBuffer = 64 << 10
)

// noRedial is a context that has ended. go-redis looks at a subscription's context only to dial: with this one it
// reads and writes on the connection that it has, and never replaces it behind our back.
var noRedial = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// run keeps the line connected until ctx ends.
func (l *line) run(ctx context.Context) {
	pause := firstPause
	for {
		err := l.session(ctx)
		if ctx.Err() != nil {
			return
		}
		if !l.lost {
			l.lost, pause = true, firstPause
			l.s.status.lost(err)
		}
		l.disconnected()
		sleep(ctx, pause)
		pause = min(2*pause, maxPause)
		if cluster, ok := l.s.client.(*redis.ClusterClient); ok {
			cluster.ReloadState(ctx)
		}
	}
}

// session is the life of one connection. It returns why it ended.
func (l *line) session(ctx context.Context) error {
	ps := l.s.open(ctx)
	var closing sync.Once
	closePS := func() { closing.Do(func() { _ = ps.Close() }) }
	defer closePS()

	dialing, cancel := context.WithTimeout(ctx, connectTimeout)
	err := l.s.subscribe(dialing, ps, string(l.notice))
	cancel()
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}

	// Whichever of reader and writer fails first ends the other by closing the connection, and says why.
	ctx, end := context.WithCancelCause(ctx)
	stop := context.AfterFunc(ctx, closePS)
	defer stop()
	var wg sync.WaitGroup
	wg.Go(func() { end(l.write(ctx, ps)) })
	end(l.read(ps))
	wg.Wait()
	return context.Cause(ctx)
}

// write sends what is queued, and pings, until ctx ends.
func (l *line) write(ctx context.Context, ps *redis.PubSub) error {
	ping := time.NewTicker(l.s.opts.PingInterval)
	defer ping.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-l.wake:
			if err := l.writeSubscribes(ps); err != nil {
				return fmt.Errorf("subscribe: %w", err)
			}
		case now := <-ping.C:
			if err := ps.Ping(noRedial); err != nil {
				return fmt.Errorf("ping: %w", err)
			}
			if err := l.writeUnsubscribes(ps, now); err != nil {
				return fmt.Errorf("unsubscribe: %w", err)
			}
		}
	}
}

func (l *line) writeSubscribes(ps *redis.PubSub) error {
	for {
		names := l.nextSubscribe()
		if len(names) == 0 {
			return nil
		}
		if err := l.s.subscribe(noRedial, ps, names...); err != nil {
			return err
		}
	}
}

func (l *line) writeUnsubscribes(ps *redis.PubSub, now time.Time) error {
	for {
		names := l.nextUnsubscribe(now)
		// Without a name Redis would take all.
		if len(names) == 0 {
			return nil
		}
		if err := l.s.unsubscribe(noRedial, ps, names...); err != nil {
			return err
		}
	}
}

// read hands on what comes until the connection fails or is silent for too long: pings make sure that a live one
// always has something to say. The handler's time does not count.
func (l *line) read(ps *redis.PubSub) error {
	var buf []byte
	heard := 0
	defer func() { l.s.metrics.received.Add(float64(heard)) }()
	for {
		received, err := ps.ReceiveTimeout(noRedial, l.s.opts.DeadAfter)
		if err != nil {
			return fmt.Errorf("receive: %w", err)
		}
		count := false
		switch m := received.(type) {
		case *redis.Message:
			heard++
			count = heard >= countEvery
			buf = append(buf[:0], m.Payload...)
			l.deliver(m.Channel, buf)
			if cap(buf) > keepBuffer {
				buf = nil
			}
		case *redis.Subscription:
			err = l.confirm(m)
		case *redis.Pong:
			count = true
		}
		if err != nil {
			return err
		}
		if count {
			l.s.metrics.received.Add(float64(heard))
			heard = 0
		}
	}
}

func (l *line) deliver(channel string, payload []byte) {
	c := bus.Channel(channel)
	if c != l.notice {
		l.s.handler.Deliver(c, payload)
		return
	}
	if id, gap, ok := decodeNotice(string(payload)); ok {
		l.s.status.gap(id, gap)
	}
}

func (l *line) confirm(m *redis.Subscription) error {
	c := bus.Channel(m.Channel)
	switch m.Kind {
	case "subscribe", "ssubscribe":
		step := func() (bool, error) { return l.subscribed(c) }
		if c == l.notice {
			step = l.connected
		}
		nowUp, err := step()
		if nowUp && l.lost {
			l.lost = false
			l.s.status.restored()
		}
		return err
	case "unsubscribe", "sunsubscribe":
		return l.unsubscribed(c)
	default:
		return errors.New("unknown answer: " + m.Kind)
	}
}
