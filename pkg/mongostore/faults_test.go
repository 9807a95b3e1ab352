package mongostore

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"github.com/parley-chat/parley/pkg/chat"
)

func TestFault(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		want error
	}{
		"no document":        {mongo.ErrNoDocuments, chat.ErrNotFound},
		"deadline":           {context.DeadlineExceeded, chat.ErrUnavailable},
		"cancelled":          {context.Canceled, chat.ErrUnavailable},
		"closed":             {mongo.ErrClientDisconnected, chat.ErrUnavailable},
		"not primary":        {mongo.CommandError{Code: 10107, Name: "NotWritablePrimary"}, chat.ErrUnavailable},
		"stepping down":      {mongo.CommandError{Code: 189}, chat.ErrUnavailable},
		"shutting down":      {mongo.WriteException{WriteErrors: mongo.WriteErrors{{Code: 11600}}}, chat.ErrUnavailable},
		"no majority":        {mongo.WriteException{WriteConcernError: &mongo.WriteConcernError{Code: 64}}, chat.ErrUnavailable},
		"network":            {mongo.CommandError{Labels: []string{"NetworkError"}}, chat.ErrUnavailable},
		"retryable":          {mongo.CommandError{Labels: []string{"RetryableWriteError"}}, chat.ErrUnavailable},
		"pool cleared":       {errors.New("connection pool for db:27017 was cleared because another operation failed with: connection(db:27017[-119]) incomplete read of message header: EOF"), chat.ErrUnavailable},
		"conflict passes":    {chat.ErrConflict, chat.ErrConflict},
		"others are faults":  {mongo.CommandError{Code: 2, Name: "BadValue"}, nil},
		"also of this store": {errTooMany, errTooMany},
	} {
		got := fault("op", test.err)
		if test.want != nil {
			require.ErrorIs(t, got, test.want, name)
		} else {
			require.NotErrorIs(t, got, chat.ErrUnavailable, name)
			require.NotErrorIs(t, got, chat.ErrNotFound, name)
		}
		require.ErrorContains(t, got, "op", name)
	}
	require.NoError(t, fault("op", nil))
}

// TestRefusal has MongoDB's own words; the suite meets a server that names no index.
func TestRefusal(t *testing.T) {
	for message, want := range map[string]error{
		`E11000 duplicate key error collection: parley.entries index: entries_seq dup key: { conversationId: "01J", seq: 7 }`:                           chat.ErrSeqTaken,
		`E11000 duplicate key error collection: parley.entries index: entries_client dup key: { conversationId: "01J", senderId: "01", clientId: "x" }`: chat.ErrClientIDUsed,
	} {
		got, err := (&Store{}).refusal(context.Background(), chat.Entry{}, message)
		require.NoError(t, err)
		require.ErrorIs(t, got, want)
	}
}

func TestNoServer(t *testing.T) {
	s, err := Open(context.Background(), "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=50", Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close(context.Background())) }()
	began := time.Now()
	require.ErrorIs(t, s.Ping(context.Background()), chat.ErrUnavailable)
	_, err = s.Commit(context.Background(), []chat.Entry{{ConversationID: "c", Seq: 1}})
	require.ErrorIs(t, err, chat.ErrUnavailable)
	require.Less(t, time.Since(began), operationTimeout)

	_, err = Open(context.Background(), "redis://x", Options{})
	require.Error(t, err)
}

func TestDatabaseName(t *testing.T) {
	for uri, want := range map[string]string{
		"mongodb://localhost":                                 DefaultDatabase,
		"mongodb://localhost/":                                DefaultDatabase,
		"mongodb://localhost/?replicaSet=rs0":                 DefaultDatabase,
		"mongodb://u:p@a:27017,b:27018/chat":                  "chat",
		"mongodb+srv://u:p%2F@cluster.example.org/chat?w=1":   "chat",
		"mongodb://%2Ftmp%2Fmongodb-27017.sock/chat?tls=true": "chat",
	} {
		require.Equal(t, want, databaseName(uri), uri)
	}
}

func TestGroup(t *testing.T) {
	e := func(id chat.ConversationID, seq int64) chat.Entry { return chat.Entry{ConversationID: id, Seq: seq} }
	groups := group([]chat.Entry{e("a", 1), e("b", 1), e("a", 2), e("c", 9), e("d", 4), e("d", 5)})
	var got [][]int
	for _, g := range groups {
		got = append(got, g.at)
		require.Equal(t, g.entries[0].ConversationID == "a" || g.entries[0].ConversationID == "d", g.ordered)
	}
	require.Equal(t, [][]int{{0, 2}, {4, 5}, {1, 3}}, got)
}

// TestMoves: an entry that settles the whole head may overtake others, one that leaves a part of it
// as it was may not.
func TestMoves(t *testing.T) {
	message := func(seq int64, id chat.MessageID) chat.Entry {
		return chat.Entry{ConversationID: "c", Seq: seq, Kind: chat.MessageCreated, Message: &chat.Message{ID: id}}
	}
	other := chat.Entry{ConversationID: "c", Seq: 6}
	a := newAccepted()
	from := func() (condition bson.M) {
		at, b := bsoncore.AppendDocumentStart(nil)
		require.NoError(t, bson.Unmarshal(closed(a.moves["c"].appendFrom(b), at), &condition))
		return condition
	}
	a.note(message(4, "m4"), nil)
	a.note(message(5, "m5"), nil)
	require.Equal(t, bson.M{"lastSeq": bson.D{{Key: "$lt", Value: int64(5)}}}, from())
	a.note(other, nil)
	require.Equal(t, bson.M{"lastSeq": int64(3)}, from())
	require.Equal(t, chat.Head{LastSeq: 6, LastMessageID: "m5"}, a.moves["c"].Head)
	a.note(message(7, "m7"), chat.ErrClientIDUsed)
	require.EqualValues(t, 6, a.moves["c"].LastSeq)
	require.Contains(t, a.doubtful, chat.ConversationID("c"))
}
