package redisguard_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-chat/parley/pkg/redisguard"
	"github.com/parley-chat/parley/pkg/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 30 * time.Second

func watch(t *testing.T, s *redistest.Server) (redis.UniversalClient, *redisguard.Guard) {
	t.Helper()
	client := s.Client(t)
	g := redisguard.Watch(client, redisguard.Options{Logger: slog.New(slog.DiscardHandler)})
	t.Cleanup(g.Close)
	require.Eventually(t, func() bool { return client.Ping(context.Background()).Err() == nil }, patience, 10*time.Millisecond)
	return client, g
}

// refused asks until the answer is ErrDown.
func refused(t *testing.T, client redis.UniversalClient) {
	t.Helper()
	require.Eventually(t, func() bool {
		return errors.Is(client.Ping(context.Background()).Err(), redisguard.ErrDown)
	}, patience, 10*time.Millisecond, "it goes on asking")
}

func TestADeadServerIsNotAskedAndTakenBack(t *testing.T) {
	ctx := context.Background()
	faults := map[string]struct{ breaks, heals func(*redistest.Server) }{
		"crashed": {func(s *redistest.Server) { s.Kill(t) }, func(s *redistest.Server) { s.Restart(t) }},
		"hung":    {func(s *redistest.Server) { s.Pause(t) }, func(s *redistest.Server) { s.Resume(t) }},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			s := redistest.Start(t)
			client, g := watch(t, s)
			fault.breaks(s)
			refused(t, client)
			// A thousand commands that each waited, however briefly, would take far longer.
			began := time.Now()
			for range 1000 {
				require.ErrorIs(t, client.Get(ctx, "k").Err(), redisguard.ErrDown)
				_, err := client.Pipelined(ctx, func(p redis.Pipeliner) error { p.Get(ctx, "k"); return nil })
				require.ErrorIs(t, err, redisguard.ErrDown)
			}
			require.Less(t, time.Since(began), 10*time.Second)
			_, down := g.Down()
			require.True(t, down)

			fault.heals(s)
			require.Eventually(t, func() bool { return client.Ping(ctx).Err() == nil }, patience, 10*time.Millisecond, "it is not taken back")
			_, down = g.Down()
			require.False(t, down)
		})
	}
}

func TestWhoCantWaitProvesNothing(t *testing.T) {
	s := redistest.Start(t)
	client, g := watch(t, s)
	s.Pause(t)
	defer s.Resume(t)
	for range 10 {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
		require.Error(t, client.Ping(ctx).Err())
		cancel()
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.Error(t, client.Ping(ctx).Err())
	_, down := g.Down()
	require.False(t, down, "it may only be slow")
}

func TestARefusalIsAnAnswer(t *testing.T) {
	ctx := context.Background()
	s := redistest.Start(t)
	client, g := watch(t, s)
	require.NoError(t, client.ConfigSet(ctx, "maxmemory", "1").Err())
	for range 10 {
		require.ErrorContains(t, client.Set(ctx, "k", "v", 0).Err(), "OOM")
	}
	require.ErrorIs(t, client.Get(ctx, "k").Err(), redis.Nil)
	_, down := g.Down()
	require.False(t, down)
}

func TestCloseEndsTheProbes(t *testing.T) {
	s := redistest.Start(t)
	client, g := watch(t, s)
	s.Kill(t)
	refused(t, client)
	g.Close()
	require.ErrorIs(t, client.Ping(context.Background()).Err(), redisguard.ErrDown)
}
