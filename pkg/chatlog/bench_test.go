package chatlog_test

import (
	"context"
	"sync"
	"testing"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/chatlog"
)

func BenchmarkAppend(b *testing.B) {
	store := &sink{last: map[chat.ConversationID]int64{}}
	l := chatlog.New(store, chatlog.Options{})
	defer func() { _ = l.Close(context.Background()) }()
	ids := make([]chat.ConversationID, 100)
	for i := range ids {
		ids[i] = chat.NewID[chat.ConversationID]()
		store.last[ids[i]] = 1
	}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for n := 0; pb.Next(); n++ {
			if _, err := l.Append(b.Context(), message(ids[n%len(ids)], "ada", "k"), nil); err != nil {
				b.Error(err)
			}
		}
	})
}

// sink takes everything.
type sink struct {
	mu   sync.Mutex
	last map[chat.ConversationID]int64
}

func (s *sink) Commit(_ context.Context, entries []chat.Entry) ([]error, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range entries {
		s.last[e.ConversationID] = e.Seq
	}
	return make([]error, len(entries)), nil
}

func (s *sink) LastSeq(_ context.Context, id chat.ConversationID) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last[id], nil
}

func (*sink) EntryByClientID(context.Context, chat.ConversationID, chat.UserID, string) (chat.Entry, error) {
	return chat.Entry{}, chat.ErrNotFound
}
