// Package vouch keeps promises while the bus can't: from the moment a node may have missed something until it is
// sure again, it asks each client every two seconds to call sync, and once more when it is sure.
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
	// minStep is how long the work of one step is put together.
	minStep = 25 * time.Millisecond
)

// Voucher says whether the node hears everything. All methods may be called concurrently.
type Voucher[R wheel.Rider] struct {
	wheel *wheel.Wheel[R]
	ask   func([]R)
	wake  chan struct{}

	mu    sync.Mutex // guards the following
	lost  bool
	since time.Time
	err   error
	// turns counts changes of lost.
	turns uint64
}

// New makes a voucher that hears everything. ask is called with those to be asked to sync, and must not wait.
func New[R wheel.Rider](w *wheel.Wheel[R], ask func([]R)) *Voucher[R] {
	return &Voucher[R]{wheel: w, ask: ask, wake: make(chan struct{}, 1)}
}

// State is whether the node hears everything.
type State struct {
	Lost bool
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
	return State{v.lost, v.since, v.err, v.turns}
}

// Lost says that messages may be missed from now on.
func (v *Voucher[R]) Lost(reason error) { v.turn(true, reason) }

// Restored says that all is heard again from now on.
func (v *Voucher[R]) Restored() { v.turn(false, nil) }

func (v *Voucher[R]) turn(lost bool, reason error) {
	v.mu.Lock()
	if lost && !v.lost {
		v.since = time.Now()
	}
	v.lost, v.err = lost, reason
	v.turns++
	v.mu.Unlock()
	select {
	case v.wake <- struct{}{}:
	default:
	}
}

// Run asks clients while it is needed, until ctx ends.
func (v *Voucher[R]) Run(ctx context.Context) {
	settled := uint64(0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-v.wake:
		}
		// Round after round, until a whole one has been made since the node was sure.
		for state := v.State(); state.Turns != settled; {
			if !v.wheel.Round(ctx, Period, minStep, v.ask) {
				return
			}
			if !state.Lost {
				settled = state.Turns
			}
			state = v.State()
		}
	}
}
