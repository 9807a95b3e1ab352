package memorylimit_test

import (
	"context"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/limittest"
	"github.com/parley-chat/parley/pkg/memorylimit"
	"github.com/parley-chat/parley/pkg/ratelimit"
)

func newLimiter(buckets int) *memorylimit.Limiter {
	return memorylimit.New(memorylimit.Options{Buckets: buckets})
}

func TestContract(t *testing.T) {
	limittest.Run(t, func(*testing.T) limittest.Limiter { return newLimiter(0) })
}

func TestExactTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, l := context.Background(), newLimiter(0)
		limit := ratelimit.Limit{Name: "message", PerMinute: 10, Burst: 2}
		want := []struct {
			pause time.Duration
			ratelimit.Decision
		}{
			{0, ratelimit.Decision{Allowed: true, Limit: 2, Remaining: 1, ResetAfter: 6 * time.Second}},
			{0, ratelimit.Decision{Allowed: true, Limit: 2, Remaining: 0, ResetAfter: 12 * time.Second}},
			{0, ratelimit.Decision{Limit: 2, RetryAfter: 6 * time.Second, ResetAfter: 12 * time.Second}},
			{5 * time.Second, ratelimit.Decision{Limit: 2, RetryAfter: time.Second, ResetAfter: 7 * time.Second}},
			{time.Second, ratelimit.Decision{Allowed: true, Limit: 2, Remaining: 0, ResetAfter: 12 * time.Second}},
			{time.Hour, ratelimit.Decision{Allowed: true, Limit: 2, Remaining: 1, ResetAfter: 6 * time.Second}},
		}
		for i, w := range want {
			time.Sleep(w.pause)
			d, err := l.Allow(ctx, limit, "u")
			require.NoError(t, err)
			require.Equal(t, w.Decision, d, "step %d", i)
		}
	})
}

func TestTheLeastRecentlyUsedBucketIsGivenUp(t *testing.T) {
	ctx, l := context.Background(), newLimiter(2)
	limit := ratelimit.Limit{Name: "message", PerMinute: 1, Burst: 1}
	allowed := func(id string) bool {
		d, err := l.Allow(ctx, limit, id)
		require.NoError(t, err)
		return d.Allowed
	}
	require.True(t, allowed("a"))
	require.True(t, allowed("b"))
	require.False(t, allowed("a"))
	require.True(t, allowed("c"), "pushes b out")
	require.False(t, allowed("a"))
	require.True(t, allowed("b"))
}

func BenchmarkAllow(b *testing.B) {
	l := newLimiter(0)
	limit := ratelimit.Limit{Name: "message", PerMinute: 10, Burst: 10}
	ids := make([]string, 1000)
	for i := range ids {
		ids[i] = strconv.Itoa(i)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		_, _ = l.Allow(context.Background(), limit, ids[i%len(ids)])
	}
}
