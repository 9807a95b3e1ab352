package client

import (
	"context"
	"math/rand/v2"
	"time"
)

// Backoff is a growing pause between tries. Each pause is drawn from the upper half of its range, so that those
// who failed together don't return together.
type Backoff struct {
	// First is the first range, Max the largest.
	First, Max time.Duration
	tries      int
}

// Next is the pause before the next try, at least atLeast.
func (b *Backoff) Next(atLeast time.Duration) time.Duration {
	limit := b.Max
	if b.tries < 30 {
		limit = min(b.First<<b.tries, b.Max)
	}
	b.tries++
	pause := limit/2 + rand.N(limit/2+1)
	if pause < atLeast {
		// Whoever is told to come back at a time comes within a tenth after it.
		pause = atLeast + rand.N(atLeast/10+1)
	}
	return pause
}

// Reset starts over, after a success.
func (b *Backoff) Reset() { b.tries = 0 }

// sleep waits, or returns the context's error if that ends first.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Retry calls try until it succeeds, fails for good, or the context ends; it then returns try's last error. failed,
// if not nil, hears of every failed try.
func Retry(ctx context.Context, b Backoff, failed func(error), try func(context.Context) error) error {
	for {
		err := try(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return err
		}
		if failed != nil {
			failed(err)
		}
		if !Retryable(err) || sleep(ctx, b.Next(retryAfter(err))) != nil {
			return err
		}
	}
}
