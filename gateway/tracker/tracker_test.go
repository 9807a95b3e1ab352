package tracker_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-chat/parley/gateway/tracker"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/frame"
	"github.com/parley-chat/parley/pkg/memorypresence"
	"github.com/parley-chat/parley/pkg/presence"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	grace = 3 * time.Second
	// soon is longer than a change takes to be told.
	soon = 100 * time.Millisecond
)

var errDown = errors.New("down")

// world is what trackers share, and can be made to fail.
type world struct {
	*memorypresence.Presence

	mu    sync.Mutex
	err   error // of presence
	dbErr error
	calls map[string]int
	seen  map[chat.UserID]chat.Time
	told  []frame.PresenceFrame
	// afterLeave runs when the store has been told of a leave, before the tracker hears of it.
	afterLeave func()
}

func newWorld() *world {
	return &world{Presence: memorypresence.New(memorypresence.Options{}), calls: map[string]int{}, seen: map[chat.UserID]chat.Time{}}
}

func (w *world) call(name string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls[name]++
	return w.err
}

func (w *world) fail(presenceErr, dbErr error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err, w.dbErr = presenceErr, dbErr
}

func (w *world) Join(ctx context.Context, n presence.Node, ids ...chat.UserID) ([]chat.UserID, error) {
	if err := w.call("join"); err != nil {
		return nil, err
	}
	return w.Presence.Join(ctx, n, ids...)
}

func (w *world) Leave(ctx context.Context, n presence.Node, ids ...chat.UserID) ([]chat.UserID, error) {
	if err := w.call("leave"); err != nil {
		return nil, err
	}
	went, err := w.Presence.Leave(ctx, n, ids...)
	w.mu.Lock()
	after := w.afterLeave
	w.mu.Unlock()
	if after != nil {
		after()
	}
	return went, err
}

func (w *world) Beat(ctx context.Context, n presence.Node) error {
	if err := w.call("beat"); err != nil {
		return err
	}
	return w.Presence.Beat(ctx, n)
}

func (w *world) Online(ctx context.Context, ids ...chat.UserID) (map[chat.UserID]bool, error) {
	if err := w.call("online"); err != nil {
		return nil, err
	}
	return w.Presence.Online(ctx, ids...)
}

func (w *world) Reap(ctx context.Context) ([]chat.UserID, error) {
	if err := w.call("reap"); err != nil {
		return nil, err
	}
	return w.Presence.Reap(ctx)
}

func (w *world) SetLastSeen(_ context.Context, at chat.Time, ids ...chat.UserID) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dbErr != nil {
		return w.dbErr
	}
	for _, id := range ids {
		w.seen[id] = at
	}
	return nil
}

func (w *world) Publish(msgs ...bus.Message) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range msgs {
		var f frame.PresenceFrame
		if json.Unmarshal(m.Payload, &f) != nil || m.Channel != bus.PresenceChannel(f.UserID) {
			panic("no presence frame")
		}
		w.told = append(w.told, f)
	}
	return true
}

// take is what was told since the last take, of one user.
func (w *world) take(id chat.UserID) (online []bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = slices.DeleteFunc(w.told, func(f frame.PresenceFrame) bool {
		if f.UserID == id {
			online = append(online, f.Online)
		}
		return f.UserID == id
	})
	return online
}

func (w *world) lastSeen(id chat.UserID) chat.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen[id]
}

func (w *world) count(call string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.calls[call]
}

func (w *world) online(id chat.UserID) bool {
	online, _ := w.Presence.Online(context.Background(), id)
	return online[id]
}

type running struct {
	*tracker.Tracker
	kill func()
}

func (w *world) start(t *testing.T, node presence.Node) running {
	t.Helper()
	tr := tracker.New(tracker.Options{Node: node, Presence: w, Store: w, Publisher: w, Grace: grace, Logger: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); tr.Run(ctx) }()
	return running{tr, func() { cancel(); <-done }}
}

// inBubble runs a test in a bubble of time, with a tracker.
func inBubble(t *testing.T, test func(t *testing.T, w *world, tr running)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		tr := w.start(t, "a")
		test(t, w, tr)
		tr.kill()
	})
}

const alice, bob chat.UserID = "alice", "bob"

func TestComingAndGoing(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, tr running) {
		tr.Add(alice)
		tr.Add(alice)
		time.Sleep(soon)
		require.True(t, w.online(alice))
		require.Equal(t, []bool{true}, w.take(alice))
		tr.Remove(alice)
		time.Sleep(time.Minute)
		require.True(t, w.online(alice), "one socket is left")

		tr.Remove(alice)
		time.Sleep(grace - time.Millisecond)
		require.True(t, w.online(alice), "within the grace")
		require.Empty(t, w.take(alice))
		time.Sleep(soon)
		require.False(t, w.online(alice))
		require.Equal(t, []bool{false}, w.take(alice))
		require.InDelta(t, time.Now().UnixMilli(), int64(w.lastSeen(alice)), float64(soon.Milliseconds()))
		require.Zero(t, tr.Users())
	})
}

