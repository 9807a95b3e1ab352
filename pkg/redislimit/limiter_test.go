package redislimit_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/limittest"
	"github.com/parley-chat/parley/pkg/ratelimit"
	"github.com/parley-chat/parley/pkg/redislimit"
	"github.com/parley-chat/parley/pkg/redistest"
)

func TestContract(t *testing.T) {
	s := redistest.Start(t)
	limittest.Run(t, func(t *testing.T) limittest.Limiter {
		t.Helper()
		return redislimit.New(s.Client(t))
	})
}

func TestContractOnACluster(t *testing.T) {
	c := redistest.StartCluster(t)
	limittest.Run(t, func(t *testing.T) limittest.Limiter {
		t.Helper()
		return redislimit.New(c.Client(t))
	})
}

func TestNodesCountTogether(t *testing.T) {
	ctx := context.Background()
	s := redistest.Start(t)
	a, b := redislimit.New(s.Client(t)), redislimit.New(s.Client(t))
	limit := ratelimit.Limit{Name: "message", PerMinute: 1, Burst: 2}
	for i, want := range []bool{true, true, false, false} {
		l := []*redislimit.Limiter{a, b}[i%2]
		d, err := l.Allow(ctx, limit, "u")
		require.NoError(t, err)
		require.Equal(t, want, d.Allowed)
	}
}

func TestABucketExpiresWhenItIsFull(t *testing.T) {
	ctx := context.Background()
	s := redistest.Start(t)
	client := s.Client(t)
	d, err := redislimit.New(client).Allow(ctx, ratelimit.Limit{Name: "message", PerMinute: 10, Burst: 10}, "u")
	require.NoError(t, err)
	require.Equal(t, 6*time.Second, d.ResetAfter)
	ttl, err := client.PTTL(ctx, "ratelimit:message:u").Result()
	require.NoError(t, err)
	require.Positive(t, ttl)
	require.LessOrEqual(t, ttl, 6*time.Second)
}

func TestErrorsOfADeadServer(t *testing.T) {
	s := redistest.Start(t)
	l := redislimit.New(s.Client(t))
	s.Kill(t)
	_, err := l.Allow(context.Background(), ratelimit.Limit{Name: "message", PerMinute: 1, Burst: 1}, "u")
	require.Error(t, err)
}

func BenchmarkAllow(b *testing.B) {
	s := redistest.Start(b)
	l := redislimit.New(s.Client(b))
	limit := ratelimit.Limit{Name: "message", PerMinute: 10, Burst: 10}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		_, err := l.Allow(context.Background(), limit, strconv.Itoa(i%1000))
		require.NoError(b, err)
	}
}
