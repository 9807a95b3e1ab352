// Package vouch keeps promises while the bus can't. From the moment a node may have missed something until it is sure
// again, the tail reads the log; where the tail can't, each client is asked every two seconds to call sync. When the bus
// is back, everybody is asked once, for what is in no log.
package vouch

import (
	"context"
	"sync"
	"time"

	"github.com/parley-chat/parley/gateway/wheel"
)

const (
	// Period is how often each client is asked. Together with the client's own call it stays below two seconds.
	Period = 1600 * time.Millisecond
	// CalmPeriod is over what time all are asked once where nothing but read positions can be missing.
	CalmPeriod = 10 * time.Second
	// minStep is how long the work of one step is put together.
	minStep = 25 * time.Millisecond
)

// Voucher says whether the node hears everything. All methods may be called concurrently.
type Voucher[R wheel.Rider] struct {
	wheel *wheel.Wheel[R]
	ask   func([]R)
	wake  chan struct{}

	mu    sync.Mutex // guards the following
	state State
	// urgent and calm count the rounds that came due.
	urgent, calm uint64
	// hurry ends a calm round, while one is made.
	hurry context.CancelFunc
}

// New makes a voucher that hears everything. ask is called with those to be asked to sync, and must not wait.
func New[R wheel.Rider](w *wheel.Wheel[R], ask func([]R)) *Voucher[R] {
	return &Voucher[R]{wheel: w, ask: ask, wake: make(chan struct{}, 1)}
}

// State is whether the node hears everything.
type State struct {
	Lost bool
	// Doubt: clients have to find by themselves what the bus doesn't bring.
	Doubt bool
	// Since and Err are when and why it was lost.
	Since time.Time
	Err   error
	// Turns counts how often it was lost and restored: equal Turns, nothing happened in between.
	Turns uint64
}

// State is how it is now.
func (v *Voucher[R]) State() State {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.state
}

// Lost says that messages may be missed from now on.
func (v *Voucher[R]) Lost(reason error) {
	v.change(func(s *State) {
		if !s.Lost {
			s.Since = time.Now()
		}
		s.Lost, s.Err = true, reason
		s.Turns++
	})
}

// Restored says that all is heard again from now on.
func (v *Voucher[R]) Restored() {
	v.change(func(s *State) {
		s.Lost, s.Err = false, nil
		s.Turns++
		if s.Doubt {
			v.urgent++
		} else {
			v.calm++
		}
	})
}

// Doubt says whether the log can't be followed, which matters while the bus is lost and for a while after.
func (v *Voucher[R]) Doubt(doubt bool) {
	v.change(func(s *State) {
		// Once more when it ends: what was committed just before may have been missed.
		if s.Doubt != doubt {
			v.urgent++
		}
		s.Doubt = doubt
	})
}

func (v *Voucher[R]) change(change func(*State)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	before := v.urgent
	change(&v.state)
	if v.hurry != nil && (v.urgent != before || v.state.Lost && v.state.Doubt) {
		v.hurry()
	}
	select {
	case v.wake <- struct{}{}:
	default:
	}
}

// Run asks clients while it is needed, until ctx ends.
func (v *Voucher[R]) Run(ctx context.Context) {
	var made due
	for {
		select {
		case <-ctx.Done():
			return
		case <-v.wake:
		}
		for v.next(ctx, &made) {
		}
	}
}

// next makes the round that is due, if any.
func (v *Voucher[R]) next(ctx context.Context, made *due) bool {
	d := v.due()
	switch {
	case ctx.Err() != nil:
		return false
	case d.always || d.urgent != made.urgent:
		if v.wheel.Round(ctx, Period, minStep, v.ask) {
			// It served for what was due as it began.
			*made = d
		}
	case d.calm != made.calm:
		if v.calmRound(ctx, d) {
			made.calm = d.calm
		}
	default:
		return false
	}
	return true
}

// due is what rounds have to be made.
type due struct {
	always       bool
	urgent, calm uint64
}

func (v *Voucher[R]) due() due {
	v.mu.Lock()
	defer v.mu.Unlock()
	return due{v.state.Lost && v.state.Doubt, v.urgent, v.calm}
}

// calmRound is false if something more urgent came up.
func (v *Voucher[R]) calmRound(ctx context.Context, d due) bool {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	v.mu.Lock()
	v.hurry = cancel
	late := v.urgent != d.urgent || v.state.Lost && v.state.Doubt
	v.mu.Unlock()
	defer func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.hurry = nil
	}()
	return !late && v.wheel.Round(ctx, CalmPeriod, minStep, v.ask)
}
