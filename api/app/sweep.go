package app

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/metric"
)

const (
	// healInterval is between two looks for log entries whose derived state a crash has left behind.
	healInterval = 5 * time.Second
	// healOverlap is how far a look reaches back behind the last one that went well: for clocks that differ and
	// commits that took long.
	healOverlap = time.Minute
	// healFirst is how far the first one reaches back behind the latest entry: for what all nodes' death has left behind, also
	// if that was long ago.
	healFirst = 24 * time.Hour
	// reindexInterval is between two looks for what has no search keys yet, reindexPause between two parts of such work.
	reindexInterval = 10 * time.Minute
	reindexPause    = 50 * time.Millisecond
	// reindexBatch is how many messages get their keys at once, while others wait for the database's write lock.
	reindexBatch = 200
	// cleanInterval is between two removals of sessions that have been over for keepSessions, of expired links, and of invites that
	// have been over for keepInvites: so long those who come late are told why.
	cleanInterval = time.Hour
	keepSessions  = 48 * time.Hour
	keepInvites   = 30 * 24 * time.Hour
	// uploadsInterval is between two looks for uploads that nothing refers to; where they are kept for a shorter time, that is.
	uploadsInterval = 5 * time.Minute
	// sweepTimeout bounds one sweep.
	sweepTimeout = time.Minute
)

// UploadSweep removes uploads that nothing refers to; service.Uploads does.
type UploadSweep interface {
	Sweep(ctx context.Context) (removed int, err error)
}

// sweeper mends and tidies behind the requests. Every node has one: the sweeps are idempotent.
type sweeper struct {
	sweeperOptions
	healed prometheus.Counter
	// healedUntil is the start of the last heal that went well, whole whether there was one; until then, when this node
	// started.
	healedUntil time.Time
	whole       bool
	// reindexed is how many have got their keys since all had them.
	reindexed int
}

type sweeperOptions struct {
	store   Sweepable
	uploads UploadSweep
	// kept is how long uploads are kept that nothing refers to.
	kept     time.Duration
	log      *slog.Logger
	now      func() time.Time
	registry prometheus.Registerer
}

func newSweeper(o sweeperOptions) *sweeper {
	return &sweeper{
		sweeperOptions: o, healedUntil: o.now(),
		healed: metric.Shared(o.registry, prometheus.NewCounter(prometheus.CounterOpts{
			Name: "parley_conversations_healed_total", Help: "Conversations whose state was derived again from the log after a crash.",
		})),
	}
}

// run sweeps until ctx ends.
func (s *sweeper) run(ctx context.Context) {
	uploadsInterval := min(uploadsInterval, s.kept)
	heal, clean, reindex := time.NewTimer(0), time.NewTimer(jittered(cleanInterval)), time.NewTimer(0)
	uploads := time.NewTimer(jittered(uploadsInterval))
	defer heal.Stop()
	defer reindex.Stop()
	defer clean.Stop()
	defer uploads.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-heal.C:
			s.heal(ctx)
			heal.Reset(jittered(healInterval))
		case <-reindex.C:
			reindex.Reset(s.reindex(ctx))
		case <-clean.C:
			s.clean(ctx)
			clean.Reset(jittered(cleanInterval))
		case <-uploads.C:
			s.sweepUploads(ctx)
			uploads.Reset(jittered(uploadsInterval))
		}
	}
}

// sweepUploads waits for a heal: a group that is behind its log may not show its picture yet.
func (s *sweeper) sweepUploads(ctx context.Context) {
	if !s.whole {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, sweepTimeout)
	defer cancel()
	removed, err := s.uploads.Sweep(ctx)
	s.report(ctx, "unused uploads", int64(removed), err)
}

func (s *sweeper) heal(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, sweepTimeout)
	defer cancel()
	start := s.now()
	since, err := s.healSince(ctx)
	healed := 0
	if err == nil {
		healed, err = s.store.Heal(ctx, chat.TimeOf(since))
	}
	s.healed.Add(float64(healed))
	if healed > 0 {
		s.log.InfoContext(ctx, "conversations healed", "conversations", healed)
	}
	if err != nil {
		if ctx.Err() == nil {
			s.log.WarnContext(ctx, "heal failed", "error", err)
		}
		return
	}
	s.healedUntil, s.whole = start, true
}

// healSince is the time of the oldest entries that a heal has to look at.
func (s *sweeper) healSince(ctx context.Context) (time.Time, error) {
	if s.whole {
		return s.healedUntil.Add(-healOverlap), nil
	}
	from := s.healedUntil
	last, err := s.store.LastEntryAt(ctx)
	if at := last.Std(); last != 0 && at.Before(from) {
		from = at
	}
	return from.Add(-healFirst), err
}

// reindex gives some older messages and names their search keys, and tells when to go on.
func (s *sweeper) reindex(ctx context.Context) time.Duration {
	ctx, cancel := context.WithTimeout(ctx, sweepTimeout)
	defer cancel()
	n, err := s.store.Reindex(ctx, reindexBatch)
	if err != nil && ctx.Err() == nil {
		s.log.WarnContext(ctx, "search keys not made", "error", err)
	}
	switch {
	case n > 0 && err == nil:
		s.reindexed += n
		return jittered(reindexPause)
	case s.reindexed > 0 && err == nil:
		s.log.InfoContext(ctx, "search keys made", "count", s.reindexed)
		s.reindexed = 0
	}
	return jittered(reindexInterval)
}

func (s *sweeper) clean(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, sweepTimeout)
	defer cancel()
	before := s.now()
	deleted, err := s.store.DeleteSessions(ctx, chat.TimeOf(before.Add(-keepSessions)))
	s.report(ctx, "old sessions", deleted, err)
	deleted, err = s.store.DeleteExpiredLinks(ctx, chat.TimeOf(before))
	s.report(ctx, "expired links", deleted, err)
	deleted, err = s.store.DeleteInvites(ctx, chat.TimeOf(before.Add(-keepInvites)))
	s.report(ctx, "invites", deleted, err)
}

// report logs what a sweep deleted, and why it did not delete all: it may have done both.
func (s *sweeper) report(ctx context.Context, what string, deleted int64, err error) {
	if deleted > 0 {
		s.log.InfoContext(ctx, "sweep: deleted", "what", what, "count", deleted)
	}
	if err != nil && ctx.Err() == nil {
		s.log.WarnContext(ctx, "sweep: not deleted", "what", what, "error", err)
	}
}

// jittered is d give or take a fifth, so that nodes that started together don't sweep together.
func jittered(d time.Duration) time.Duration {
	return d*4/5 + rand.N(d*2/5)
}
