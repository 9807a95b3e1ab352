package sqlitestore_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
)

// BenchmarkCommit is one durable commit of a batch; entries/s tells what group commit gains.
func BenchmarkCommit(b *testing.B) {
	for _, size := range []int{1, 64} {
		b.Run(fmt.Sprintf("batch=%d", size), func(b *testing.B) {
			ctx := context.Background()
			s := open(b, filepath.Join(b.TempDir(), "parley.db"))
			first := begin(chat.NewID[chat.ConversationID]())
			_, err := s.Commit(ctx, []chat.Entry{first})
			require.NoError(b, err)
			seq := int64(1)
			batch := make([]chat.Entry, size)
			for b.Loop() {
				for i := range batch {
					seq++
					batch[i] = text(first, seq)
				}
				if _, err := s.Commit(ctx, batch); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "entries/s")
		})
	}
}

// BenchmarkMessages is one page from the middle of a long conversation.
func BenchmarkMessages(b *testing.B) {
	const length = 10_000
	ctx := context.Background()
	s := open(b, filepath.Join(b.TempDir(), "parley.db"))
	first := begin(chat.NewID[chat.ConversationID]())
	entries := []chat.Entry{first}
	for seq := int64(2); seq <= length; seq++ {
		entries = append(entries, text(first, seq))
	}
	_, err := s.Commit(ctx, entries)
	require.NoError(b, err)
	q := chat.MessageQuery{ConversationID: first.ConversationID, Before: length / 2, Limit: chat.DefaultPage}
	for b.Loop() {
		page, err := s.Messages(ctx, q)
		if err != nil || len(page) != q.Limit {
			b.Fatal(len(page), err)
		}
	}
}
