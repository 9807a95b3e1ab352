package e2e_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/parley-chat/parley/e2e/ferret"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/mongotest"
)

// TestMongoStore holds mongostore to the contract of stores over the real wire.
func TestMongoStore(t *testing.T) {
	mongotest.Run(t, ferret.Start(t), map[string]string{
		"of two rotations at once one wins":               ferret.LosesUpdates,
		"a read position under concurrency":               ferret.LosesUpdates,
		"heads under concurrency":                         ferret.LosesUpdates,
		"changes from two nodes leave nothing to healing": ferret.LosesUpdates,
		"an upload is claimed or taken":                   ferret.LosesUpdates,
		"of two sweeps at once each takes others":         ferret.LosesUpdates,
	})
}

// TestOldUploads: what older versions have kept without saying when to look at it is looked at a day after the start.
func TestOldUploads(t *testing.T) {
	uri, name, ctx := ferret.Start(t), mongotest.NewDatabase(), t.Context()
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	require.NoError(t, err)
	defer func() { require.NoError(t, client.Disconnect(ctx)) }()
	_, err = client.Database(name).Collection("uploads").InsertOne(ctx, bson.D{
		{Key: "_id", Value: "old"}, {Key: "ownerId", Value: "ann"}, {Key: "url", Value: "/u"}, {Key: "createdAt", Value: bson.DateTime(1)},
	})
	require.NoError(t, err)
	s := mongotest.Open(t, uri, name)
	defer func() { require.NoError(t, s.Close(ctx)) }()
	start := time.Now()
	require.NoError(t, s.Migrate(ctx))
	_, seen, err := s.TakeUnused(ctx, chat.TimeOf(start.Add(23*time.Hour)), 1, 10)
	require.NoError(t, err)
	require.Zero(t, seen)
	unused, _, err := s.TakeUnused(ctx, chat.TimeOf(start.Add(25*time.Hour)), chat.TimeOf(start.Add(26*time.Hour)), 10)
	require.NoError(t, err)
	require.Len(t, unused, 1)
	require.Equal(t, "/u", unused[0].URL)
}
