package sqlitestore_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/chatlog"
	"github.com/parley-chat/parley/pkg/sqlitestore"
)

func openFile(t *testing.T, path string) *sqlitestore.Store {
	t.Helper()
	s, err := sqlitestore.Open(t.Context(), path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close(context.Background())) })
	require.NoError(t, s.Migrate(t.Context()))
	return s
}

func said(id chat.ConversationID, seq int64, clientID string) chat.Entry {
	m := chat.Message{ID: chat.NewID[chat.MessageID](), ConversationID: id, Seq: seq, SenderID: "ada", ClientID: clientID, Text: "x", CreatedAt: 2}.Normalize()
	return chat.Entry{ConversationID: id, Seq: seq, Kind: chat.MessageCreated, SenderID: "ada", ClientID: clientID, CreatedAt: 2, Message: &m}
}

func opened(id chat.ConversationID) chat.Entry {
	return chat.Entry{
		ConversationID: id, Seq: 1, Kind: chat.ConversationCreated, SenderID: "ada", ClientID: chat.SystemClientID("created"), CreatedAt: 1,
		Created: &chat.Creation{Type: chat.Group, Title: "x", Members: []chat.NewMember{{UserID: "ada", Role: chat.RoleOwner}}},
	}
}

// Entries whose seq is taken move behind what is there, in their order; what is refused for another reason stays so.
func TestCommitNext(t *testing.T) {
	s := openFile(t, filepath.Join(t.TempDir(), "parley.db"))
	a, b := chat.NewID[chat.ConversationID](), chat.NewID[chat.ConversationID]()
	results, err := s.CommitNext(t.Context(), []chat.Entry{opened(a), opened(b), said(a, 2, "1"), said(a, 3, "2"), said(b, 2, "1")})
	require.NoError(t, err)
	require.Equal(t, make([]error, 5), results)

	entries := []chat.Entry{said(a, 2, "3"), said(b, 3, "2"), said(a, 3, "4"), said(a, 4, "1"), said(a, 5, "5"), opened(b)}
	results, err = s.CommitNext(t.Context(), entries)
	require.NoError(t, err)
	require.Equal(t, []error{nil, nil, nil, chat.ErrClientIDUsed, chat.ErrNotAttempted, chat.ErrClientIDUsed}, results)
	require.Equal(t, []int64{4, 3, 5}, []int64{entries[0].Seq, entries[1].Seq, entries[2].Seq})
	log, err := s.Entries(t.Context(), a, 0, 10)
	require.NoError(t, err)
	require.Len(t, log, 5)
	for i, clientID := range []string{"~created", "1", "2", "3", "4"} {
		require.Equal(t, clientID, log[i].ClientID)
		require.EqualValues(t, i+1, log[i].Seq)
		if i > 0 {
			require.EqualValues(t, i+1, log[i].Message.Seq)
		}
	}
	c, err := s.Conversation(t.Context(), a)
	require.NoError(t, err)
	require.EqualValues(t, 5, c.LastSeq)

	results, err = s.Commit(t.Context(), []chat.Entry{said(a, 5, "6")})
	require.NoError(t, err)
	require.Equal(t, []error{chat.ErrSeqTaken}, results, "who asks for a seq gets that one or none")
}

// counted counts commits.
type counted struct {
	*sqlitestore.Store
	commits int // by the log's one worker
}

func (c *counted) CommitNext(ctx context.Context, entries []chat.Entry) ([]error, error) {
	c.commits++
	return c.Store.CommitNext(ctx, entries)
}

// Two nodes that write into one conversation by turns need one commit for each entry, though neither knows the last seq.
func TestNodesTakeTurns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "parley.db")
	stores := []*counted{{Store: openFile(t, path)}, {Store: openFile(t, path)}}
	var logs []*chatlog.Log
	for _, s := range stores {
		l := chatlog.New(s, chatlog.Options{Workers: 1})
		defer func() { require.NoError(t, l.Close(context.Background())) }()
		logs = append(logs, l)
	}
	id := chat.NewID[chat.ConversationID]()
	_, err := logs[0].Begin(t.Context(), opened(id), nil)
	require.NoError(t, err)
	for i := range 20 {
		var told chat.Entry
		e := said(id, 0, string(chat.NewID[chat.MessageID]()))
		got, err := logs[i%2].Append(t.Context(), e, func(e chat.Entry) { told = e })
		require.NoError(t, err)
		require.True(t, got.Created)
		require.EqualValues(t, i+2, got.Entry.Seq)
		require.EqualValues(t, i+2, got.Entry.Message.Seq)
		require.Equal(t, got.Entry, told)
	}
	require.Equal(t, 21, stores[0].commits+stores[1].commits)
}
