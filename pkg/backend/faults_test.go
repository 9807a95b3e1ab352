package backend_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/backend"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/bustest"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/config"
	"github.com/parley-chat/parley/pkg/faultwire"
	"github.com/parley-chat/parley/pkg/presence"
	"github.com/parley-chat/parley/pkg/ratelimit"
	"github.com/parley-chat/parley/pkg/redistest"
)

const (
	patience = 30 * time.Second
	node     = presence.Node("g1")
	// maxWait is what a request may wait for a Redis that is known to be dead, or slow.
	maxWait = 50 * time.Millisecond
)

// rig is a backend as a process has it, with somebody online, and what its subscriber hears.
type rig struct {
	*backend.Backend
	heard   *bustest.Recorder
	channel bus.Channel
	user    chat.UserID
	// direct reaches the server that is asked now, whatever becomes of the backend's own client.
	direct func() redis.UniversalClient
}

func newRig(t *testing.T, url string, direct func() redis.UniversalClient) *rig {
	t.Helper()
	ctx := context.Background()
	b, err := backend.Open(ctx, backend.Options{
		Common: config.Common{DatabaseURL: "sqlite:" + filepath.Join(t.TempDir(), "p.db"), RedisURL: url, NodeID: "test"},
		Log:    slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	r := &rig{Backend: b, heard: bustest.NewRecorder(), user: chat.NewID[chat.UserID](), direct: direct}
	r.channel = bus.UserChannel(r.user)
	sub := b.Subscribe(r.heard)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		require.NoError(t, sub.Close(ctx))
		require.NoError(t, b.Close(ctx))
	})
	require.NoError(t, sub.Subscribe(ctx, r.channel))
	r.works(t)
	return r
}

func (r *rig) eventually(t *testing.T, cond func() bool, what string) {
	t.Helper()
	require.Eventually(t, cond, patience, 20*time.Millisecond, what)
}

// flows expects messages to come through.
func (r *rig) flows(t *testing.T) {
	t.Helper()
	before := r.heard.Total()
	r.eventually(t, func() bool {
		r.Publisher.Publish(bus.Message{Channel: r.channel, Payload: []byte("x")})
		return r.heard.Total() > before
	}, "messages don't come through")
}

// works expects all that Redis is for to be as on a good day.
func (r *rig) works(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	r.flows(t)
	r.eventually(t, func() bool {
		limit := ratelimit.Limit{Name: "shared", PerMinute: 1, Burst: 1}
		id := string(chat.NewID[chat.UserID]())
		_, err := r.Limiter.Allow(ctx, limit, id)
		require.NoError(t, err)
		return r.direct().Exists(ctx, limit.Key(id)).Val() == 1
	}, "limits are not shared")
	r.eventually(t, func() bool {
		// As a gateway does: beat, and join again when that is asked for or a join has failed.
		if r.Presence.Beat(ctx, node) != nil {
			_, _ = r.Presence.Join(ctx, node, r.user)
			return false
		}
		_, joinErr := r.Presence.Join(ctx, node, r.user)
		states, err := r.Presence.States(ctx, r.user)
		return joinErr == nil && err == nil && states[r.user] == presence.Online
	}, "presence is not known")
	r.eventually(t, func() bool { return !r.heard.Down() }, "subscriptions do not recover")
	r.eventually(t, func() bool { return r.Publisher.Healthy() == nil }, "publishing does not recover")
}

// limitsLocally expects limits to be kept by this process, and nobody to wait for that.
func (r *rig) limitsLocally(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	limit := ratelimit.Limit{Name: "local", PerMinute: 1, Burst: 2}
	decide := func(id string) bool {
		d, err := r.Limiter.Allow(ctx, limit, id)
		require.NoError(t, err)
		return d.Allowed
	}
	for range 10 { // until it is known
		decide("anybody")
	}
	const questions = 200
	began := time.Now()
	allowed := 0
	for range questions {
		if decide("one") {
			allowed++
		}
	}
	require.Less(t, time.Since(began), questions*maxWait/4, "they wait")
	require.Equal(t, 2, allowed, "the limit holds, here at least")
}

// presenceIsQuick expects an answer at once that is no guess: an error, or what is so.
func (r *rig) presenceIsQuick(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	r.eventually(t, func() bool {
		began := time.Now()
		states, err := r.Presence.States(ctx, r.user)
		require.True(t, err != nil || states[r.user] == presence.Online, "a user is called offline who is not")
		return err != nil && time.Since(began) < maxWait
	}, "who asks for presence waits")
	const questions = 100
	began := time.Now()
	for range questions {
		states, err := r.Presence.States(ctx, r.user)
		require.True(t, err != nil || states[r.user] == presence.Online)
	}
	require.Less(t, time.Since(began), questions*maxWait)
}

