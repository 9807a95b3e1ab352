// Package wheel spreads what has to be done for every socket evenly over time: riders sit in slots at random, and
// one goroutine visits slot after slot. So no socket needs a timer, and what they send comes back spread out.
package wheel

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// Slots is into how many parts a revolution is cut.
const Slots = 256

// Seat is a rider's place; embed it. Its zero value is standing.
type Seat struct {
	slot, pos int32 // pos counts from 1; 0: standing
}

// Place is the seat itself, so that whatever embeds a Seat is a Rider.
func (s *Seat) Place() *Seat { return s }

// Rider is what sits on a wheel.
type Rider interface {
	comparable
	Place() *Seat
}

// Wheel holds riders. All methods may be called concurrently.
type Wheel[R Rider] struct {
	slots [Slots]slot[R]
}

type slot[R Rider] struct {
	mu     sync.Mutex
	riders []R // guarded by mu, as are their seats
}

// New makes an empty wheel.
func New[R Rider]() *Wheel[R] { return &Wheel[R]{} }

// Add seats a rider in a slot chosen at random.
func (w *Wheel[R]) Add(r R) {
	n := rand.Int32N(Slots)
	s := &w.slots[n]
	s.mu.Lock()
	defer s.mu.Unlock()
	s.riders = append(s.riders, r)
	*r.Place() = Seat{slot: n, pos: int32(len(s.riders))}
}

// Remove is a no-op for a rider that is not seated. It is not called while Add of the same rider runs.
func (w *Wheel[R]) Remove(r R) {
	seat := r.Place()
	s := &w.slots[seat.slot]
	s.mu.Lock()
	defer s.mu.Unlock()
	if seat.pos == 0 {
		return
	}
	last := len(s.riders) - 1
	moved := s.riders[last]
	s.riders[seat.pos-1] = moved
	moved.Place().pos = seat.pos
	var zero R
	s.riders[last] = zero
	s.riders = s.riders[:last]
	*seat = Seat{}
}

// Visit appends the riders of slot n to buf and returns it, so that they are worked on without a lock held.
func (w *Wheel[R]) Visit(n int, buf []R) []R {
	s := &w.slots[n%Slots]
	s.mu.Lock()
	defer s.mu.Unlock()
	return append(buf, s.riders...)
}

// All are all riders now.
func (w *Wheel[R]) All() []R {
	var all []R
	for n := range Slots {
		all = w.Visit(n, all)
	}
	return all
}

// Turn makes rounds until ctx ends.
func (w *Wheel[R]) Turn(ctx context.Context, period, minStep time.Duration, visit func([]R)) {
	for w.Round(ctx, period, minStep, visit) {
	}
}

// Round visits each slot once, evenly spread over a period, and is false if ctx ended before. visit gets the riders of
// a few neighbouring slots at a time and must not keep the slice. minStep bounds how often it wakes up.
func (w *Wheel[R]) Round(ctx context.Context, period, minStep time.Duration, visit func([]R)) bool {
	perStep, step := steps(period, minStep)
	ticker := time.NewTicker(step)
	defer ticker.Stop()
	var riders []R
	for n := 0; n < Slots; {
		select {
		case <-ctx.Done():
			return false
		case <-ticker.C:
		}
		for range perStep {
			riders = w.Visit(n, riders)
			n++
		}
		if len(riders) > 0 {
			visit(riders)
		}
		clear(riders)
		riders = riders[:0]
	}
	return true
}

// steps is how many slots to visit at once, a divisor of Slots, and how long to wait between.
func steps(period, minStep time.Duration) (perStep int, step time.Duration) {
	perStep = 1
	for perStep < Slots && period*time.Duration(perStep)/Slots < minStep {
		perStep *= 2
	}
	return perStep, period * time.Duration(perStep) / Slots
}