func TestComingBackWithinTheGraceIsNoGoing(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, tr running) {
		tr.Add(alice)
		time.Sleep(soon)
		for range 10 {
			tr.Remove(alice)
			time.Sleep(grace - time.Second)
			tr.Add(alice)
			time.Sleep(time.Second)
		}
		time.Sleep(time.Minute)
		require.Equal(t, []bool{true}, w.take(alice))
		require.True(t, w.online(alice))
		require.Equal(t, 1, w.count("join"))
		require.Zero(t, w.count("leave"))
	})
}

func TestManyAreToldInBatches(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, tr running) {
		users := make([]chat.UserID, 2000)
		for i := range users {
			users[i] = chat.NewID[chat.UserID]()
			tr.Add(users[i])
		}
		time.Sleep(soon)
		require.LessOrEqual(t, w.count("join"), 6, "four, and what came before the first was complete")
		for _, id := range users {
			tr.Remove(id)
		}
		time.Sleep(grace + soon)
		require.LessOrEqual(t, w.count("leave"), 6)
		for _, id := range users {
			require.NotZero(t, w.lastSeen(id))
		}
	})
}

func TestAnotherNodeKeepsTheUserOnline(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, tr running) {
		other := w.start(t, "b")
		defer other.kill()
		tr.Add(alice)
		time.Sleep(soon)
		other.Add(alice)
		tr.Remove(alice)
		time.Sleep(time.Minute)
		require.Equal(t, []bool{true}, w.take(alice))
		other.Remove(alice)
		time.Sleep(grace + soon)
		require.Equal(t, []bool{false}, w.take(alice))
	})
}

func TestADeadNodesUsersGoOffline(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, tr running) {
		dying := w.start(t, "b")
		dying.Add(bob)
		tr.Add(alice)
		time.Sleep(soon)
		w.take(bob)
		dying.kill()
		time.Sleep(30 * time.Second)
		require.False(t, w.online(bob))
		require.Equal(t, []bool{false}, w.take(bob))
		require.NotZero(t, w.lastSeen(bob))
		require.True(t, w.online(alice))
	})
}

func TestAForgottenNodeBeginsAnew(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, tr running) {
		tr.Add(alice)
		tr.Add(bob)
		time.Sleep(soon)
		w.fail(errDown, nil)
		time.Sleep(2 * presence.NodeTTL)
		_, err := w.Presence.Reap(context.Background())
		require.NoError(t, err)
		require.False(t, w.online(alice))
		require.True(t, tr.Failing())
		tr.Remove(bob)
		w.fail(nil, nil)
		time.Sleep(presence.BeatInterval + time.Second)
		require.True(t, w.online(alice))
		require.False(t, tr.Failing())
		time.Sleep(grace)
		require.False(t, w.online(bob))
	})
}

func TestWhatFailsIsTriedAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, tr running) {
		w.fail(errDown, nil)
		tr.Add(alice)
		tr.Add(bob)
		time.Sleep(time.Minute)
		require.Empty(t, w.take(alice), "nothing rather than something wrong")
		require.Less(t, w.count("join"), 100, "not without a pause")
		tr.Remove(bob)
		w.fail(nil, nil)
		time.Sleep(grace + 5*time.Second)
		require.True(t, w.online(alice))
		require.False(t, w.online(bob))

		tr.Remove(alice)
		w.fail(errDown, nil)
		time.Sleep(time.Minute)
		require.NotContains(t, w.take(alice), false)
		w.fail(nil, nil)
		time.Sleep(5 * time.Second)
		require.False(t, w.online(alice))
		require.Zero(t, tr.Users())
	})
}

func TestLastSeenOutlivesADatabaseThatIsAway(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, tr running) {
		w.fail(nil, errDown)
		tr.Add(alice)
		time.Sleep(soon)
		tr.Remove(alice)
		time.Sleep(grace + soon)
		went := time.Now()
		require.Equal(t, []bool{true, false}, w.take(alice))
		time.Sleep(time.Minute)
		require.Zero(t, w.lastSeen(alice))
		w.fail(nil, nil)
		time.Sleep(presence.BeatInterval)
		require.InDelta(t, went.UnixMilli(), int64(w.lastSeen(alice)), float64(soon.Milliseconds()), "when it was, not when it could be written")
	})
}

func TestAGoingThatCrossesAComingIsCorrected(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, tr running) {
		tr.Add(alice)
		time.Sleep(soon)
		w.take(alice)
		w.mu.Lock()
		w.afterLeave = func() {
			// Another node's join, told before this node tells of the leave.
			_, _ = w.Presence.Join(context.Background(), "b", alice)
		}
		w.mu.Unlock()
		tr.Remove(alice)
		time.Sleep(grace + soon)
		require.Equal(t, []bool{false, true}, w.take(alice), "the last word is right")
	})
}

func TestLeaveAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		tr := w.start(t, "a")
		tr.Add(alice)
		tr.Add(bob)
		time.Sleep(soon)
		tr.kill()
		require.NoError(t, tr.LeaveAll(t.Context()))
		require.False(t, w.online(alice))
		require.NotZero(t, w.lastSeen(bob))
		require.Zero(t, tr.Users())
		tr.Remove(alice)

		other := w.start(t, "b")
		other.Add(alice)
		time.Sleep(soon)
		other.kill()
		w.fail(errDown, nil)
		require.ErrorIs(t, other.LeaveAll(t.Context()), errDown)
	})
}
