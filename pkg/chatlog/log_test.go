package chatlog_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/chatlog"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// ledger is a store in memory with the two unique indexes, and faults on demand.
type ledger struct {
	mu      sync.Mutex
	entries map[chat.ConversationID][]chat.Entry
	commits int
	// gate, if not nil, holds each commit until it can be received from.
	gate chan struct{}
	// fail is asked before each commit: an error comes back as the outcome of the whole, after
	// the entries were written if written is true.
	fail func(commit int) (written bool, err error)
}

func newLedger() *ledger { return &ledger{entries: map[chat.ConversationID][]chat.Entry{}} }

func (l *ledger) Commit(ctx context.Context, entries []chat.Entry) ([]error, error) {
	if l.gate != nil {
		select {
		case <-l.gate:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.commits++
	var fault error
	if l.fail != nil {
		var written bool
		if written, fault = l.fail(l.commits); fault != nil && !written {
			return nil, fault
		}
	}
	results := make([]error, len(entries))
	refused := map[chat.ConversationID]bool{}
	for i, e := range entries {
		if refused[e.ConversationID] {
			results[i] = chat.ErrNotAttempted
			continue
		}
		results[i] = l.insert(e)
		refused[e.ConversationID] = results[i] != nil
	}
	if fault != nil {
		return nil, fault
	}
	return results, nil
}

func (l *ledger) insert(e chat.Entry) error {
	log := l.entries[e.ConversationID]
	for _, have := range log {
		if have.SenderID == e.SenderID && have.ClientID == e.ClientID {
			return chat.ErrClientIDUsed
		}
	}
	if e.Seq <= int64(len(log)) {
		return chat.ErrSeqTaken
	}
	if e.Revision > 0 && slices.ContainsFunc(log, func(have chat.Entry) bool { return have.Revision == e.Revision }) {
		return chat.ErrConflict
	}
	if e.Seq != int64(len(log))+1 {
		return fmt.Errorf("hole: seq %d after %d", e.Seq, len(log))
	}
	l.entries[e.ConversationID] = append(log, e)
	return nil
}

func (l *ledger) LastSeq(_ context.Context, id chat.ConversationID) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int64(len(l.entries[id])), nil
}

func (l *ledger) EntryByClientID(_ context.Context, id chat.ConversationID, sender chat.UserID, clientID string) (chat.Entry, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.entries[id] {
		if e.SenderID == sender && e.ClientID == clientID {
			return e, nil
		}
	}
	return chat.Entry{}, chat.ErrNotFound
}

func open(t *testing.T, store chatlog.Store, opts chatlog.Options) *chatlog.Log {
	t.Helper()
	l := chatlog.New(store, opts)
	t.Cleanup(func() { require.NoError(t, l.Close(context.Background())) })
	return l
}

func message(id chat.ConversationID, sender, clientID string) chat.Entry {
	return chat.Entry{
		ConversationID: id, Kind: chat.MessageCreated, SenderID: chat.UserID(sender), ClientID: clientID,
		Message: &chat.Message{ID: chat.NewID[chat.MessageID](), ConversationID: id, Text: clientID},
	}
}

func begin(t *testing.T, l *chatlog.Log) chat.ConversationID {
	t.Helper()
	id := chat.NewID[chat.ConversationID]()
	r, err := l.Begin(t.Context(), chat.Entry{ConversationID: id, ClientID: chat.SystemClientID("created"), Created: &chat.Creation{}}, nil)
	require.NoError(t, err)
	require.True(t, r.Created)
	return id
}

func TestManyWritersOnTwoNodesLeaveNoHole(t *testing.T) {
	store := newLedger()
	nodes := []*chatlog.Log{open(t, store, chatlog.Options{}), open(t, store, chatlog.Options{})}
	id := begin(t, nodes[0])

	const writers, each = 64, 20
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for n := range each {
				r, err := nodes[w%2].Append(t.Context(), message(id, fmt.Sprint(w), fmt.Sprint(n)), nil)
				if err != nil || !r.Created || r.Entry.Message.Seq != r.Entry.Seq {
					t.Errorf("writer %d, message %d: %+v, %v", w, n, r, err)
				}
			}
		})
	}
	wg.Wait()

	require.Len(t, store.entries[id], 1+writers*each)
	last := map[chat.UserID]string{}
	for i, e := range store.entries[id] {
		require.Equal(t, int64(i+1), e.Seq)
		if before, ok := last[e.SenderID]; ok {
			require.NotEqual(t, before, e.ClientID)
		}
		last[e.SenderID] = e.ClientID
	}
}

