// Package limittest holds the contract of rate limits: what every adapter must do, as tests that each of them runs.
package limittest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/ratelimit"
)

const patience = 20 * time.Second

// Limiter is the port.
type Limiter interface {
	Allow(ctx context.Context, limit ratelimit.Limit, id string) (ratelimit.Decision, error)
}

// Run holds an adapter to the contract. newLimiter may return the same limiter each time.
func Run(t *testing.T, newLimiter func(t *testing.T) Limiter) {
	tests := []struct {
		name string
		run  func(t *testing.T, l Limiter)
	}{
		{"a full bucket gives its burst, then refuses", testBurst},
		{"a token comes back after RetryAfter", testRefill},
		{"names and ids have buckets of their own", testKeys},
		{"no rate is no limit", testUnlimited},
		{"a burst below one counts as one", testSmallBurst},
		{"a limit that shrinks holds at once", testShrink},
		{"a slow limit is exact", testSlow},
		{"many at once get no token more", testConcurrency},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(t, newLimiter(t)) })
	}
}

// newID keeps tests apart that share a store.
func newID() string { return string(chat.NewID[chat.UserID]()) }

func allow(t testing.TB, l Limiter, limit ratelimit.Limit, id string) ratelimit.Decision {
	t.Helper()
	d, err := l.Allow(context.Background(), limit, id)
	require.NoError(t, err)
	require.Equal(t, d.Allowed, d.RetryAfter == 0, "RetryAfter is for refusals: %+v", d)
	return d
}

func testBurst(t *testing.T, l Limiter) {
	limit, id := ratelimit.Limit{Name: "burst", PerMinute: 1, Burst: 3}, newID()
	for left := 2; left >= 0; left-- {
		d := allow(t, l, limit, id)
		require.True(t, d.Allowed)
		require.Equal(t, 3, d.Limit)
		require.Equal(t, left, d.Remaining)
		missing := time.Duration(3-left) * time.Minute
		require.LessOrEqual(t, d.ResetAfter, missing)
		require.Greater(t, d.ResetAfter, missing-patience)
	}
	for range 5 {
		d := allow(t, l, limit, id)
		require.False(t, d.Allowed)
		require.Equal(t, 3, d.Limit)
		require.Zero(t, d.Remaining)
		require.LessOrEqual(t, d.RetryAfter, time.Minute, "a refusal costs nothing")
		require.Greater(t, d.RetryAfter, time.Minute-patience)
		require.Greater(t, d.ResetAfter, 3*time.Minute-patience)
	}
}

func testRefill(t *testing.T, l Limiter) {
	limit, id := ratelimit.Limit{Name: "refill", PerMinute: 300, Burst: 2}, newID()
	var d ratelimit.Decision
	require.Eventually(t, func() bool { d = allow(t, l, limit, id); return !d.Allowed }, patience, time.Millisecond)
	require.LessOrEqual(t, d.RetryAfter, 200*time.Millisecond)
	time.Sleep(d.RetryAfter)
	require.Eventually(t, func() bool { return allow(t, l, limit, id).Allowed }, patience, time.Millisecond)
}

func testKeys(t *testing.T, l Limiter) {
	limit, id := ratelimit.Limit{Name: "one", PerMinute: 1, Burst: 1}, newID()
	require.True(t, allow(t, l, limit, id).Allowed)
	require.False(t, allow(t, l, limit, id).Allowed)
	require.True(t, allow(t, l, limit, newID()).Allowed)
	limit.Name = "two"
	require.True(t, allow(t, l, limit, id).Allowed)
}

func testUnlimited(t *testing.T, l Limiter) {
	id := newID()
	for range 100 {
		require.True(t, allow(t, l, ratelimit.Limit{Name: "none", Burst: 10}, id).Allowed)
	}
}

func testSmallBurst(t *testing.T, l Limiter) {
	limit, id := ratelimit.Limit{Name: "small", PerMinute: 1}, newID()
	d := allow(t, l, limit, id)
	require.True(t, d.Allowed)
	require.Equal(t, 1, d.Limit)
	require.False(t, allow(t, l, limit, id).Allowed)
}

func testShrink(t *testing.T, l Limiter) {
	id := newID()
	large := ratelimit.Limit{Name: "shrink", PerMinute: 1, Burst: 100}
	for range 90 {
		require.True(t, allow(t, l, large, id).Allowed)
	}
	small := ratelimit.Limit{Name: "shrink", PerMinute: 1, Burst: 5}
	d := allow(t, l, small, id)
	require.False(t, d.Allowed)
	require.LessOrEqual(t, d.RetryAfter, time.Minute, "the bucket is empty, not in debt")
}

func testSlow(t *testing.T, l Limiter) {
	limit, id := ratelimit.Limit{Name: "slow", PerMinute: 1.0 / 60, Burst: 1}, newID()
	require.True(t, allow(t, l, limit, id).Allowed)
	d := allow(t, l, limit, id)
	require.False(t, d.Allowed)
	require.LessOrEqual(t, d.RetryAfter, time.Hour)
	require.Greater(t, d.RetryAfter, time.Hour-patience)
}

func testConcurrency(t *testing.T, l Limiter) {
	const burst = 50
	limit, id := ratelimit.Limit{Name: "race", PerMinute: 0.01, Burst: burst}, newID()
	var allowed atomic.Int64
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			for range 20 {
				d, err := l.Allow(context.Background(), limit, id)
				if err != nil {
					t.Errorf("allow: %v", err)
				} else if d.Allowed {
					allowed.Add(1)
				}
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, burst, allowed.Load())
}
