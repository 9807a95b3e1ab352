package sqlitestore_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/sqlitestore"
)

// BenchmarkCommit is one durable commit of a batch; entries/s tells what group commit gains.
func BenchmarkCommit(b *testing.B) {
	for _, size := range []struct{ batch, conversations int }{{1, 1}, {64, 1}, {64, 64}} {
		b.Run(fmt.Sprintf("batch=%d,conversations=%d", size.batch, size.conversations), func(b *testing.B) {
			ctx := context.Background()
			s := open(b, filepath.Join(b.TempDir(), "parley.db"))
			first := make([]chat.Entry, size.conversations)
			for i := range first {
				first[i] = begin(chat.NewID[chat.ConversationID]())
			}
			_, err := s.Commit(ctx, first)
			require.NoError(b, err)
			batch := make([]chat.Entry, size.batch)
			next := 0
			for b.Loop() {
				for i := range batch {
					batch[i] = text(first[next%len(first)], int64(2+next/len(first)))
					next++
				}
				if _, err := s.Commit(ctx, batch); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*size.batch)/b.Elapsed().Seconds(), "entries/s")
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

// BenchmarkMembersOf is the members of 50 direct conversations, as a sync reads them.
func BenchmarkMembersOf(b *testing.B) {
	s, ids := fifty(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.MembersOf(b.Context(), ids, 100); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkUnread counts what is unread in 50 direct conversations.
func BenchmarkUnread(b *testing.B) {
	s, ids := fifty(b)
	from := make([]chat.ReadPosition, len(ids))
	for i, id := range ids {
		from[i].ConversationID = id
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Unread(b.Context(), "somebody", from); err != nil {
			b.Fatal(err)
		}
	}
}

func fifty(t testing.TB) (*sqlitestore.Store, []chat.ConversationID) {
	t.Helper()
	s := open(t, filepath.Join(t.TempDir(), "parley.db"))
	ids := make([]chat.ConversationID, 50)
	for i := range ids {
		ids[i] = chat.NewID[chat.ConversationID]()
		_, err := s.Commit(t.Context(), []chat.Entry{begin(ids[i])})
		require.NoError(t, err)
	}
	return s, ids
}

// TestManyConversationsAreOneQuestion guards what reading them allocates, which a question for each would multiply.
func TestManyConversationsAreOneQuestion(t *testing.T) {
	s, ids := fifty(t)
	allocations := testing.AllocsPerRun(20, func() {
		members, err := s.MembersOf(t.Context(), ids, 100)
		require.NoError(t, err)
		require.Len(t, members, len(ids))
	})
	require.Less(t, allocations, 900.0)
	allocations = testing.AllocsPerRun(20, func() {
		from := make([]chat.ReadPosition, len(ids))
		for i, id := range ids {
			from[i].ConversationID = id
		}
		_, err := s.Unread(t.Context(), "somebody", from)
		require.NoError(t, err)
	})
	require.Less(t, allocations, 450.0)
}
