package tracker_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/presence"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	grace = 3 * time.Second
	// soon is longer than a change takes to be told.
	soon = 100 * time.Millisecond
)

var errDown = errors.New("down")

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
		tr.Add(alice, false)
		tr.Add(alice, false)
		time.Sleep(soon)
		require.True(t, w.online(alice))
		require.Equal(t, []bool{true}, w.take(alice))
		tr.Remove(alice, false)
		time.Sleep(time.Minute)
		require.True(t, w.online(alice), "one socket is left")

		tr.Remove(alice, false)
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
		tr.Add(alice, false)
		time.Sleep(soon)
		for range 10 {
			tr.Remove(alice, false)
			time.Sleep(grace - time.Second)
			tr.Add(alice, false)
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
			tr.Add(users[i], false)
		}
		time.Sleep(soon)
		require.LessOrEqual(t, w.count("join"), 6, "four, and what came before the first was complete")
		for _, id := range users {
			tr.Remove(id, false)
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
		tr.Add(alice, false)
		time.Sleep(soon)
		other.Add(alice, false)
		tr.Remove(alice, false)
		time.Sleep(time.Minute)
		require.Equal(t, []bool{true}, w.take(alice))
		other.Remove(alice, false)
		time.Sleep(grace + soon)
		require.Equal(t, []bool{false}, w.take(alice))
	})
}

func TestADeadNodesUsersGoOffline(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, tr running) {
		dying := w.start(t, "b")
		dying.Add(bob, false)
		tr.Add(alice, false)
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
		tr.Add(alice, false)
		tr.Add(bob, false)
		time.Sleep(soon)
		w.fail(errDown, nil)
		time.Sleep(2 * presence.NodeTTL)
		_, err := w.Presence.Reap(context.Background())
		require.NoError(t, err)
		require.False(t, w.online(alice))
		require.True(t, tr.Failing())
		tr.Remove(bob, false)
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
		tr.Add(alice, false)
		tr.Add(bob, false)
		time.Sleep(time.Minute)
		require.Empty(t, w.take(alice), "nothing rather than something wrong")
		require.Less(t, w.count("join"), 100, "not without a pause")
		tr.Remove(bob, false)
		w.fail(nil, nil)
		time.Sleep(grace + 5*time.Second)
		require.True(t, w.online(alice))
		require.False(t, w.online(bob))

		tr.Remove(alice, false)
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
		tr.Add(alice, false)
		time.Sleep(soon)
		tr.Remove(alice, false)
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
		tr.Add(alice, false)
		time.Sleep(soon)
		w.take(alice)
		w.mu.Lock()
		w.afterLeave = func() {
			// Another node's join, told before this node tells of the leave.
			_, _ = w.Presence.Join(context.Background(), "b", alice)
		}
		w.mu.Unlock()
		tr.Remove(alice, false)
		time.Sleep(grace + soon)
		require.Equal(t, []bool{false, true}, w.take(alice), "the last word is right")
	})
}

func TestLeaveAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		tr := w.start(t, "a")
		tr.Add(alice, false)
		tr.Add(bob, false)
		time.Sleep(soon)
		tr.kill()
		require.NoError(t, tr.LeaveAll(t.Context()))
		require.False(t, w.online(alice))
		require.NotZero(t, w.lastSeen(bob))
		require.Zero(t, tr.Users())
		tr.Remove(alice, false)

		other := w.start(t, "b")
		other.Add(alice, false)
		time.Sleep(soon)
		other.kill()
		w.fail(errDown, nil)
		require.ErrorIs(t, other.LeaveAll(t.Context()), errDown)
	})
}
