// Package failoverlimit keeps rate limits working while the shared buckets can't be reached: each node falls back to
// its own, so that a limit loosens and does not vanish, and nobody is refused, or made to wait, because Redis is down.
package failoverlimit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sony/gobreaker/v2"

	"github.com/parley-chat/parley/pkg/metric"
	"github.com/parley-chat/parley/pkg/ratelimit"
)

const (
	// DefaultTimeout is how long the primary may take.
	DefaultTimeout = 50 * time.Millisecond
	// DefaultRetryAfter is how long a primary that failed is left alone.
	DefaultRetryAfter = time.Second

	// failures in a row after which the primary counts as dead: one may be a hiccup.
	failures = 3
)

// Limiter is what both of the limiters do.
type Limiter interface {
	Allow(ctx context.Context, limit ratelimit.Limit, id string) (ratelimit.Decision, error)
}

// Options of New; zero values are the defaults.
type Options struct {
	// Timeout bounds one question to the primary, which must heed its context.
	Timeout time.Duration
	// RetryAfter is how long the primary is not asked after it was found dead. Then one request tries it.
	RetryAfter time.Duration
	// Registerer gets the metrics; nil for none.
	Registerer prometheus.Registerer
	// Logger is told when the primary goes and comes; nil for slog's default.
	Logger *slog.Logger
}

// Failover is a Limiter made of two. It is safe for concurrent use if both are.
type Failover struct {
	primary, fallback Limiter
	timeout           time.Duration
	breaker           *gobreaker.CircuitBreaker[ratelimit.Decision]
	asked, fellBack   prometheus.Counter
}

// errAbandoned marks a failure that is the caller's, who went away, and not the primary's.
var errAbandoned = errors.New("caller gone")

// New asks primary as long as it answers, and fallback otherwise.
func New(primary, fallback Limiter, opts Options) *Failover {
	if opts.Timeout <= 0 {
		opts.Timeout = DefaultTimeout
	}
	if opts.RetryAfter <= 0 {
		opts.RetryAfter = DefaultRetryAfter
	}
	if opts.Logger == nil {
		opts.Logger = slog.Default()
	}
	return &Failover{
		primary:  primary,
		fallback: fallback,
		timeout:  opts.Timeout,
		breaker: gobreaker.NewCircuitBreaker[ratelimit.Decision](gobreaker.Settings{
			Timeout:     opts.RetryAfter,
			ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= failures },
			IsExcluded:  func(err error) bool { return errors.Is(err, errAbandoned) },
			OnStateChange: func(_ string, from, to gobreaker.State) {
				// Every try of a dead primary goes through half-open and back, which is no news.
				switch {
				case from == gobreaker.StateClosed:
					opts.Logger.Warn("shared rate limits can't be reached; this node limits alone")
				case to == gobreaker.StateClosed:
					opts.Logger.Info("shared rate limits are back")
				}
			},
		}),
		asked: metric.Shared(opts.Registerer, prometheus.NewCounter(prometheus.CounterOpts{
			Name: "parley_ratelimit_shared_total", Help: "Rate limits that were decided by the buckets that all nodes share.",
		})),
		fellBack: metric.Shared(opts.Registerer, prometheus.NewCounter(prometheus.CounterOpts{
			Name: "parley_ratelimit_fallback_total", Help: "Rate limits that this node decided alone, because the shared buckets could not be reached.",
		})),
	}
}

// Allow takes one token of id's bucket in the primary, or in the fallback if the primary fails or is known to be dead.
// Errors are the fallback's.
func (f *Failover) Allow(ctx context.Context, limit ratelimit.Limit, id string) (ratelimit.Decision, error) {
	d, err := f.breaker.Execute(func() (ratelimit.Decision, error) { return f.ask(ctx, limit, id) })
	if err == nil {
		f.asked.Inc()
		return d, nil
	}
	f.fellBack.Inc()
	return f.fallback.Allow(ctx, limit, id)
}

func (f *Failover) ask(ctx context.Context, limit ratelimit.Limit, id string) (ratelimit.Decision, error) {
	bounded, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	d, err := f.primary.Allow(bounded, limit, id)
	if err != nil && ctx.Err() != nil {
		return d, fmt.Errorf("%w: %w", errAbandoned, err)
	}
	return d, err
}
