package server

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
)

// desk answers one question for each permission, and counts them.
type desk struct {
	may chan struct{}

	mu    sync.Mutex
	known map[chat.SessionID]chat.Session
	err   error
	asked []int
}

func (d *desk) SessionsByID(_ context.Context, ids []chat.SessionID) ([]chat.Session, error) {
	d.mu.Lock()
	d.asked = append(d.asked, len(ids))
	d.mu.Unlock()
	<-d.may
	d.mu.Lock()
	defer d.mu.Unlock()
	var found []chat.Session
	for _, id := range ids {
		if s, ok := d.known[id]; ok {
			found = append(found, s)
		}
	}
	return found, d.err
}

func (d *desk) questions() []int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]int(nil), d.asked...)
}

// TestManySessionsAreOneQuestion: what comes while the database is asked waits, and everybody gets the own answer.
func TestManySessionsAreOneQuestion(t *testing.T) {
	const many = 1200
	d := &desk{may: make(chan struct{}, 100), known: map[chat.SessionID]chat.Session{}}
	l := &looks{sessions: d}
	for i := range many {
		id := chat.SessionID(fmt.Sprint(i))
		if i%3 > 0 {
			d.known[id] = chat.Session{ID: id}
		}
	}
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() {
			id := chat.SessionID(fmt.Sprint(i))
			got, err := l.session(t.Context(), id)
			if i%3 == 0 {
				require.ErrorIs(t, err, chat.ErrNotFound)
				return
			}
			require.NoError(t, err)
			require.Equal(t, id, got.ID)
		})
	}
	waits := func() int {
		l.mu.Lock()
		defer l.mu.Unlock()
		return len(l.waiting)
	}
	answered := 0
	require.Eventually(t, func() bool {
		answered = 0
		for _, n := range d.questions() {
			answered += n
		}
		return answered+waits() == many && len(d.questions()) == looksAtOnce
	}, 20*time.Second, time.Millisecond)
	for range 100 {
		d.may <- struct{}{}
	}
	all.Wait()
	require.LessOrEqual(t, len(d.questions()), 2+many/sessionsBatch+looksAtOnce)
}

func TestAQuestionThatFailsFailsForAll(t *testing.T) {
	d := &desk{may: make(chan struct{}, 1), err: chat.ErrUnavailable}
	d.may <- struct{}{}
	l := &looks{sessions: d}
	_, err := l.session(t.Context(), "a")
	require.ErrorIs(t, err, chat.ErrUnavailable)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = l.session(ctx, "a")
	require.ErrorIs(t, err, context.Canceled)
	d.may <- struct{}{}
}
