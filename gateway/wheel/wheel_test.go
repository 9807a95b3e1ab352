package wheel_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-chat/parley/gateway/wheel"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type rider struct {
	wheel.Seat
	n int
}

func seat(w *wheel.Wheel[*rider], n int) []*rider {
	riders := make([]*rider, n)
	for i := range riders {
		riders[i] = &rider{n: i}
		w.Add(riders[i])
	}
	return riders
}

func TestEachRiderIsVisitedOnceAPeriod(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := wheel.New[*rider]()
		riders := seat(w, 1000)
		const period = 25 * time.Second
		visits := map[*rider][]time.Duration{}
		steps := map[time.Duration]int{}
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 4*period+time.Second)
		defer cancel()
		w.Turn(ctx, period, 20*time.Millisecond, func(some []*rider) {
			for _, r := range some {
				visits[r] = append(visits[r], time.Since(began))
			}
			steps[time.Since(began)] += len(some)
		})
		require.Len(t, visits, len(riders))
		for _, at := range visits {
			require.GreaterOrEqual(t, len(at), 4)
			for i := 1; i < len(at); i++ {
				require.InDelta(t, period, at[i]-at[i-1], float64(time.Millisecond))
			}
		}
		for at, n := range steps {
			require.Less(t, n, 40, "too many at once, at %s", at)
		}
	})
}

func TestARoundMissesNobodyAndIsAsLongAsItShould(t *testing.T) {
	for _, period := range []time.Duration{time.Millisecond, 1600 * time.Millisecond, time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			w := wheel.New[*rider]()
			riders := seat(w, 500)
			var seen []int
			began := time.Now()
			require.True(t, w.Round(t.Context(), period, 25*time.Millisecond, func(some []*rider) {
				for _, r := range some {
					seen = append(seen, r.n)
				}
			}))
			require.InDelta(t, period, time.Since(began), float64(time.Microsecond*300))
			slices.Sort(seen)
			require.Len(t, slices.Compact(seen), len(riders))
		})
	}
}

func TestARoundEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.False(t, wheel.New[*rider]().Round(ctx, time.Minute, 0, func([]*rider) {}))
	})
}

func TestAddAndRemoveAtOnce(t *testing.T) {
	w := wheel.New[*rider]()
	stay := seat(w, 100)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				for _, r := range seat(w, 20) {
					w.Remove(r)
					w.Remove(r) // again, it does nothing
				}
				w.All()
			}
		})
	}
	wg.Wait()
	require.ElementsMatch(t, stay, w.All())
	w.Remove(&rider{})
	for _, r := range stay {
		w.Remove(r)
	}
	require.Empty(t, w.All())
	w.Add(stay[0])
	require.Equal(t, stay[:1], w.All())
}
