package failoverlimit_test

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/failoverlimit"
	"github.com/parley-chat/parley/pkg/limittest"
	"github.com/parley-chat/parley/pkg/memorylimit"
	"github.com/parley-chat/parley/pkg/ratelimit"
	"github.com/parley-chat/parley/pkg/redislimit"
	"github.com/parley-chat/parley/pkg/redistest"
)

var limit = ratelimit.Limit{Name: "message", PerMinute: 60, Burst: 1000}

// fake is a primary whose answers tests choose. Its decisions are known by their Limit of 7.
type fake struct {
	asked atomic.Int64
	err   error
	hangs bool
}

func (f *fake) Allow(ctx context.Context, _ ratelimit.Limit, _ string) (ratelimit.Decision, error) {
	f.asked.Add(1)
	if f.hangs {
		<-ctx.Done()
		return ratelimit.Decision{}, ctx.Err()
	}
	return ratelimit.Decision{Allowed: true, Limit: 7}, f.err
}

func newFailover(primary failoverlimit.Limiter) *failoverlimit.Failover {
	return failoverlimit.New(primary, memorylimit.New(memorylimit.Options{}), failoverlimit.Options{Logger: slog.New(slog.DiscardHandler)})
}

// ask tells whether the primary decided, and how long it took.
func ask(t *testing.T, f *failoverlimit.Failover) (primary bool, took time.Duration) {
	t.Helper()
	start := time.Now()
	d, err := f.Allow(context.Background(), limit, "u")
	require.NoError(t, err)
	require.True(t, d.Allowed, "never refused because the primary is down")
	return d.Limit == 7, time.Since(start)
}

func TestContractWhileThePrimaryIsDead(t *testing.T) {
	limittest.Run(t, func(*testing.T) limittest.Limiter { return newFailover(&fake{err: errors.New("dead")}) })
}

func TestContractWhileThePrimaryLives(t *testing.T) {
	limittest.Run(t, func(*testing.T) limittest.Limiter { return newFailover(memorylimit.New(memorylimit.Options{})) })
}

func TestAHangingPrimaryCostsLittleAndThenNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &fake{hangs: true}
		f := newFailover(p)
		for range 3 {
			primary, took := ask(t, f)
			require.False(t, primary)
			require.Equal(t, failoverlimit.DefaultTimeout, took)
		}
		for range 100 {
			primary, took := ask(t, f)
			require.False(t, primary)
			require.Zero(t, took)
		}
		require.EqualValues(t, 3, p.asked.Load(), "known dead, not asked")
	})
}

func TestThePrimaryIsTakenBackByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &fake{err: errors.New("dead")}
		f := newFailover(p)
		for range 10 {
			ask(t, f)
		}
		time.Sleep(failoverlimit.DefaultRetryAfter + time.Millisecond)
		primary, _ := ask(t, f)
		require.False(t, primary)
		require.EqualValues(t, 4, p.asked.Load(), "one tries")
		ask(t, f)
		require.EqualValues(t, 4, p.asked.Load(), "still dead")

		p.err = nil
		time.Sleep(failoverlimit.DefaultRetryAfter + time.Millisecond)
		for range 3 {
			primary, _ = ask(t, f)
			require.True(t, primary)
		}
	})
}

func TestOneHiccupIsNoDeath(t *testing.T) {
	p := &fake{err: errors.New("hiccup")}
	f := newFailover(p)
	ask(t, f)
	p.err = nil
	primary, _ := ask(t, f)
	require.True(t, primary)
}

func TestACallerWhoGoesIsNotThePrimarysFault(t *testing.T) {
	p := &fake{hangs: true}
	f := newFailover(p)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for range 20 {
		_, err := f.Allow(ctx, limit, "u")
		require.NoError(t, err)
	}
	p.hangs = false
	primary, _ := ask(t, f)
	require.True(t, primary)
}

func TestCountsWhichWasUsed(t *testing.T) {
	reg := prometheus.NewRegistry()
	p := &fake{}
	f := failoverlimit.New(p, memorylimit.New(memorylimit.Options{}), failoverlimit.Options{Registerer: reg})
	ask(t, f)
	ask(t, f)
	p.err = errors.New("dead")
	ask(t, f)
	got, err := reg.Gather()
	require.NoError(t, err)
	counts := map[string]float64{}
	for _, family := range got {
		counts[family.GetName()] = family.GetMetric()[0].GetCounter().GetValue()
	}
	require.Equal(t, map[string]float64{"parley_ratelimit_shared_total": 2, "parley_ratelimit_fallback_total": 1}, counts)
	problems, err := testutil.GatherAndLint(reg)
	require.NoError(t, err)
	require.Empty(t, problems)
}

func TestARealServerThatHangsAndComesBack(t *testing.T) {
	s := redistest.Start(t)
	reg := prometheus.NewRegistry()
	f := failoverlimit.New(redislimit.New(s.Client(t)), memorylimit.New(memorylimit.Options{}), failoverlimit.Options{
		RetryAfter: 50 * time.Millisecond, Registerer: reg,
	})
	local := ratelimit.Limit{Name: "local", PerMinute: 1, Burst: 1}
	allowed := func(id string) bool {
		d, err := f.Allow(context.Background(), local, id)
		require.NoError(t, err)
		return d.Allowed
	}

	shared := s.Client(t)
	// The first connections may take their time on a busy machine.
	reaches := func(id string) {
		require.Eventually(t, func() bool {
			allowed(id)
			n, err := shared.Exists(context.Background(), local.Key(id)).Result()
			return err == nil && n == 1
		}, 20*time.Second, 10*time.Millisecond, "the server is not asked")
	}
	reaches("first")

	s.Pause(t)
	require.True(t, allowed("a"), "a hanging server refuses nobody")
	require.False(t, allowed("a"), "and the node still limits")

	s.Resume(t)
	reaches("second")
}
