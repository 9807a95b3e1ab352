package tracker_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/presence"
)

func TestAUserIsAwayWhenAllTheirDevicesAreIdle(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, tr running) {
		other := w.start(t, "b")
		defer other.kill()
		tr.Add(alice, false)
		tr.Add(alice, false)
		other.Add(alice, false)
		time.Sleep(soon)
		require.Equal(t, []presence.State{presence.Online}, w.takeStates(alice))

		tr.SetIdle(alice, true)
		other.SetIdle(alice, true)
		time.Sleep(time.Minute)
		require.Empty(t, w.takeStates(alice), "one is active")
		tr.SetIdle(alice, true)
		time.Sleep(grace - time.Millisecond)
		require.Equal(t, presence.Online, w.state(alice), "within the grace")
		time.Sleep(soon)
		require.Equal(t, []presence.State{presence.Away}, w.takeStates(alice))
		require.Equal(t, presence.Away, w.state(alice))
		require.Zero(t, w.lastSeen(alice))

		other.SetIdle(alice, false)
		time.Sleep(soon)
		require.Equal(t, []presence.State{presence.Online}, w.takeStates(alice), "at once")
		other.Remove(alice, false)
		time.Sleep(grace + soon)
		require.Equal(t, []presence.State{presence.Away}, w.takeStates(alice), "what is left is idle")
		tr.Remove(alice, true)
		tr.Remove(alice, true)
		time.Sleep(grace + soon)
		require.Equal(t, []presence.State{presence.Offline}, w.takeStates(alice))
		require.NotZero(t, w.lastSeen(alice))
		require.Zero(t, tr.Users())
	})
}

func TestRestingAndWakingInTheGraceIsNotTold(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, tr running) {
		tr.Add(alice, false)
		time.Sleep(soon)
		for range 50 {
			tr.SetIdle(alice, true)
			time.Sleep(20 * time.Millisecond)
			tr.SetIdle(alice, false)
		}
		// A page that is loaded again, beside an idle one.
		tr.Add(alice, true)
		tr.Remove(alice, false)
		time.Sleep(time.Second)
		tr.Add(alice, false)
		time.Sleep(time.Minute)
		require.Equal(t, []presence.State{presence.Online}, w.takeStates(alice))
		require.Equal(t, 1, w.count("join"))
		require.Zero(t, w.count("idle"))
	})
}

func TestADeviceThatComesBackIdleIsNoSignOfLife(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, tr running) {
		tr.Add(alice, true)
		time.Sleep(soon)
		require.Equal(t, []presence.State{presence.Away}, w.takeStates(alice))
		// To another node, as when this one drains: the new socket is there before the old one goes.
		other := w.start(t, "b")
		defer other.kill()
		other.Add(alice, true)
		time.Sleep(soon)
		tr.Remove(alice, true)
		time.Sleep(time.Minute)
		require.NotContains(t, w.takeStates(alice), presence.Online)
		require.Equal(t, presence.Away, w.state(alice))
	})
}

func TestTheDeathOfTheNodeWhereAUserWasActiveLeavesThemAway(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, tr running) {
		dying := w.start(t, "b")
		dying.Add(alice, false)
		dying.Add(bob, true)
		tr.Add(alice, true)
		time.Sleep(soon)
		w.takeStates(alice)
		w.takeStates(bob)
		dying.kill()
		time.Sleep(30 * time.Second)
		require.Equal(t, []presence.State{presence.Away}, w.takeStates(alice))
		require.Zero(t, w.lastSeen(alice))
		require.Equal(t, []presence.State{presence.Offline}, w.takeStates(bob), "one who was idle on a node that died")
		require.NotZero(t, w.lastSeen(bob))
	})
}

func TestAForgottenNodeTellsWhoIsIdle(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, tr running) {
		tr.Add(alice, true)
		tr.Add(bob, false)
		time.Sleep(soon)
		w.fail(errDown, nil)
		time.Sleep(2 * presence.NodeTTL)
		_, err := w.Presence.Reap(t.Context())
		require.NoError(t, err)
		tr.SetIdle(bob, true)
		tr.SetIdle(alice, false)
		tr.SetIdle(alice, true)
		w.fail(nil, nil)
		time.Sleep(grace + presence.BeatInterval + time.Second)
		require.Equal(t, presence.Away, w.state(alice))
		require.Equal(t, presence.Away, w.state(bob))
	})
}

func TestARestThatCrossesAComingIsCorrected(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world, tr running) {
		tr.Add(alice, false)
		time.Sleep(soon)
		w.takeStates(alice)
		w.mu.Lock()
		w.afterIdle = func() { _, _ = w.Presence.Join(context.Background(), "b", alice) }
		w.mu.Unlock()
		tr.SetIdle(alice, true)
		time.Sleep(grace + soon)
		require.Equal(t, []presence.State{presence.Away, presence.Online}, w.takeStates(alice), "the last word is right")
	})
}

// unsettled is a store that can't tell yet who is where, though it takes what it is told.
type unsettled struct{ *world }

func (u unsettled) Leave(ctx context.Context, n presence.Node, ids ...chat.UserID) (map[chat.UserID]presence.State, error) {
	now, err := u.world.Leave(ctx, n, ids...)
	if u.count("leave") < 2 {
		return nil, presence.ErrUnsettled
	}
	return now, err
}

func TestWhoComesBackWhileTheirGoingIsUnsettledJoins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		tr := w.startWith(t, "a", unsettled{w})
		tr.Add(alice, false)
		time.Sleep(soon)
		tr.Remove(alice, false)
		time.Sleep(grace + soon)
		require.Equal(t, presence.Offline, w.state(alice))
		tr.Add(alice, false)
		time.Sleep(time.Minute)
		require.Equal(t, presence.Online, w.state(alice))
		require.False(t, tr.Failing(), "that it can't be told yet is an answer")
		tr.kill()
	})
}