func TestRepeatedClientIDGivesTheFirstResult(t *testing.T) {
	store := newLedger()
	a, b := open(t, store, chatlog.Options{}), open(t, store, chatlog.Options{})
	id := begin(t, a)

	first, err := a.Append(t.Context(), message(id, "ada", "k"), nil)
	require.NoError(t, err)
	for _, node := range []*chatlog.Log{a, b} {
		again, err := node.Append(t.Context(), message(id, "ada", "k"), func(chat.Entry) { t.Error("told of a repeat") })
		require.NoError(t, err)
		require.False(t, again.Created)
		require.Equal(t, first.Entry, again.Entry)
	}
	other, err := b.Append(t.Context(), message(id, "bob", "k"), nil)
	require.NoError(t, err)
	require.True(t, other.Created, "the key is the sender's own")
}

func TestBatchWithARepeatInTheMiddle(t *testing.T) {
	store := newLedger()
	l := open(t, store, chatlog.Options{Workers: 1})
	id := begin(t, l)
	_, err := l.Append(t.Context(), message(id, "ada", "used"), nil)
	require.NoError(t, err)

	// The first append holds the worker in its commit, so that the rest meets in one batch.
	store.gate = make(chan struct{})
	var wg sync.WaitGroup
	results := make([]chatlog.Result, 6)
	for i, key := range []string{"plug", "a", "b", "used", "b", "c"} {
		wg.Go(func() {
			var err error
			results[i], err = l.Append(t.Context(), message(id, "ada", key), nil)
			if err != nil {
				t.Errorf("%s: %v", key, err)
			}
		})
	}
	go func() {
		for range 20 {
			select {
			case store.gate <- struct{}{}:
			case <-t.Context().Done():
			}
		}
	}()
	wg.Wait()

	require.Len(t, store.entries[id], 6, "created, used, plug, a, b, c")
	require.False(t, results[3].Created)
	require.NotEqual(t, results[2].Created, results[4].Created, "one of the two b is the first")
	require.Equal(t, results[2].Entry.Seq, results[4].Entry.Seq)
}

func TestUnknownOutcomeIsSafeToRepeat(t *testing.T) {
	gone := errors.New("connection reset")
	for name, written := range map[string]bool{"written": true, "not written": false} {
		t.Run(name, func(t *testing.T) {
			store := newLedger()
			l := open(t, store, chatlog.Options{})
			id := begin(t, l)
			store.fail = func(commit int) (bool, error) {
				if commit == 2 {
					return written, gone
				}
				return true, nil
			}
			_, err := l.Append(t.Context(), message(id, "ada", "k"), nil)
			require.ErrorIs(t, err, gone)
			again, err := l.Append(t.Context(), message(id, "ada", "k"), nil)
			require.NoError(t, err)
			require.Equal(t, !written, again.Created)
			require.Equal(t, int64(2), again.Entry.Seq)
			next, err := l.Append(t.Context(), message(id, "ada", "next"), nil)
			require.NoError(t, err)
			require.Equal(t, int64(3), next.Entry.Seq)
		})
	}
}

