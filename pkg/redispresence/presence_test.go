package redispresence_test

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/presence"
	"github.com/parley-chat/parley/pkg/presencetest"
	"github.com/parley-chat/parley/pkg/redispresence"
	"github.com/parley-chat/parley/pkg/redistest"
)

const patience = 30 * time.Second

// opts have a lease that no test outlives.
var opts = redispresence.Options{NodeTTL: presencetest.NodeTTL, Lease: time.Hour}

func TestContract(t *testing.T) {
	presencetest.Run(t, func(t *testing.T) func() presencetest.Presence {
		t.Parallel()
		s := redistest.Start(t)
		return func() presencetest.Presence { return redispresence.New(s.Client(t), opts) }
	})
}

func TestContractOnACluster(t *testing.T) {
	c := redistest.StartCluster(t)
	presencetest.Run(t, func(t *testing.T) func() presencetest.Presence {
		require.NoError(t, c.Client(t).(*redis.ClusterClient).ForEachMaster(context.Background(),
			func(ctx context.Context, node *redis.Client) error { return node.FlushAll(ctx).Err() }))
		return func() presencetest.Presence { return redispresence.New(c.Client(t), opts) }
	})
}

func newUsers(n int) []chat.UserID {
	users := make([]chat.UserID, n)
	for i := range users {
		users[i] = chat.NewID[chat.UserID]()
	}
	return users
}

func join(t testing.TB, p *redispresence.Presence, node presence.Node, users ...chat.UserID) []chat.UserID {
	t.Helper()
	came, err := p.Join(context.Background(), node, users...)
	require.NoError(t, err)
	return came
}

// reap calls Reap until it finds somebody.
func reap(t *testing.T, p *redispresence.Presence) []chat.UserID {
	t.Helper()
	var went []chat.UserID
	require.Eventually(t, func() bool {
		states, err := p.Reap(context.Background())
		require.NoError(t, err)
		for u, state := range states {
			require.Equal(t, presence.Offline, state)
			went = append(went, u)
		}
		return len(went) > 0
	}, patience, 20*time.Millisecond)
	return went
}

func TestAnEmptiedServerIsNoticed(t *testing.T) {
	ctx := context.Background()
	s := redistest.Start(t)
	client := s.Client(t)
	tests := map[string]func(t *testing.T){
		"flushed":   func(t *testing.T) { t.Helper(); require.NoError(t, client.FlushAll(ctx).Err()) },
		"restarted": func(t *testing.T) { t.Helper(); s.Restart(t) },
		"its set alone": func(t *testing.T) {
			t.Helper()
			require.NoError(t, client.Del(ctx, "presence:node:a").Err())
		},
	}
	for name, empty := range tests {
		t.Run(name, func(t *testing.T) {
			p, users := redispresence.New(client, redispresence.Options{}), newUsers(3)
			require.NoError(t, p.Beat(ctx, "a"))
			join(t, p, "a", users...)
			require.NoError(t, p.Beat(ctx, "a"))

			empty(t)
			// A user who comes before the beat makes the set anew, which must not pass for the whole.
			late := newUsers(1)[0]
			require.Equal(t, []chat.UserID{late}, join(t, p, "a", late))
			require.ErrorIs(t, p.Beat(ctx, "a"), presence.ErrForgotten)
			require.ElementsMatch(t, users, join(t, p, "a", append(users, late)...))
			require.NoError(t, p.Beat(ctx, "a"))
		})
	}
}

// TestAfterALossNobodyIsCalledOffline: what is not known yet is not told, neither before the others have come back nor
// while they do.
func TestAfterALossNobodyIsCalledOffline(t *testing.T) {
	ctx := context.Background()
	s := redistest.Start(t)
	a, b := redispresence.New(s.Client(t), opts), redispresence.New(s.Client(t), opts)
	ann, bob := newUsers(1)[0], newUsers(1)[0]
	join(t, a, "a", ann)
	join(t, b, "b", ann, bob)
	require.NoError(t, s.Client(t).FlushAll(ctx).Err())
	unknown := func() {
		_, err := a.States(ctx, bob)
		require.ErrorIs(t, err, presence.ErrUnsettled)
		_, err = a.States(ctx, append(newUsers(1000), bob)...)
		require.ErrorIs(t, err, presence.ErrUnsettled)
		_, err = a.Leave(ctx, "a", ann)
		require.ErrorIs(t, err, presence.ErrUnsettled)
	}
	unknown()
	require.ErrorIs(t, a.Beat(ctx, "a"), presence.ErrForgotten)
	require.NoError(t, a.Beat(ctx, "a"), "that it is not known yet is no reason to join again")
	unknown()
	require.ErrorIs(t, b.Beat(ctx, "b"), presence.ErrForgotten)
	join(t, b, "b", ann, bob)
	require.Eventually(t, func() bool {
		require.NoError(t, b.Beat(ctx, "b"))
		states, err := a.States(ctx, bob)
		return err == nil && states[bob] == presence.Online
	}, patience, 20*time.Millisecond)
	went, err := a.Leave(ctx, "a", ann)
	require.NoError(t, err)
	require.Equal(t, presence.Online, went[ann], "b has her")
}

