package sqlitestore_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
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

// BenchmarkMessages is one page from the middle, and the last one, of conversations of several lengths: what they cost is the same.
func BenchmarkMessages(b *testing.B) {
	for _, length := range []int64{1000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("length=%d", length), func(b *testing.B) { benchmarkMessages(b, length) })
	}
}

func benchmarkMessages(b *testing.B, length int64) {
	ctx := context.Background()
	s := open(b, filepath.Join(b.TempDir(), "parley.db"))
	first := begin(chat.NewID[chat.ConversationID]())
	entries := []chat.Entry{first}
	for seq := int64(2); seq <= length; seq++ {
		entries = append(entries, text(first, seq))
	}
	for some := range slices.Chunk(entries, 5000) {
		_, err := s.Commit(ctx, some)
		require.NoError(b, err)
	}
	for _, at := range []struct {
		name   string
		before int64
	}{{"middle", length / 2}, {"last", 0}} {
		q := chat.MessageQuery{ConversationID: first.ConversationID, Before: at.before, Limit: chat.DefaultPage}
		b.Run(at.name, func(b *testing.B) {
			for b.Loop() {
				page, err := s.Messages(ctx, q)
				if err != nil || len(page) != q.Limit {
					b.Fatal(len(page), err)
				}
			}
		})
	}
}
