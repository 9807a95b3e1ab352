package tail_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
)

// within is the promise for what was committed and never published.
const within = 10 * time.Second

func TestWhatWasNeverPublishedIsLiveWithinTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := users(3)
		ann, bob, stranger := u[0], u[1], u[2]
		w, stop := newWorld(t, u...)
		defer stop()
		time.Sleep(time.Hour)
		c := w.begin(ann, bob).ConversationID
		w.publish(at{c, 1}, ann, bob)
		for n := range 20 {
			w.publish(w.say(c, 0), ann, bob)
			// The node dies: once before it has published at all, once in the middle.
			forgotten, half := w.say(c, 0), w.publish(w.say(c, 0), ann)
			time.Sleep(within)
			require.Equal(t, forgotten, w.ears.of(ann)[n])
			require.Equal(t, []at{forgotten, half}, w.ears.of(bob)[2*n:2*n+2])
			require.Len(t, w.ears.of(ann), n+1, "what the bus has brought is left alone")
		}
		require.Empty(t, w.ears.of(stranger))
		require.EqualValues(t, 40, testutil.ToFloat64(w.missed))
		_, doubts := w.doubting()
		require.Zero(t, doubts)
	})
}

func TestASlowCommitThatWasNeverPublishedIsFoundToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ann := users(1)[0]
		w, stop := newWorld(t, ann)
		defer stop()
		time.Sleep(time.Hour)
		c := w.begin(ann).ConversationID
		w.publish(at{c, 1}, ann)
		time.Sleep(time.Minute)
		said := w.say(c, 10*time.Second)
		time.Sleep(within)
		require.Equal(t, []at{said}, w.ears.of(ann))
	})
}

// TestPatrolsBringNothingOld: whoever has just come has asked for what was before, and is not told again.
func TestPatrolsBringNothingOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := users(2)
		w, stop := newWorld(t, u[0])
		defer stop()
		time.Sleep(time.Hour)
		c := w.begin(u...).ConversationID
		w.publish(at{c, 1}, u...)
		for range 5 {
			w.publish(w.say(c, 0), u...)
			time.Sleep(time.Second)
		}
		time.Sleep(3 * time.Second)
		w.ears.join(u[1])
		time.Sleep(time.Minute)
		require.Empty(t, w.ears.of(u[0]))
		require.Empty(t, w.ears.of(u[1]))
	})
}

// TestPatrolsBringNewMembersNothingOld: what was said before somebody came in, the bus had not to bring them.
func TestPatrolsBringNewMembersNothingOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := users(2)
		ann, bob := u[0], u[1]
		w, stop := newWorld(t, ann, bob)
		defer stop()
		time.Sleep(time.Hour)
		c := w.begin(ann).ConversationID
		w.publish(at{c, 1}, ann)
		w.publish(w.say(c, 0), ann)
		welcome := w.say(c, 0)
		w.store.Join(c, bob, welcome.seq)
		time.Sleep(time.Minute)
		require.Equal(t, []at{welcome}, w.ears.of(ann))
		require.Equal(t, []at{welcome}, w.ears.of(bob))
	})
}

func TestAPatrolThatFailsIsMadeUpFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ann := users(1)[0]
		w, stop := newWorld(t, ann)
		defer stop()
		time.Sleep(time.Hour)
		c := w.begin(ann).ConversationID
		w.publish(at{c, 1}, ann)
		w.store.SetErr(errors.New("down"))
		said := w.say(c, 0)
		time.Sleep(45 * time.Second)
		require.Empty(t, w.ears.of(ann))
		w.store.SetErr(nil)
		time.Sleep(within)
		require.Equal(t, []at{said}, w.ears.of(ann))
	})
}
