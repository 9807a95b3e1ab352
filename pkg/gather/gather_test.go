package gather_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/gather"
)

// duration is how long an answer takes.
const duration = 10 * time.Millisecond

// asked answers each key with its length, but "" with nothing, and keeps what it was asked.
type asked struct {
	mu   sync.Mutex
	lots [][]string
	err  error
}

func (a *asked) ask(_ context.Context, keys []string) (map[string]int, error) {
	a.mu.Lock()
	a.lots = append(a.lots, slices.Clone(keys))
	err := a.err
	a.mu.Unlock()
	time.Sleep(duration)
	answers := map[string]int{}
	for _, k := range keys {
		if k != "" {
			answers[k] = len(k)
		}
	}
	return answers, err
}

// Who comes first is asked for at once; all who come until the answer and the rest are over share the next question.
func TestOneQuestionForAllWhoComeMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &asked{}
		q := gather.New(gather.Options[string, int]{Ask: a.ask, Most: 2, Rest: duration})
		want := func(key string, n int, known bool) func() {
			return func() {
				v, ok, err := q.Ask(t.Context(), key)
				require.NoError(t, err)
				require.Equal(t, known, ok, key)
				require.Equal(t, n, v, key)
			}
		}
		var all sync.WaitGroup
		all.Go(want("a", 1, true))
		synctest.Wait()
		all.Go(want("bb", 2, true))
		synctest.Wait()
		all.Go(want("a", 1, true))
		synctest.Wait()
		all.Go(want("a", 1, true))
		synctest.Wait()
		all.Go(want("", 0, false))
		all.Wait()
		require.Equal(t, [][]string{{"a"}, {"bb", "a"}, {""}}, a.lots)

		time.Sleep(time.Minute) // nobody asks
		began := time.Now()
		want("dddd", 4, true)()
		require.Equal(t, duration, time.Since(began), "waits for nobody")
	})
}

func TestFailureIsOfAllWhoShareIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("broken")
		a := &asked{err: broken}
		q := gather.New(gather.Options[string, int]{Ask: a.ask})
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				_, _, err := q.Ask(t.Context(), "a")
				require.ErrorIs(t, err, broken)
			})
		}
		all.Wait()
	})
}

// Somebody who goes takes nothing from the others.
func TestSomebodyGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := gather.New(gather.Options[string, int]{Ask: (&asked{}).ask})
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			_, _, err := q.Ask(ctx, "a")
			require.ErrorIs(t, err, context.Canceled)
		})
		synctest.Wait()
		all.Go(func() {
			v, ok, err := q.Ask(t.Context(), "bb")
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, 2, v)
		})
		cancel()
		all.Wait()
	})
}

// A question that hangs holds up its own, and the others only for a moment.
func TestOneHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := gather.New(gather.Options[string, bool]{Ask: func(_ context.Context, keys []string) (map[string]bool, error) {
			if keys[0] == "hangs" {
				time.Sleep(time.Hour)
			}
			return map[string]bool{keys[0]: true}, nil
		}})
		var all sync.WaitGroup
		all.Go(func() { _, _, _ = q.Ask(t.Context(), "hangs") })
		synctest.Wait()
		began := time.Now()
		_, ok, err := q.Ask(t.Context(), "b")
		require.NoError(t, err)
		require.True(t, ok)
		require.Less(t, time.Since(began), time.Second)
		all.Wait()
	})
}
