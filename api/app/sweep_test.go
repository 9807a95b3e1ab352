package app

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
)

// swept is a store that notes how it is swept.
type swept struct {
	mu      sync.Mutex
	since   []time.Duration // before now; guarded by mu, as are the others
	cleaned []time.Duration // before now
	fails   bool
	last    chat.Time // set before it is used
	uploads int
}

func (s *swept) Sweep(context.Context) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.uploads++
	if s.fails {
		return 0, errors.New("away")
	}
	return 1, nil
}

func (s *swept) LastEntryAt(context.Context) (chat.Time, error) { return s.last, nil }

func (s *swept) Heal(_ context.Context, since chat.Time) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.since = append(s.since, time.Since(since.Std()))
	if s.fails {
		return 0, errors.New("away")
	}
	return 1, nil
}

func (s *swept) DeleteSessions(_ context.Context, before chat.Time) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cleaned = append(s.cleaned, time.Since(before.Std()))
	return 1, nil
}

func (s *swept) DeleteExpiredLinks(context.Context, chat.Time) (int64, error) { return 0, nil }
func (s *swept) DeleteInvites(context.Context, chat.Time) (int64, error)      { return 0, nil }

func (s *swept) Reindex(context.Context, int) (int, error) { return 0, nil }

func (s *swept) fail(fails bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fails = fails
}

// healed is how far back the heals went, cleaned how old what was cleaned.
func (s *swept) seen() (healed, cleaned []time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.since), slices.Clone(s.cleaned)
}

func TestSweeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, registry := &swept{}, prometheus.NewRegistry()
		s := newSweeper(sweeperOptions{
			store: store, uploads: store, kept: time.Hour, log: slog.New(slog.DiscardHandler), now: time.Now, registry: registry,
		})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); s.run(ctx) }()
		lastHeal := func() (count int, back time.Duration) {
			synctest.Wait()
			healed, _ := store.seen()
			return len(healed), healed[len(healed)-1]
		}
		const pause = healInterval * 6 / 5 // at most
		count, back := lastHeal()
		require.Equal(t, 1, count, "at once after the start")
		require.InDelta(t, healFirst, back, float64(time.Millisecond))

		time.Sleep(pause)
		count, back = lastHeal()
		require.Equal(t, 2, count)
		require.Less(t, back, healOverlap+pause+time.Second)

		// What a failing sweep did not see, the next good one does.
		store.fail(true)
		time.Sleep(10 * time.Minute)
		failed, _ := lastHeal()
		store.fail(false)
		time.Sleep(pause) // for one at least: there may be two
		synctest.Wait()
		healed, _ := store.seen()
		require.Greater(t, healed[failed], 10*time.Minute)
		time.Sleep(pause)
		_, back = lastHeal()
		require.Less(t, back, healOverlap+2*pause)

		time.Sleep(cleanInterval * 6 / 5)
		synctest.Wait()
		_, cleaned := store.seen()
		require.NotEmpty(t, cleaned)
		require.InDelta(t, keepSessions, cleaned[0], float64(time.Millisecond))
		require.Positive(t, testutil.ToFloat64(s.healed))
		cancel()
		<-done
	})
}

// A server that died with something undone is healed also if nobody starts it again for a week.
func TestTheFirstHealReachesBackBehindTheLatestEntry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const away = 7 * 24 * time.Hour
		store := &swept{last: chat.TimeOf(time.Now())}
		time.Sleep(away)
		s := newSweeper(sweeperOptions{store: store, uploads: store, kept: time.Hour, log: slog.New(slog.DiscardHandler), now: time.Now})
		s.heal(t.Context())
		s.heal(t.Context())
		healed, _ := store.seen()
		require.Len(t, healed, 2)
		require.InDelta(t, away+healFirst, healed[0], float64(time.Millisecond))
		require.InDelta(t, healOverlap, healed[1], float64(time.Millisecond))
	})
}

func TestUploadsAreSweptAfterAHeal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &swept{fails: true}
		s := newSweeper(sweeperOptions{
			store: store, uploads: store, kept: time.Minute, log: slog.New(slog.DiscardHandler), now: time.Now, registry: prometheus.NewRegistry(),
		})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); s.run(ctx) }()
		count := func() int {
			synctest.Wait()
			store.mu.Lock()
			defer store.mu.Unlock()
			return store.uploads
		}
		time.Sleep(time.Hour)
		require.Zero(t, count(), "what shows a picture may not be derived yet")
		store.fail(false)
		time.Sleep(10 * time.Minute)
		require.Greater(t, count(), 5, "as often as the shortest time for which they are kept")
		cancel()
		<-done
	})
}