func TestNothingIsLostIfTheReaperDies(t *testing.T) {
	ctx := context.Background()
	s := redistest.Start(t)
	client := s.Client(t)
	short := redispresence.Options{NodeTTL: 300 * time.Millisecond, Lease: 500 * time.Millisecond}
	users := newUsers(2500)
	join(t, redispresence.New(client, short), "dead", users...)

	first, second := redispresence.New(client, short), redispresence.New(client, short)
	require.Len(t, reap(t, first), len(users))
	// The first does not come back to confirm in time.
	require.Len(t, reap(t, second), len(users))
	again, err := second.Reap(ctx)
	require.NoError(t, err)
	require.Empty(t, again)
	keys, err := client.Keys(ctx, "*").Result()
	require.NoError(t, err)
	require.Equal(t, []string{"presence:nodes:begun"}, keys, "a buried node leaves nothing")

	again, err = first.Reap(ctx)
	require.NoError(t, err, "a late confirmation does no harm")
	require.Empty(t, again)
}

func TestANodeThatComesBackWhileItIsReapedKeepsItsUsers(t *testing.T) {
	ctx := context.Background()
	s := redistest.Start(t)
	client := s.Client(t)
	sleeper, reaper := redispresence.New(client, opts), redispresence.New(client, opts)
	users := newUsers(5)
	join(t, sleeper, "a", users...)
	require.ElementsMatch(t, users, reap(t, reaper))

	require.ErrorIs(t, sleeper.Beat(ctx, "a"), presence.ErrForgotten)
	join(t, sleeper, "a", users...)
	went, err := reaper.Reap(ctx)
	require.NoError(t, err)
	require.Empty(t, went)
	require.NoError(t, sleeper.Beat(ctx, "a"), "not buried alive")
	states, err := reaper.States(ctx, users...)
	require.NoError(t, err)
	for _, u := range users {
		require.Equal(t, presence.Online, states[u])
	}
}

func TestAfterAFailureTheNodeJoinsAgain(t *testing.T) {
	s := redistest.Start(t)
	p := redispresence.New(s.Client(t), redispresence.Options{})
	users := newUsers(2)
	join(t, p, "a", users...)
	short, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	s.Pause(t)
	_, err := p.Leave(short, "a", users[0])
	require.Error(t, err)
	s.Resume(t)

	// Meanwhile the user has come back, and whether the leave is done before or after is up to the server.
	join(t, p, "a", users[0])
	ctx := context.Background()
	require.ErrorIs(t, p.Beat(ctx, "a"), presence.ErrForgotten)
	join(t, p, "a", users...)
	require.NoError(t, p.Beat(ctx, "a"))
	states, err := p.States(ctx, users...)
	require.NoError(t, err)
	require.Equal(t, map[chat.UserID]presence.State{users[0]: presence.Online, users[1]: presence.Online}, states)
}

func TestSetsExpire(t *testing.T) {
	ctx := context.Background()
	s := redistest.Start(t)
	client := s.Client(t)
	p := redispresence.New(client, redispresence.Options{})
	join(t, p, "a", newUsers(1)...)
	require.NoError(t, client.Persist(ctx, "presence:node:a").Err())
	require.NoError(t, p.Beat(ctx, "a"))
	ttl, err := client.PTTL(ctx, "presence:node:a").Result()
	require.NoError(t, err)
	require.Greater(t, ttl, presence.SetTTL-patience)
	require.LessOrEqual(t, ttl, presence.SetTTL)
}

func TestErrorsOfADeadServer(t *testing.T) {
	ctx := context.Background()
	s := redistest.Start(t)
	p := redispresence.New(s.Client(t), redispresence.Options{})
	s.Kill(t)
	calls := map[string]func() error{
		"join":   func() error { _, err := p.Join(ctx, "a", "u"); return err },
		"idle":   func() error { _, err := p.Idle(ctx, "a", "u"); return err },
		"leave":  func() error { _, err := p.Leave(ctx, "a", "u"); return err },
		"beat":   func() error { return p.Beat(ctx, "a") },
		"states": func() error { _, err := p.States(ctx, "u"); return err },
		"many":   func() error { _, err := p.States(ctx, newUsers(1000)...); return err },
		"reap":   func() error { _, err := p.Reap(ctx); return err },
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			err := call()
			require.Error(t, err)
			require.NotErrorIs(t, err, presence.ErrForgotten)
			require.NotErrorIs(t, err, redis.Nil)
		})
	}
}

func BenchmarkJoinLeave(b *testing.B) {
	s := redistest.Start(b)
	p := redispresence.New(s.Client(b), redispresence.Options{})
	u := newUsers(1)[0]
	for b.Loop() {
		join(b, p, "a", u)
		_, err := p.Leave(context.Background(), "a", u)
		require.NoError(b, err)
	}
}
