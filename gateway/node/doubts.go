package node

import (
	"errors"
	"sync"
	"time"

	"github.com/parley-chat/parley/gateway/canary"
	"github.com/parley-chat/parley/pkg/bus"
)

// doubt is one reason not to trust the bus.
type doubt uint8

const (
	// down: the subscriber says so.
	down doubt = 1 << iota
	// silent: the canary does not come.
	silent
)

// doubts is all that speaks against the bus now.
type doubts struct {
	mu  sync.Mutex // guards the following, and puts what follows from them in a row
	now doubt
}

// lose makes the node read the log, until there is no doubt left.
func (n *Node) lose(d doubt, reason error) {
	n.doubts.mu.Lock()
	defer n.doubts.mu.Unlock()
	if n.doubts.now == 0 {
		n.counts.BusLost.Inc()
		n.counts.BusLosses.Inc()
		n.log.Warn("bus lost; the log is read instead", "error", reason)
	}
	n.doubts.now |= d
	n.vouch.Lost(reason)
	// After it, so that whoever takes this turn for theirs knows of the loss.
	n.presenceTurn.Add(1)
	n.tail.Lost(lostSince(reason, time.Now()))
}

// regain takes one doubt back.
func (n *Node) regain(d doubt) {
	n.doubts.mu.Lock()
	defer n.doubts.mu.Unlock()
	if n.doubts.now == 0 {
		return
	}
	if n.doubts.now &^= d; n.doubts.now != 0 {
		return
	}
	n.counts.BusLost.Dec()
	n.log.Info("bus restored", "lostFor", time.Since(n.vouch.State().Since).String())
	n.tail.Restored()
	n.vouch.Restored()
	n.wakePresence()
}

// lostSince is since when messages may be missing for a reason that is told now.
func lostSince(reason error, now time.Time) time.Time {
	var gap *bus.GapError
	var silence *canary.SilenceError
	switch {
	case errors.As(reason, &gap):
		return now.Add(-gap.Age)
	case errors.As(reason, &silence):
		return silence.Since
	default:
		return now
	}
}
