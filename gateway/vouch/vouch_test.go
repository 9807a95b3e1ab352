package vouch_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-chat/parley/gateway/vouch"
	"github.com/parley-chat/parley/gateway/wheel"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type rider struct{ wheel.Seat }

// asked remembers when each rider was asked.
type asked struct {
	mu sync.Mutex
	at map[*rider][]time.Time
}

func (a *asked) ask(riders []*rider) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, r := range riders {
		a.at[r] = append(a.at[r], time.Now())
	}
}

func (a *asked) of(r *rider) []time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.at[r]
}

// count is how many were asked at all.
func (a *asked) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.at)
}

// run starts a voucher for some riders within a bubble of time.
func run(t *testing.T, test func(t *testing.T, v *vouch.Voucher[*rider], a *asked, riders []*rider)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := wheel.New[*rider]()
		riders := make([]*rider, 200)
		for i := range riders {
			riders[i] = &rider{}
			w.Add(riders[i])
		}
		a := &asked{at: map[*rider][]time.Time{}}
		v := vouch.New(w, a.ask)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); v.Run(ctx) }()
		test(t, v, a, riders)
		cancel()
		<-done
	})
}

func TestASureNodeAsksNobody(t *testing.T) {
	run(t, func(t *testing.T, v *vouch.Voucher[*rider], a *asked, _ []*rider) {
		time.Sleep(time.Minute)
		require.Empty(t, a.at)
		require.False(t, v.State().Lost)
	})
}

func TestEveryoneIsAskedWithinTwoSecondsAgainAndAgain(t *testing.T) {
	run(t, func(t *testing.T, v *vouch.Voucher[*rider], a *asked, riders []*rider) {
		lost := time.Now()
		reason := errors.New("gone")
		v.Doubt(true)
		v.Lost(reason)
		time.Sleep(20 * time.Second)
		require.True(t, v.State().Lost)
		require.Equal(t, lost, v.State().Since)
		require.ErrorIs(t, v.State().Err, reason)
		first := map[time.Time]int{}
		for _, r := range riders {
			last := lost
			for _, at := range a.of(r) {
				require.LessOrEqual(t, at.Sub(last), 2*time.Second)
				last = at
			}
			require.LessOrEqual(t, time.Since(last), 2*time.Second)
			first[a.of(r)[0]]++
		}
		require.Greater(t, len(first), 20, "not all at once")
	})
}

func TestEveryoneIsAskedOnceMoreAfterwards(t *testing.T) {
	run(t, func(t *testing.T, v *vouch.Voucher[*rider], a *asked, riders []*rider) {
		v.Doubt(true)
		v.Lost(nil)
		time.Sleep(700 * time.Millisecond)
		v.Restored()
		restored := time.Now()
		time.Sleep(time.Minute)
		for _, r := range riders {
			at := a.of(r)
			last := at[len(at)-1]
			require.True(t, last.After(restored))
			require.LessOrEqual(t, last.Sub(restored), 2*vouch.Period)
		}
	})
}

func TestALossAmidTheLastRoundBeginsAnew(t *testing.T) {
	run(t, func(t *testing.T, v *vouch.Voucher[*rider], a *asked, riders []*rider) {
		v.Doubt(true)
		before := v.State().Turns
		v.Lost(nil)
		time.Sleep(time.Second)
		v.Restored()
		time.Sleep(time.Second)
		v.Lost(nil)
		v.Restored()
		restored := time.Now()
		require.Equal(t, before+4, v.State().Turns)
		time.Sleep(time.Minute)
		for _, r := range riders {
			at := a.of(r)
			require.True(t, at[len(at)-1].After(restored.Add(-time.Nanosecond)))
		}
	})
}

func TestWhileTheLogIsFollowedNobodyIsAskedUntilAllIsWell(t *testing.T) {
	run(t, func(t *testing.T, v *vouch.Voucher[*rider], a *asked, riders []*rider) {
		v.Lost(nil)
		time.Sleep(time.Minute)
		require.Zero(t, a.count())
		v.Restored()
		time.Sleep(vouch.Period)
		require.Less(t, a.count(), len(riders)/4, "no storm")
		time.Sleep(vouch.CalmPeriod)
		for _, r := range riders {
			require.Len(t, a.of(r), 1)
		}
	})
}

func TestDoubtEndsTheCalm(t *testing.T) {
	run(t, func(t *testing.T, v *vouch.Voucher[*rider], a *asked, riders []*rider) {
		v.Lost(nil)
		v.Restored()
		time.Sleep(time.Second)
		v.Doubt(true)
		doubted := time.Now()
		time.Sleep(2 * time.Second)
		for _, r := range riders {
			at := a.of(r)
			require.NotEmpty(t, at)
			require.True(t, at[len(at)-1].After(doubted))
		}
		v.Doubt(false)
		certain := time.Now()
		time.Sleep(time.Minute)
		for _, r := range riders {
			at := a.of(r)
			require.True(t, at[len(at)-1].After(certain), "once more")
			require.Less(t, at[len(at)-1].Sub(certain), 2*time.Second)
		}
	})
}
