package client_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/loadtest/client"
)

func TestNewRefusesWhatIsNoAddress(t *testing.T) {
	for _, base := range []string{"", "localhost:8080", "ftp://localhost", "http://", "http://a b"} {
		_, err := client.New(client.Options{Base: base})
		require.Error(t, err, base)
	}
}

func TestSessionRefreshesOnceForAll(t *testing.T) {
	f := newFake(t)
	s := f.login1()
	f.set(func(f *fake) { f.access = "a2" })
	var asking sync.WaitGroup
	for range 8 {
		asking.Go(func() {
			_, err := s.Me(t.Context())
			assert.NoError(t, err)
		})
	}
	asking.Wait()
	require.Equal(t, "r1+", s.RefreshToken(), "refreshed once")
	require.Equal(t, "a2", s.AccessToken())
}

func TestSessionEndsWithoutAPassword(t *testing.T) {
	f := newFake(t)
	s := f.login1()
	s.ForgetPassword()
	f.set(func(f *fake) { f.access, f.refresh = "a2", "another" })
	_, err := s.Me(t.Context())
	require.ErrorIs(t, err, client.ErrSignedOut)
	require.False(t, client.Retryable(err))
}

func TestDeliverRepeatsTheSameMessageUntilAcknowledged(t *testing.T) {
	f := newFake(t)
	s := f.login1()
	var seen []string
	f.set(func(f *fake) {
		f.send = func(w http.ResponseWriter, m client.NewMessage) {
			seen = append(seen, m.ClientID)
			switch len(seen) {
			case 1:
				problem(w, http.StatusServiceUnavailable, "unavailable")
			case 2:
				panic(http.ErrAbortHandler) // the answer is lost
			case 3:
				problem(w, http.StatusTooManyRequests, "rate_limited")
			default:
				answer(w, http.StatusOK, map[string]any{"message": client.Message{ID: "m", Seq: 2}})
			}
		}
	})
	var kinds []string
	b := client.Backoff{First: time.Millisecond, Max: 5 * time.Millisecond}
	m, err := s.Deliver(t.Context(), b, "c", client.NewMessage{ClientID: "one"}, func(err error) { kinds = append(kinds, client.Kind(err)) })
	require.NoError(t, err)
	require.Equal(t, "m", m.ID)
	require.Equal(t, []string{"one", "one", "one", "one"}, seen)
	require.Equal(t, []string{"503 unavailable", "connection broken", "429 rate_limited"}, kinds)
}

func TestDeliverGivesUpOnARefusal(t *testing.T) {
	f := newFake(t)
	s := f.login1()
	f.set(func(f *fake) {
		f.send = func(w http.ResponseWriter, _ client.NewMessage) {
			problem(w, http.StatusBadRequest, "validation_failed")
		}
	})
	_, err := s.Deliver(t.Context(), client.Backoff{First: time.Millisecond, Max: time.Millisecond}, "c", client.NewMessage{}, nil)
	var refused *client.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "validation_failed", refused.Code)
}

func TestRetryEndsWithTheContext(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	tries := 0
	err := client.Retry(ctx, client.Backoff{First: time.Hour, Max: time.Hour}, func(error) { stop() }, func(context.Context) error {
		tries++
		return &client.Error{Status: http.StatusServiceUnavailable}
	})
	require.Error(t, err)
	require.Equal(t, 1, tries)
}

func TestBackoff(t *testing.T) {
	b := client.Backoff{First: 100 * time.Millisecond, Max: time.Second}
	for _, ms := range []int{100, 200, 400, 800, 1000, 1000} {
		limit := time.Duration(ms) * time.Millisecond
		pause := b.Next(0)
		require.LessOrEqual(t, pause, limit)
		require.GreaterOrEqual(t, pause, limit/2)
	}
	asked := b.Next(3 * time.Second)
	require.GreaterOrEqual(t, asked, 3*time.Second, "as long as the server asks")
	require.LessOrEqual(t, asked, 3300*time.Millisecond)
	b.Reset()
	require.LessOrEqual(t, b.Next(0), 100*time.Millisecond)
}

func TestErrorSaysHowLongToWait(t *testing.T) {
	f := newFake(t)
	s := f.login1()
	f.set(func(f *fake) {
		f.send = func(w http.ResponseWriter, _ client.NewMessage) {
			w.Header().Set("Retry-After", "7")
			problem(w, http.StatusTooManyRequests, "rate_limited")
		}
	})
	_, _, err := s.Send(t.Context(), "c", client.NewMessage{ClientID: "x"})
	var refused *client.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, 7*time.Second, refused.RetryAfter)
	require.True(t, client.Retryable(err))
}
