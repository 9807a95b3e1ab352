package mongotest_test

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/mongotest"
)

func TestAmple(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	go mongotest.ServeAmple(listener)
	s := mongotest.Open(t, "mongodb://"+listener.Addr().String()+"/?replicaSet=ample", "parley")
	defer func() { require.NoError(t, s.Close(t.Context())) }()
	require.NoError(t, s.Ping(t.Context()))
	id, sender := chat.NewID[chat.ConversationID](), chat.NewID[chat.UserID]()
	var entries []chat.Entry
	for seq := int64(2); seq < 50; seq++ {
		entries = append(entries, chat.Entry{
			ConversationID: id, Seq: seq, Kind: chat.MessageCreated, SenderID: sender, ClientID: chat.NewID[string](), CreatedAt: 1,
			Message: &chat.Message{ID: chat.NewID[chat.MessageID](), ConversationID: id, SenderID: sender, Seq: seq, Text: "x", CreatedAt: 1},
		})
	}
	refused, err := s.Commit(t.Context(), entries)
	require.NoError(t, err)
	require.Equal(t, make([]error, len(entries)), refused)
	found, err := s.Entries(t.Context(), id, 0, 10)
	require.NoError(t, err)
	require.Empty(t, found)
}
