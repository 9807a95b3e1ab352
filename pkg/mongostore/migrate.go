package mongostore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

const (
	// migrateTimeout bounds the making of one collection's indexes.
	migrateTimeout = 5 * time.Minute
	// sessionsKept is how long an expired session, or link, stays where nothing else deletes it.
	sessionsKept = 7 * 24 * time.Hour
	// notImplemented is how servers other than MongoDB refuse what they lack.
	notImplemented = 238
)

// index is listed in docs/storage.md, with what it is for.
type index struct {
	name   string
	keys   bson.D
	unique bool
	// ttl, if not 0, is how long after the date in the key a document is deleted by the server.
	ttl time.Duration
	// holding, if not "", keeps documents without the field out of the index.
	holding string
}

func (s *Store) indexes() map[*mongo.Collection][]index {
	return map[*mongo.Collection][]index{
		s.users: {
			{name: "users_email", keys: ascending("email"), unique: true},
			{name: "users_avatar", keys: ascending("avatarUrl")},
			{name: "users_name", keys: ascending("nameKeys", "foldedName", "_id")},
		},
		s.sessions: {
			{name: "sessions_user", keys: bson.D{{Key: "userId", Value: 1}, {Key: "lastUsedAt", Value: -1}, {Key: "_id", Value: 1}}},
			{name: "sessions_revoked", keys: ascending("revokedAt", "_id")},
			{name: "sessions_expiry", keys: ascending("expiresAt"), ttl: sessionsKept},
		},
		s.links: {
			{name: "links_user", keys: ascending("userId", "purpose")},
			{name: "links_expiry", keys: ascending("expiresAt"), ttl: sessionsKept},
		},
		s.blocks: {
			{name: "blocks_user", keys: ascending("userId", "blockedId")},
			{name: "blocks_blocked", keys: ascending("blockedId", "userId")},
		},
		s.invites: {
			{name: "invites_code", keys: ascending("code"), unique: true},
			{name: "invites_conversation", keys: ascending("conversationId", "overAt")},
			{name: "invites_over", keys: ascending("overAt")},
		},
		s.inviteUses: {
			{name: "invite_uses_slot", keys: ascending("inviteId", "slot"), unique: true},
		},
		s.entries: {
			{name: entriesSeq, keys: ascending("conversationId", "seq"), unique: true},
			{name: entriesClient, keys: ascending("conversationId", "senderId", "clientId"), unique: true},
			{name: "entries_messages", keys: ascending("conversationId", "kind", "seq", "senderId")},
			{name: "entries_target", keys: ascending("conversationId", "targetId", "seq")},
			{name: "entries_pinned", keys: ascending("conversationId", "pinnedSeq"), holding: "pinnedSeq"},
			{name: "entries_mentions", keys: ascending("conversationId", "mentionKeys", "seq", "senderId"), holding: "mentionKeys"},
			{name: "entries_terms", keys: append(ascending("conversationId", "terms"), newestFirst...), holding: "terms"},
			{name: "entries_attachments", keys: ascending(attachmentID), holding: attachmentID},
			{name: "entries_created", keys: ascending("createdAt", "conversationId", "seq")},
		},
		s.conversations: {
			{name: "conversations_avatar", keys: ascending("avatarUrl")},
		},
		s.uploads: {
			{name: "uploads_due", keys: ascending("dueAt")},
			{name: "uploads_thumbnail", keys: ascending("thumbnailUrl")},
		},
		s.members: {
			{name: "members_user", keys: ascending("userId", "conversationId")},
			{name: "members_rooms", keys: ascending("userId", "room")},
			{name: "members_joined", keys: ascending("conversationId", "joinedSeq", "userId")},
		},
	}
}

// Migrate makes the indexes that are missing, and has old uploads looked at; safe to run on many nodes at once.
func (s *Store) Migrate(ctx context.Context) error {
	for collection, indexes := range s.indexes() {
		for _, i := range indexes {
			if err := s.ensure(ctx, collection, i); err != nil {
				return fault("migrate "+i.name, err)
			}
		}
	}
	return s.dateUploads(ctx)
}

func (s *Store) ensure(ctx context.Context, collection *mongo.Collection, i index) error {
	ctx, cancel := context.WithTimeout(ctx, migrateTimeout)
	defer cancel()
	opts := options.Index().SetName(i.name)
	if i.unique {
		opts.SetUnique(true)
	}
	if i.ttl > 0 {
		opts.SetExpireAfterSeconds(int32(i.ttl.Seconds()))
	}
	if i.holding != "" {
		opts.SetPartialFilterExpression(bson.D{{Key: i.holding, Value: is("$exists", true)}})
	}
	_, err := collection.Indexes().CreateOne(ctx, mongo.IndexModel{Keys: i.keys, Options: opts})
	var refused mongo.ServerError
	if i.ttl > 0 && errors.As(err, &refused) && refused.HasErrorCode(notImplemented) {
		s.log.WarnContext(ctx, "the server deletes nothing by itself; what has expired waits for the sweep",
			"index", i.name, "error", err)
		i.ttl = 0
		return s.ensure(ctx, collection, i)
	}
	if i.holding != "" && errors.As(err, &refused) && refused.HasErrorCode(notImplemented) {
		s.log.WarnContext(ctx, "the server's index holds every document", "index", i.name, "error", err)
		i.holding = ""
		return s.ensure(ctx, collection, i)
	}
	if err != nil {
		return fmt.Errorf("create index: %w", err)
	}
	return nil
}
