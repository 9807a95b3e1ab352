// Package redisguard is the one breaker of a process before Redis: bus, presence and rate limits share a client, and so what is
// known of the server behind it. While it is dead every command fails at once, and nobody waits.
package redisguard

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"github.com/parley-chat/parley/pkg/metric"
)

// ErrDown is what commands fail with while Redis is known to be dead.
var ErrDown = errors.New("redis is down")

const (
	// DefaultSilence is for how long a command may wait for its answer before the server counts as dead, if no other one was
	// answered meanwhile. It lies below the client's own time-out.
	DefaultSilence = 400 * time.Millisecond
	// DefaultProbe is how often a dead server is asked whether it is back.
	DefaultProbe = 250 * time.Millisecond

	// failures in a row that came at once (a refused connection) after which the server counts as dead.
	failures = 3
	// probeTimeout bounds one probe.
	probeTimeout = time.Second
)

// Options of Watch; zero values are the defaults.
type Options struct {
	Silence, Probe time.Duration
	// Registerer gets the metrics; nil for none.
	Registerer prometheus.Registerer
	// Logger is told when the server goes and comes; nil for slog's default.
	Logger *slog.Logger
}

// Guard watches what a client's commands tell of its server. A server that is slow, or refuses what it is asked, is not
// dead: whoever can't wait for it sets a deadline, and one that ends before Silence is over proves nothing.
type Guard struct {
	client  redis.UniversalClient
	opts    Options
	down    prometheus.Gauge
	refused prometheus.Counter
	stop    context.CancelFunc
	ctx     context.Context //nolint:containedctx // the life of probes
	probing sync.WaitGroup

	mu sync.Mutex // guards the following
	// answered is when the last command was begun or ended well.
	answered time.Time
	failed   int
	since    time.Time // when it was found dead; zero while it lives
}

// Watch guards the client, whose commands fail with ErrDown from now on while its server is dead. Subscriptions see to
// themselves. Close the guard before the client.
func Watch(client redis.UniversalClient, opts Options) *Guard {
	if opts.Silence <= 0 {
		opts.Silence = DefaultSilence
	}
	if opts.Probe <= 0 {
		opts.Probe = DefaultProbe
	}
	if opts.Logger == nil {
		opts.Logger = slog.Default()
	}
	ctx, stop := context.WithCancel(context.Background())
	g := &Guard{
		client: client, opts: opts, ctx: ctx, stop: stop,
		down: metric.Shared(opts.Registerer, prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "parley_redis_down", Help: "1 while Redis is known to be dead, and not asked.",
		})),
		refused: metric.Shared(opts.Registerer, prometheus.NewCounter(prometheus.CounterOpts{
			Name: "parley_redis_refused_total", Help: "Commands that failed at once because Redis was known to be dead.",
		})),
	}
	client.AddHook(g)
	return g
}

// Down is since when the server has been dead; false while it lives.
func (g *Guard) Down() (since time.Time, down bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.since, !g.since.IsZero()
}

// Close ends what the guard does by itself.
func (g *Guard) Close() {
	g.mu.Lock()
	g.stop()
	g.mu.Unlock()
	g.probing.Wait()
}

type probeKey struct{}

// DialHook changes nothing.
func (g *Guard) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

// ProcessHook lets a command through while the server lives.
func (g *Guard) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		return g.guard(ctx, func() error { return next(ctx, cmd) })
	}
}

// ProcessPipelineHook is the same for many at once.
func (g *Guard) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		err := g.guard(ctx, func() error { return next(ctx, cmds) })
		if errors.Is(err, ErrDown) {
			for _, cmd := range cmds {
				cmd.SetErr(err)
			}
		}
		return err
	}
}

func (g *Guard) guard(ctx context.Context, ask func() error) error {
	probe := ctx.Value(probeKey{}) != nil
	if since, down := g.Down(); down && !probe {
		g.refused.Inc()
		return fmt.Errorf("%w since %s", ErrDown, since.UTC().Format(time.RFC3339))
	}
	began := time.Now()
	err := ask()
	g.note(began, err)
	return err
}

// note draws its conclusions from how a command ended.
func (g *Guard) note(began time.Time, err error) {
	now := time.Now()
	waited := now.Sub(began)
	var answer redis.Error
	var network net.Error
	timedOut := errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) && network.Timeout()
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case err == nil || errors.As(err, &answer):
		g.alive(now)
	case errors.Is(err, context.Canceled), timedOut && waited < g.opts.Silence, g.answered.After(began):
		// The caller's affair, or another command was answered meanwhile.
	default:
		if g.failed++; g.failed >= failures || waited >= g.opts.Silence {
			g.die(now, err)
		}
	}
}

// alive is called with mu held.
func (g *Guard) alive(now time.Time) {
	g.answered, g.failed = now, 0
	if g.since.IsZero() {
		return
	}
	g.opts.Logger.Info("redis is back", "downFor", now.Sub(g.since).String())
	g.since = time.Time{}
	g.down.Dec()
}

// die is called with mu held.
func (g *Guard) die(now time.Time, err error) {
	if !g.since.IsZero() || g.ctx.Err() != nil {
		return
	}
	g.opts.Logger.Warn("redis is down; it is done without until it answers again", "error", err)
	g.since = now
	g.down.Inc()
	g.probing.Go(g.probe)
}

// probe asks until the server answers.
func (g *Guard) probe() {
	ticker := time.NewTicker(g.opts.Probe)
	defer ticker.Stop()
	for {
		select {
		case <-g.ctx.Done():
			return
		case <-ticker.C:
		}
		ctx, cancel := context.WithTimeout(context.WithValue(g.ctx, probeKey{}, true), probeTimeout)
		_ = g.client.Ping(ctx).Err() // noted on its way
		cancel()
		if _, down := g.Down(); !down {
			return
		}
	}
}
