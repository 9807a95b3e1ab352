package node

import (
	"context"
	"time"

	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
)

const (
	defaultSweepInterval = 30 * time.Second
	// lostSweepInterval is the same while the bus is lost, and can't tell of revocations.
	lostSweepInterval = time.Second
	// seatsEvery is with which sweep everybody's seats are looked up while the bus tells of all changes: the log's patrol finds what is
	// not heard of, and rooms' revisions are watched, so this is for what nobody has thought of, and costs a read for each user.
	seatsEvery = 10
	// sweepOverlap is how far a revocation's time may lie behind: clocks apart, slow commits.
	sweepOverlap = time.Minute
	// sweepLimit is how many sessions one query gives.
	sweepLimit = 1000
)

// sweepRevoked closes the sockets of sessions whose revocation the bus did not tell.
func (n *Node) sweepRevoked(ctx context.Context) {
	ticker := time.NewTicker(min(n.opts.SweepInterval, lostSweepInterval))
	defer ticker.Stop()
	since, turns, sweeps := time.Now(), uint64(0), 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		began, state := time.Now(), n.vouch.State()
		// Once more after the bus is back, for what was revoked just before.
		if !state.Lost && state.Turns == turns && began.Sub(since) < n.opts.SweepInterval {
			continue
		}
		if err := n.sweep(ctx, chat.TimeOf(since.Add(-sweepOverlap))); err != nil {
			if ctx.Err() == nil {
				n.log.WarnContext(ctx, "sweep of revoked sessions failed; will try again", "error", err)
			}
			continue
		}
		if sweeps++; state.Lost || state.Turns != turns || sweeps%seatsEvery == 0 {
			n.seats.everybody() // what changes seats is told by the bus, too
		}
		since, turns = began, state.Turns
	}
}

func (n *Node) sweep(ctx context.Context, since chat.Time) error {
	for {
		callCtx, cancel := context.WithTimeout(ctx, askTimeout)
		sessions, err := n.opts.Store.RevokedSince(callCtx, since, sweepLimit)
		cancel()
		if err != nil {
			return err //nolint:wrapcheck // logged by the caller
		}
		for _, s := range sessions {
			closed := n.closeSession(bus.UserChannel(s.UserID), s.ID)
			n.counts.RevokedBySweeping.Add(float64(closed))
		}
		if len(sessions) < sweepLimit {
			return nil
		}
		last := sessions[len(sessions)-1].RevokedAt
		// More of one millisecond than a query gives: they would come again for ever.
		since = max(last, since+1)
	}
}
