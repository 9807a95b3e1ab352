// Package mongotest holds mongostore to the contract of stores, on whatever server a test has.
package mongotest

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/mongostore"
	"github.com/parley-chat/parley/pkg/storetest"
)

const patience = 30 * time.Second

// Run runs the suite against the server at uri, each test in a database of its own, which is dropped
// after it. skip tells, by the name of a test, why it can't hold on that server.
func Run(t *testing.T, uri string, skip map[string]string) {
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Disconnect(during(t))) })
	storetest.Run(t, func(t *testing.T) storetest.Harness {
		db := client.Database(NewDatabase())
		t.Cleanup(func() { require.NoError(t, db.Drop(during(t))) })
		return storetest.Harness{
			Open: func(t *testing.T) storetest.Store { return Open(t, uri, db.Name()) },
			Rewind: func(t *testing.T, id chat.ConversationID, to *chat.Head) {
				rewind(t, db, id, to)
			},
			Regress: func(t *testing.T, c chat.Conversation, members []chat.Member) { regress(t, db, c, members) },
			Forget:  func(t *testing.T, m chat.Message) { forget(t, db, m) },
			Unindex: func(t *testing.T) { unindex(t, db) },
			Skip:    skip,
		}
	})
}

// unindex takes away what messages and names are found by; see storetest.Harness.
func unindex(t *testing.T, db *mongo.Database) {
	ctx := during(t)
	_, err := db.Collection("entries").UpdateMany(ctx, bson.D{}, bson.D{{Key: "$unset", Value: bson.D{{Key: "terms", Value: ""}}}})
	require.NoError(t, err)
	_, err = db.Collection("users").UpdateMany(ctx, bson.D{}, bson.D{{Key: "$set", Value: bson.D{{Key: "nameKeys", Value: bson.A{}}}}})
	require.NoError(t, err)
	require.NoError(t, db.Collection("progress").Drop(ctx))
}

// Open opens a store on the named database of the server at uri.
func Open(t testing.TB, uri, database string) *mongostore.Store {
	t.Helper()
	s, err := mongostore.Open(during(t), WithDatabase(uri, database), mongostore.Options{Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
	require.NoError(t, err)
	return s
}

// NewDatabase is a name that no other test has.
func NewDatabase() string {
	return "parley_test_" + strings.ToLower(string(chat.NewID[chat.UserID]()))
}

// WithDatabase is uri with its database replaced.
func WithDatabase(uri, database string) string {
	scheme, rest, _ := strings.Cut(uri, "://")
	rest, query, _ := strings.Cut(rest, "?")
	hosts, _, _ := strings.Cut(rest, "/")
	if query != "" {
		query = "?" + query
	}
	return fmt.Sprintf("%s://%s/%s%s", scheme, hosts, url.PathEscape(database), query)
}

// rewind puts derived state back to where a crash would have left it; see storetest.Harness.
func rewind(t *testing.T, db *mongo.Database, id chat.ConversationID, to *chat.Head) {
	ctx := during(t)
	byID := bson.D{{Key: "_id", Value: id}}
	if to == nil {
		deleted, err := db.Collection("conversations").DeleteOne(ctx, byID)
		require.NoError(t, err)
		require.EqualValues(t, 1, deleted.DeletedCount)
		deleted, err = db.Collection("members").DeleteMany(ctx, bson.D{{Key: "conversationId", Value: id}})
		require.NoError(t, err)
		require.Positive(t, deleted.DeletedCount)
		return
	}
	updated, err := db.Collection("conversations").UpdateOne(ctx, byID, bson.D{{Key: "$set", Value: bson.D{
		{Key: "lastSeq", Value: to.LastSeq},
		{Key: "lastMessageId", Value: to.LastMessageID},
		{Key: "lastActivityAt", Value: bson.DateTime(to.LastActivityAt)},
	}}})
	require.NoError(t, err)
	require.EqualValues(t, 1, updated.MatchedCount)
}

// regress puts a group back to an earlier state; see storetest.Harness.
func regress(t *testing.T, db *mongo.Database, c chat.Conversation, members []chat.Member) {
	ctx := during(t)
	updated, err := db.Collection("conversations").UpdateOne(ctx, bson.D{{Key: "_id", Value: c.ID}}, bson.D{
		{Key: "$set", Value: bson.D{
			{Key: "title", Value: c.Title}, {Key: "memberCount", Value: c.MemberCount}, {Key: "revision", Value: c.Revision},
		}},
		{Key: "$unset", Value: bson.D{{Key: "roomSeq", Value: ""}, {Key: "roomAt", Value: ""}, {Key: "deletedAt", Value: ""}}},
	})
	require.NoError(t, err)
	require.EqualValues(t, 1, updated.MatchedCount)
	_, err = db.Collection("members").DeleteMany(ctx, bson.D{{Key: "conversationId", Value: c.ID}})
	require.NoError(t, err)
	for _, m := range members {
		_, err := db.Collection("members").InsertOne(ctx, bson.D{
			{Key: "_id", Value: string(c.ID) + ":" + string(m.UserID)},
			{Key: "conversationId", Value: c.ID},
			{Key: "userId", Value: m.UserID},
			{Key: "role", Value: m.Role},
			{Key: "joinedAt", Value: bson.DateTime(m.JoinedAt)},
			{Key: "joinedSeq", Value: m.JoinedSeq},
			{Key: "readSeq", Value: m.ReadSeq},
			{Key: "mutedUntil", Value: bson.DateTime(m.MutedUntil)},
			{Key: "revisedSeq", Value: m.RevisedSeq},
		})
		require.NoError(t, err)
	}
}

// forget puts a message back to an earlier state; see storetest.Harness.
func forget(t *testing.T, db *mongo.Database, m chat.Message) {
	reactions := bson.A{}
	for emoji, users := range m.Reactions {
		reactions = append(reactions, bson.D{{Key: "emoji", Value: emoji}, {Key: "userIds", Value: users}})
	}
	attachments := bson.A{}
	for _, a := range m.Attachments {
		attachments = append(attachments, bson.D{
			{Key: "id", Value: a.ID}, {Key: "url", Value: a.URL}, {Key: "thumbnailUrl", Value: a.ThumbnailURL}, {Key: "mime", Value: a.Mime},
		})
	}
	set := bson.D{
		{Key: "message.text", Value: m.Text},
		{Key: "message.attachments", Value: attachments},
		{Key: "message.mentions", Value: m.Mentions},
		{Key: "message.reactions", Value: reactions},
		{Key: "message.editedAt", Value: bson.DateTime(m.EditedAt)},
		{Key: "message.deletedAt", Value: bson.DateTime(0)},
		{Key: "message.pinnedAt", Value: bson.DateTime(m.PinnedAt)},
	}
	change := bson.D{{Key: "$set", Value: append(set, bson.E{Key: "rev", Value: m.Rev})}}
	if m.Rev == 0 {
		change = bson.D{{Key: "$set", Value: set}, {Key: "$unset", Value: bson.D{{Key: "rev", Value: ""}}}}
	}
	updated, err := db.Collection("entries").UpdateOne(during(t), bson.D{{Key: "_id", Value: m.ID}}, change)
	require.NoError(t, err)
	require.EqualValues(t, 1, updated.MatchedCount)
}

func during(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}