func TestBeginTwice(t *testing.T) {
	store := newLedger()
	l := open(t, store, chatlog.Options{})
	id := begin(t, l)
	r, err := l.Begin(t.Context(), chat.Entry{ConversationID: id, SenderID: "bob", ClientID: chat.SystemClientID("created")}, nil)
	require.NoError(t, err)
	require.False(t, r.Created)
	require.Len(t, store.entries[id], 1)
}

func TestAppendToNothing(t *testing.T) {
	l := open(t, newLedger(), chatlog.Options{})
	_, err := l.Append(t.Context(), message("none", "ada", "k"), nil)
	require.ErrorIs(t, err, chat.ErrNotFound)
}

func TestCommittedIsToldInOrder(t *testing.T) {
	l := open(t, newLedger(), chatlog.Options{})
	id := begin(t, l)
	var mu sync.Mutex
	var told []int64
	var wg sync.WaitGroup
	for n := range 200 {
		wg.Go(func() {
			_, err := l.Append(t.Context(), message(id, "ada", fmt.Sprint(n)), func(e chat.Entry) {
				mu.Lock()
				defer mu.Unlock()
				told = append(told, e.Seq)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.Len(t, told, 200)
	require.IsIncreasing(t, told)
}

func TestOverload(t *testing.T) {
	store := newLedger()
	l := open(t, store, chatlog.Options{Workers: 1, MaxPending: 2, MaxBatch: 1})
	id := begin(t, l)
	store.gate = make(chan struct{})

	results := make(chan error, 16)
	for n := range cap(results) {
		go func() {
			_, err := l.Append(t.Context(), message(id, "ada", fmt.Sprint(n)), nil)
			results <- err
		}()
	}
	// At most one is in the commit and two wait: the rest is refused while the store stands still.
	for range cap(results) - 3 {
		require.ErrorIs(t, <-results, chatlog.ErrOverloaded)
	}
	close(store.gate)
	written := 1
	for range 3 {
		if err := <-results; err == nil {
			written++
		} else {
			require.ErrorIs(t, err, chatlog.ErrOverloaded)
		}
	}
	require.Greater(t, written, 1)
	require.Len(t, store.entries[id], written)
}

func TestCallerThatLeavesDoesNotHoldTheWorker(t *testing.T) {
	store := newLedger()
	l := open(t, store, chatlog.Options{Workers: 1})
	id := begin(t, l)
	store.gate = make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() {
		_, err := l.Append(ctx, message(id, "ada", "left"), nil)
		failed <- err
	}()
	cancel()
	require.ErrorIs(t, <-failed, context.Canceled)
	close(store.gate)
	_, err := l.Append(t.Context(), message(id, "ada", "stays"), nil)
	require.NoError(t, err)
}

func TestClose(t *testing.T) {
	t.Run("finishes what waits", func(t *testing.T) {
		store := newLedger()
		l := chatlog.New(store, chatlog.Options{})
		id := begin(t, l)
		_, err := l.Append(t.Context(), message(id, "ada", "k"), nil)
		require.NoError(t, err)
		require.NoError(t, l.Close(t.Context()))
		_, err = l.Append(t.Context(), message(id, "ada", "late"), nil)
		require.ErrorIs(t, err, chatlog.ErrClosed)
		require.NoError(t, l.Close(t.Context()), "twice is harmless")
	})
	t.Run("gives up at the deadline", func(t *testing.T) {
		store := newLedger()
		l := chatlog.New(store, chatlog.Options{Workers: 1})
		id := begin(t, l)
		store.gate = make(chan struct{})
		failed := make(chan error)
		go func() {
			_, err := l.Append(t.Context(), message(id, "ada", "stuck"), nil)
			failed <- err
		}()
		store.gate <- struct{}{} // let the first go, so that the append has certainly been taken
		require.NoError(t, <-failed)
		go func() {
			_, err := l.Append(t.Context(), message(id, "ada", "stuck too"), nil)
			failed <- err
		}()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := l.Close(ctx)
		require.Error(t, errors.Join(err, <-failed))
	})
}
