// Package mongostore keeps everything in MongoDB (7 or newer, a replica set in production, which
// may be sharded by conversation): the store of many nodes.
//
// What users write is acknowledged when a majority has it on disk, and the log is read as a
// majority has it, so that no election takes back what anybody has seen. What is derived from the
// log is written after it and heals by itself; see Heal.
package mongostore

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
)

const (
	// DefaultDatabase is used where the URI names none.
	DefaultDatabase = "parley"
	// operationTimeout bounds a call whose context sets no earlier end, and each step of a long one.
	operationTimeout = 10 * time.Second
	// fanOut is how many commands one call has under way at most.
	fanOut = 8
	// maxIDs is the longest list of ids in one question.
	maxIDs = 1000
)

var errTooMany = fmt.Errorf("more than %d in one question", maxIDs)

// Options of a Store; zero values take the defaults.
type Options struct {
	// Logger takes what concerns an operator: an index that the server lacks, derived state left
	// to healing. The default is slog.Default().
	Logger *slog.Logger
}

// Store is safe for concurrent use. Every method returns an error that wraps
// chat.ErrUnavailable when MongoDB can't be reached, has no primary, or takes longer than ctx
// allows (10 seconds at most).
type Store struct {
	client *mongo.Client
	log    *slog.Logger

	users         *mongo.Collection
	sessions      *mongo.Collection
	links         *mongo.Collection
	blocks        *mongo.Collection
	entries       *mongo.Collection
	conversations *mongo.Collection
	members       *mongo.Collection
	uploads       *mongo.Collection
	invites       *mongo.Collection
	inviteUses    *mongo.Collection
	progress      *mongo.Collection
	// heads is conversations, acknowledged by the primary alone: what is lost there heals.
	heads *mongo.Collection
}

// Open makes a Store for a mongodb:// or mongodb+srv:// URI. It fails for a wrong URI only: whether
// a server answers is for Migrate and Ping to tell.
func Open(_ context.Context, uri string, opts Options) (*Store, error) {
	client, err := mongo.Connect(options.Client().
		SetAppName("parley").
		ApplyURI(uri).
		SetReadPreference(readpref.Primary()).
		SetReadConcern(readconcern.Local()).
		SetWriteConcern(durable()).
		SetRetryReads(true).
		SetRetryWrites(true))
	if err != nil {
		return nil, fmt.Errorf("mongostore: open: %w", err)
	}
	if opts.Logger == nil {
		opts.Logger = slog.Default()
	}
	db := client.Database(databaseName(uri))
	return &Store{
		client:        client,
		log:           opts.Logger,
		users:         db.Collection("users"),
		sessions:      db.Collection("sessions"),
		links:         db.Collection("links"),
		blocks:        db.Collection("blocks"),
		entries:       db.Collection("entries", options.Collection().SetReadConcern(readconcern.Majority())),
		conversations: db.Collection("conversations"),
		members:       db.Collection("members"),
		uploads:       db.Collection("uploads"),
		invites:       db.Collection("invites"),
		inviteUses:    db.Collection("invite_uses"),
		progress:      db.Collection("progress"),
		heads:         db.Collection("conversations", options.Collection().SetWriteConcern(writeconcern.W1())),
	}, nil
}

// durable is a majority, each with the write in its journal.
func durable() *writeconcern.WriteConcern {
	journaled := true
	w := writeconcern.Majority()
	w.Journal = &journaled
	return w
}

// databaseName is the path of a URI, which may name many hosts and so is not for net/url.
func databaseName(uri string) string {
	_, rest, _ := strings.Cut(uri, "://")
	_, path, _ := strings.Cut(rest, "/")
	name, _, _ := strings.Cut(path, "?")
	if name == "" {
		return DefaultDatabase
	}
	return name
}

// Ping tells whether there is a primary, which is to say one that takes writes, and it answers.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	return fault("ping", s.client.Ping(ctx, readpref.Primary()))
}

// Close waits for running calls, but not longer than ctx.
func (s *Store) Close(ctx context.Context) error {
	if err := s.client.Disconnect(ctx); err != nil {
		return fmt.Errorf("mongostore: close: %w", err)
	}
	return nil
}
