package chatlog_test

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/chatlog"
)

// oneWriter is a store that has one writer at a time.
type oneWriter struct{ *ledger }

func (o oneWriter) CommitNext(ctx context.Context, entries []chat.Entry) ([]error, error) {
	return o.Commit(ctx, entries)
}

// What comes to a store with one writer while it writes is its next batch, whatever the conversations.
func TestOneWriterGetsOneBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := oneWriter{newLedger()}
		store.gate = make(chan struct{})
		l := chatlog.New(store, chatlog.Options{})
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() {
				_, err := l.Begin(t.Context(), message(chat.ConversationID("C"+strconv.Itoa(i)), "U", "1"), nil)
				assert.NoError(t, err)
			})
		}
		synctest.Wait() // the first is being written, the others wait
		close(store.gate)
		all.Wait()
		require.LessOrEqual(t, store.commits, 2)
		require.NoError(t, l.Close(t.Context()))
	})
}