// publishingIsFree expects publishing not to wait for anything.
func (r *rig) publishingIsFree(t *testing.T) {
	t.Helper()
	began := time.Now()
	for range 1000 {
		r.Publisher.Publish(bus.Message{Channel: r.channel, Payload: []byte("y")})
	}
	require.Less(t, time.Since(began), 5*time.Second)
}

// TestRedisFails does to Redis what happens in production, to the adapters as a process wires them.
func TestRedisFails(t *testing.T) {
	faults := map[string]struct{ breaks, heals func(*redistest.Server) }{
		"it crashes, and comes back empty": {func(s *redistest.Server) { s.Kill(t) }, func(s *redistest.Server) { s.Restart(t) }},
		"it hangs":                         {func(s *redistest.Server) { s.Pause(t) }, func(s *redistest.Server) { s.Resume(t) }},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			s := redistest.Start(t)
			client := s.Client(t)
			r := newRig(t, s.URL(), func() redis.UniversalClient { return client })
			fault.breaks(s)
			r.publishingIsFree(t)
			r.limitsLocally(t)
			r.presenceIsQuick(t)
			r.eventually(t, func() bool { lost, _ := r.heard.Breaks(); return lost > 0 }, "the subscriber does not notice")
			r.eventually(t, func() bool { return r.Publisher.Healthy() != nil }, "the publisher does not notice")
			fault.heals(s)
			r.works(t)
		})
	}
}

func TestRedisIsEmptied(t *testing.T) {
	ctx := context.Background()
	s := redistest.Start(t)
	client := s.Client(t)
	r := newRig(t, s.URL(), func() redis.UniversalClient { return client })
	require.NoError(t, client.FlushAll(ctx).Err())
	_, err := r.Presence.States(ctx, r.user)
	require.ErrorIs(t, err, presence.ErrUnsettled)
	r.flows(t)
	r.works(t)
	lost, _ := r.heard.Breaks()
	require.Zero(t, lost, "the bus has no state to lose")
}

// TestRedisTakesNoWrites: the bus needs none; limits go local; presence says that it can't be kept.
func TestRedisTakesNoWrites(t *testing.T) {
	ctx := context.Background()
	s := redistest.Start(t)
	client := s.Client(t)
	r := newRig(t, s.URL(), func() redis.UniversalClient { return client })
	require.NoError(t, client.ConfigSet(ctx, "maxmemory", "1").Err())
	r.flows(t)
	r.limitsLocally(t)
	require.Error(t, r.Presence.Beat(ctx, node), "by which the gateway knows that what it reads is old")
	require.NoError(t, client.ConfigSet(ctx, "maxmemory", "0").Err())
	r.works(t)
	lost, _ := r.heard.Breaks()
	require.Zero(t, lost)
}

// TestRedisIsSlow: what can wait still works, what can't does without.
func TestRedisIsSlow(t *testing.T) {
	ctx := context.Background()
	s := redistest.Start(t)
	client := s.Client(t)
	slow, err := faultwire.New()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, slow.Close()) })
	slow.LeadTo(s.Addr)
	r := newRig(t, "redis://"+slow.Addr(), func() redis.UniversalClient { return client })
	slow.Set(faultwire.State{Delay: 100 * time.Millisecond}) // each way
	r.publishingIsFree(t)
	r.limitsLocally(t)
	r.flows(t)
	states, err := r.Presence.States(ctx, r.user)
	require.NoError(t, err, "slow is not dead")
	require.Equal(t, presence.Online, states[r.user])
	slow.Set(faultwire.State{})
	r.works(t)
}

// TestRedisFailsOver is a master that dies, and a replica that a sentinel puts in its place.
func TestRedisFailsOver(t *testing.T) {
	master := redistest.Start(t)
	replica := redistest.StartReplica(t, master)
	sentinel := redistest.StartSentinel(t, master, "main")
	first, second := master.Client(t), replica.Client(t)
	now := first
	r := newRig(t, "redis+sentinel://"+sentinel.Addr+"/main", func() redis.UniversalClient { return now })
	require.Eventually(t, func() bool {
		return second.Exists(context.Background(), "presence:nodes").Val() == 1
	}, patience, 20*time.Millisecond, "the replica has nothing")
	master.Kill(t)
	r.publishingIsFree(t)
	r.limitsLocally(t)
	now = second
	r.works(t)
	lost, _ := r.heard.Breaks()
	require.Positive(t, lost)
}
