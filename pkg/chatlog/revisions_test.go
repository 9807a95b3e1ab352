package chatlog_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/chatlog"
)

func revision(id chat.ConversationID, n int64) chat.Entry {
	return chat.Entry{
		ConversationID: id, Kind: chat.ConversationDeleted, SenderID: "ada", ClientID: chat.SystemClientID(string(chat.NewID[chat.MessageID]())), Revision: n,
	}
}

// revision is the last one of a log.
func (l *ledger) revision(id chat.ConversationID) (last int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.entries[id] {
		last = max(last, e.Revision)
	}
	return last
}

// Appends of one call stand in their order, and nothing follows one that failed.
func TestAppendAll(t *testing.T) {
	store := newLedger()
	l := open(t, store, chatlog.Options{})
	id := begin(t, l)
	var told []int64
	made, err := l.AppendAll(t.Context(), []chat.Entry{revision(id, 1), revision(id, 2), revision(id, 3)}, func(e chat.Entry) { told = append(told, e.Seq) })
	require.NoError(t, err)
	require.Len(t, made, 3)
	require.Equal(t, []int64{2, 3, 4}, told)

	made, err = l.AppendAll(t.Context(), []chat.Entry{revision(id, 4), revision(id, 3), revision(id, 5)}, func(e chat.Entry) { told = append(told, e.Seq) })
	require.ErrorIs(t, err, chat.ErrConflict)
	require.Len(t, made, 1)
	require.Equal(t, []int64{2, 3, 4, 5}, told)
	require.Len(t, store.entries[id], 5)
}

// Two nodes change one group at once: of each revision there is one, and whoever is told of a conflict has made nothing.
func TestAppendAllOnTwoNodes(t *testing.T) {
	store := newLedger()
	a, b := open(t, store, chatlog.Options{}), open(t, store, chatlog.Options{})
	id := begin(t, a)
	var wg sync.WaitGroup
	for w, node := range []*chatlog.Log{a, b, a, b} {
		wg.Go(func() {
			for made := 0; made < 10; {
				next := store.revision(id) + 1
				some, err := node.AppendAll(t.Context(), []chat.Entry{revision(id, next), revision(id, next+1)}, nil)
				made += len(some)
				if err != nil && !errors.Is(err, chat.ErrConflict) {
					t.Errorf("%d: %v", w, err)
					return
				}
			}
		})
	}
	wg.Wait()
	last := int64(0)
	for _, e := range store.entries[id][1:] {
		require.Equal(t, last+1, e.Revision)
		last = e.Revision
	}
}
