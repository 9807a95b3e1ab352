package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// breakThings does what is planned, one fault after the other, then looks after the calm. The channel gets nil, or why a
// fault could not be made or mended, when the time for writing is over.
func (r *run) breakThings(ctx context.Context, began time.Time) <-chan error {
	done := make(chan error, 1)
	go func() { done <- r.breakAll(ctx, began) }()
	return done
}

func (r *run) breakAll(ctx context.Context, began time.Time) error {
	random := rand.New(rand.NewPCG(r.Seed, 2))
	last := began.Add(r.Duration - recovery - r.Calm)
	slot := last.Sub(began.Add(warmUp)) / time.Duration(len(r.plan))
	sleepUntil(ctx, began.Add(warmUp))
	r.nodes.mark()
	restless, rest := context.WithCancel(ctx)
	defer rest()
	var coming sync.WaitGroup
	if !r.Steady {
		go r.disturb(restless, random.Uint64())
		seed := random.Uint64()
		coming.Go(func() { r.churn(restless, ctx, seed) })
	}
	for i, f := range r.plan {
		if !sleepUntil(ctx, began.Add(warmUp+time.Duration(i)*slot)) || time.Now().After(last) {
			break
		}
		hold := r.Hold
		if hold == 0 {
			hold = min(longestHold, slot*time.Duration(30+random.IntN(40))/100)
		}
		r.say("%5.0f s  %v, for %v; %s", time.Since(began).Seconds(), f, hold.Round(100*time.Millisecond), r.book.line())
		if err := r.one(ctx, f.Begin, f.End, hold); err != nil {
			return fmt.Errorf("%v: %w", f, err)
		}
		r.book.survived(f.Kind)
	}
	r.say("%5.0f s  all mended", time.Since(began).Seconds())
	r.book.mended(r.rawDuplicates())
	rest()
	coming.Wait()
	if sleep(ctx, recovery) {
		r.sendAway()
		r.book.calmBegins()
		r.say("%5.0f s  calm; %s", time.Since(began).Seconds(), r.book.line())
	}
	<-ctx.Done()
	return nil
}

// one makes a fault and mends it, also when the run is over meanwhile.
func (r *run) one(ctx context.Context, begin, end func() error, hold time.Duration) error {
	r.book.faultBegins()
	defer r.book.faultEnds()
	if begin != nil {
		if err := begin(); err != nil {
			return err
		}
	}
	if end == nil {
		return nil
	}
	sleep(ctx, hold)
	return end()
}

func sleep(ctx context.Context, d time.Duration) bool { return sleepUntil(ctx, time.Now().Add(d)) }

// sleepUntil tells whether the time came before the context ended.
func sleepUntil(ctx context.Context, at time.Time) bool {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
