package mongostore

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/parley-chat/parley/pkg/chat"
)

// maxSessions is the most that one user is shown.
const maxSessions = 100

type sessionRecord struct {
	ID          chat.SessionID `bson:"_id"`
	UserID      chat.UserID    `bson:"userId"`
	RefreshHash string         `bson:"refreshHash"`
	UserAgent   string         `bson:"userAgent"`
	Address     string         `bson:"address"`
	CreatedAt   bson.DateTime  `bson:"createdAt"`
	LastUsedAt  bson.DateTime  `bson:"lastUsedAt"`
	ExpiresAt   bson.DateTime  `bson:"expiresAt"`
	RevokedAt   bson.DateTime  `bson:"revokedAt"`
}

func (r sessionRecord) domain() chat.Session {
	return chat.Session{
		ID: r.ID, UserID: r.UserID, RefreshHash: r.RefreshHash, UserAgent: r.UserAgent, Address: r.Address,
		CreatedAt: chat.Time(r.CreatedAt), LastUsedAt: chat.Time(r.LastUsedAt),
		ExpiresAt: chat.Time(r.ExpiresAt), RevokedAt: chat.Time(r.RevokedAt),
	}
}

// notRevoked is part of each filter that wants a session alive.
var notRevoked = bson.E{Key: "revokedAt", Value: instant(0)}

// CreateSession keeps a new session.
func (s *Store) CreateSession(ctx context.Context, v chat.Session) error {
	return insert(ctx, s.sessions, "create session", sessionRecord{
		ID: v.ID, UserID: v.UserID, RefreshHash: v.RefreshHash, UserAgent: v.UserAgent, Address: v.Address,
		CreatedAt: instant(v.CreatedAt), LastUsedAt: instant(v.LastUsedAt),
		ExpiresAt: instant(v.ExpiresAt), RevokedAt: instant(v.RevokedAt),
	})
}

// Session fails with chat.ErrNotFound; revoked and expired ones are found.
func (s *Store) Session(ctx context.Context, id chat.SessionID) (chat.Session, error) {
	return findOne[sessionRecord](ctx, s.sessions, "session", bson.D{{Key: "_id", Value: id}})
}

// SessionsByID leaves out unknown ids; revoked and expired ones are found; any order; at most 1,000 ids.
func (s *Store) SessionsByID(ctx context.Context, ids []chat.SessionID) ([]chat.Session, error) {
	return findByID[sessionRecord](ctx, s.sessions, "sessions by id", ids, nil)
}

// SessionsOf are the user's live sessions at now, latest used first; at most 100.
func (s *Store) SessionsOf(ctx context.Context, user chat.UserID, now chat.Time) ([]chat.Session, error) {
	filter := bson.D{{Key: "userId", Value: user}, notRevoked, {Key: "expiresAt", Value: is("$gt", instant(now))}}
	latest := bson.D{{Key: "lastUsedAt", Value: -1}, {Key: "_id", Value: 1}}
	return find[sessionRecord](ctx, s.sessions, "sessions of user", filter, options.Find().SetSort(latest).SetLimit(maxSessions))
}

// RotateSession fails with chat.ErrConflict unless the session exists, is not revoked and still
// has the old hash. Of two at once, one wins.
func (s *Store) RotateSession(ctx context.Context, r chat.Rotation) error {
	found, err := update(ctx, s.sessions, "rotate session",
		bson.D{{Key: "_id", Value: r.ID}, {Key: "refreshHash", Value: r.OldHash}, notRevoked},
		bson.D{
			{Key: "refreshHash", Value: r.NewHash},
			{Key: "lastUsedAt", Value: instant(r.At)},
			{Key: "expiresAt", Value: instant(r.ExpiresAt)},
		})
	if err == nil && !found {
		return fault("rotate session", chat.ErrConflict)
	}
	return err
}

// RevokeSession is a no-op for one that is revoked or unknown.
func (s *Store) RevokeSession(ctx context.Context, id chat.SessionID, at chat.Time) error {
	_, err := update(ctx, s.sessions, "revoke session",
		bson.D{{Key: "_id", Value: id}, notRevoked}, bson.D{{Key: "revokedAt", Value: instant(at)}})
	return err
}

// RevokedSince are the sessions revoked at or after since, oldest first; at most limit.
func (s *Store) RevokedSince(ctx context.Context, since chat.Time, limit int) ([]chat.Session, error) {
	filter := bson.D{{Key: "revokedAt", Value: is("$gte", instant(max(since, 1)))}}
	return find[sessionRecord](ctx, s.sessions, "revoked sessions", filter,
		options.Find().SetSort(ascending("revokedAt", "_id")).SetLimit(int64(limit)))
}

// DeleteSessions removes those that expired, or were revoked, before the given time.
func (s *Store) DeleteSessions(ctx context.Context, before chat.Time) (int64, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	result, err := s.sessions.DeleteMany(ctx, bson.D{{Key: "$or", Value: bson.A{
		bson.D{{Key: "expiresAt", Value: is("$lt", instant(before))}},
		bson.D{{Key: "revokedAt", Value: bson.D{{Key: "$gt", Value: instant(0)}, {Key: "$lt", Value: instant(before)}}}},
	}}})
	if err != nil {
		return 0, fault("delete sessions", err)
	}
	return result.DeletedCount, nil
}
