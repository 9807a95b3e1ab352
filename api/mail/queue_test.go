package mail_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/mail"
	"github.com/parley-chat/parley/pkg/chat"
)

// script is a sender that answers each try by the next of its errors, then by none.
type script struct {
	mu    sync.Mutex
	errs  []error        // guarded by mu
	tries []mail.Message // guarded by mu
	times []time.Time    // guarded by mu
	hang  bool
}

func (s *script) Send(ctx context.Context, m mail.Message) error {
	s.mu.Lock()
	s.tries = append(s.tries, m)
	s.times = append(s.times, time.Now())
	var err error
	if len(s.errs) > 0 {
		err, s.errs = s.errs[0], s.errs[1:]
	}
	s.mu.Unlock()
	if s.hang {
		<-ctx.Done()
		return ctx.Err()
	}
	return err
}

func (s *script) tried() []mail.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]mail.Message(nil), s.tries...)
}

type fixture struct {
	queue    *mail.Queue
	log      *bytes.Buffer
	registry *prometheus.Registry
}

func newQueue(s mail.Sender, size int) *fixture {
	f := &fixture{log: &bytes.Buffer{}, registry: prometheus.NewRegistry()}
	f.queue = mail.NewQueue(mail.QueueOptions{
		Sender: s, Logger: slog.New(slog.NewTextHandler(f.log, nil)), Registry: f.registry, Size: size,
	})
	return f
}

// counts are parley_mail_total by result.
func (f *fixture) counts(t *testing.T) map[string]int {
	t.Helper()
	families, err := f.registry.Gather()
	require.NoError(t, err)
	counts := map[string]int{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			counts[m.GetLabel()[0].GetValue()] = int(m.GetCounter().GetValue())
		}
	}
	return counts
}

var hello = mail.Message{To: "ada@example.org", Subject: "Hi", Text: "x"}

const user = chat.UserID("01HADA0000000000000000000A")

func TestQueueSends(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		f := newQueue(s, 0)
		for range 5 {
			f.queue.Add(user, hello)
		}
		synctest.Wait()
		require.Len(t, s.tried(), 5)
		require.Equal(t, map[string]int{"sent": 5}, f.counts(t))
		require.NoError(t, f.queue.Close(t.Context()))
	})
}

func TestQueueTriesAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		down := errors.New("connection refused")
		s := &script{errs: []error{down, down, down}}
		f := newQueue(s, 0)
		f.queue.Add(user, hello)
		time.Sleep(time.Minute)
		tried := s.tried()
		require.Len(t, tried, 4)
		for i := range 3 {
			require.Equal(t, tried[0].ID, tried[i+1].ID, "each try is the same mail")
			wait := s.times[i+1].Sub(s.times[i])
			require.GreaterOrEqual(t, wait, time.Second<<i)
			require.LessOrEqual(t, wait, 2*time.Second<<i)
		}
		require.NotEmpty(t, tried[0].ID)
		require.Equal(t, map[string]int{"sent": 1, "retried": 3}, f.counts(t))
		require.NoError(t, f.queue.Close(t.Context()))
	})
}

func TestQueueGivesUp(t *testing.T) {
	t.Parallel()
	quotes := fmt.Errorf("550 <ADA@example.org> unknown")
	final := fmt.Errorf("%w: %w", mail.ErrPermanent, quotes)
	for name, tt := range map[string]struct {
		errs  []error
		tries int
	}{
		"at once when it is final":    {[]error{final}, 1},
		"after some tries when not":   {[]error{quotes, quotes, quotes, quotes, quotes, quotes, quotes, quotes}, 6},
		"in between, when it gets so": {[]error{quotes, final}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &script{errs: tt.errs}
				f := newQueue(s, 0)
				f.queue.Add(user, hello)
				time.Sleep(time.Hour)
				require.Len(t, s.tried(), tt.tries)
				require.Equal(t, 1, f.counts(t)["failed"])
				require.NoError(t, f.queue.Close(t.Context()))
				require.Contains(t, f.log.String(), string(user))
				require.NotContains(t, f.log.String(), "ada@")
				require.NotContains(t, f.log.String(), "ADA@")
			})
		})
	}
}

func TestQueueNeverBlocks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &script{hang: true}
		f := newQueue(s, 3)
		for range 2 { // one for each worker
			f.queue.Add(user, hello)
		}
		synctest.Wait()
		for range 10 {
			f.queue.Add(user, hello)
		}
		require.Equal(t, 7, f.counts(t)["dropped"])
		require.NotContains(t, f.log.String(), "ada@")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, f.queue.Close(ctx), context.DeadlineExceeded)
		require.Equal(t, map[string]int{"dropped": 10, "failed": 2}, f.counts(t))
	})
}

func TestQueueDrainsOnClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		down := errors.New("down")
		s := &script{errs: []error{down, down}}
		f := newQueue(s, 10)
		for range 6 { // the first two wait for their second try
			f.queue.Add(user, hello)
			synctest.Wait()
		}
		start := time.Now()
		require.NoError(t, f.queue.Close(t.Context()))
		require.Zero(t, time.Since(start), "nobody waits on the way out")
		require.Equal(t, map[string]int{"sent": 6, "retried": 2}, f.counts(t))
		f.queue.Add(user, hello)
		require.Equal(t, 1, f.counts(t)["dropped"])
		require.NoError(t, f.queue.Close(t.Context()), "again")
	})
}
