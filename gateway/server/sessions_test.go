package server

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
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

// TestManySessionsAreFewQuestions: what comes while the database is asked waits, and everybody gets the own answer.
func TestManySessionsAreFewQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const many = 1200
		d := &desk{may: make(chan struct{}, 100), known: map[chat.SessionID]chat.Session{}}
		l := newLooks(d)
		for i := range many {
			if id := chat.SessionID(fmt.Sprint(i)); i%3 > 0 {
				d.known[id] = chat.Session{ID: id}
			}
		}
		var all sync.WaitGroup
		for i := range many {
			all.Go(func() {
				id := chat.SessionID(fmt.Sprint(i))
				got, known, err := l.Ask(t.Context(), id)
				require.NoError(t, err)
				require.Equal(t, i%3 > 0, known)
				require.Equal(t, d.known[id], got)
			})
			if i == 0 {
				synctest.Wait() // the first waits for nobody
			}
		}
		synctest.Wait()
		for range cap(d.may) {
			d.may <- struct{}{}
		}
		all.Wait()
		require.Equal(t, []int{1, sessionsBatch, sessionsBatch, many - 1 - 2*sessionsBatch}, d.questions())
		time.Sleep(2 * sessionsRest) // until nobody asks any more
	})
}

func TestAQuestionThatFailsFailsForAll(t *testing.T) {
	d := &desk{may: make(chan struct{}, 1), err: chat.ErrUnavailable}
	d.may <- struct{}{}
	_, _, err := newLooks(d).Ask(t.Context(), "a")
	require.ErrorIs(t, err, chat.ErrUnavailable)
}
