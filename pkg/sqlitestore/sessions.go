package sqlitestore

import (
	"context"

	"github.com/parley-chat/parley/pkg/chat"
)

const (
	// maxSessions is the most that one user is shown.
	maxSessions = 100

	sessionColumns = `id, user_id, refresh_hash, user_agent, address, created_at, last_used_at, expires_at, revoked_at`

	insertSession      = `INSERT INTO sessions (` + sessionColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
	selectSession      = `SELECT ` + sessionColumns + ` FROM sessions WHERE id = ?`
	selectSessionsByID = `SELECT ` + sessionColumns + ` FROM sessions WHERE id IN (SELECT value FROM json_each(?))`
	selectSessionsOf   = `SELECT ` + sessionColumns + ` FROM sessions
		WHERE user_id = ? AND revoked_at = 0 AND expires_at > ? ORDER BY last_used_at DESC, id LIMIT ?`
	selectRevoked = `SELECT ` + sessionColumns + ` FROM sessions
		WHERE revoked_at > 0 AND revoked_at >= ? ORDER BY revoked_at, id LIMIT ?`
	rotateSession = `UPDATE sessions SET refresh_hash = ?, last_used_at = ?, expires_at = ?
		WHERE id = ? AND refresh_hash = ? AND revoked_at = 0`
	revokeSession  = `UPDATE sessions SET revoked_at = ? WHERE id = ? AND revoked_at = 0`
	deleteSessions = `DELETE FROM sessions WHERE expires_at < ?1 OR (revoked_at > 0 AND revoked_at < ?1)`
)

// CreateSession keeps a new session.
func (s *Store) CreateSession(ctx context.Context, v chat.Session) error {
	_, err := s.exec(ctx, "create session", insertSession, v.ID, v.UserID, v.RefreshHash, v.UserAgent, v.Address,
		v.CreatedAt, v.LastUsedAt, v.ExpiresAt, v.RevokedAt)
	return err
}

// Session fails with chat.ErrNotFound; revoked and expired ones are found.
func (s *Store) Session(ctx context.Context, id chat.SessionID) (chat.Session, error) {
	return get(ctx, s, "session", scanSession, selectSession, id)
}

// SessionsByID leaves out unknown ids; revoked and expired ones are found; any order; at most 1,000 ids.
func (s *Store) SessionsByID(ctx context.Context, ids []chat.SessionID) ([]chat.Session, error) {
	return listByID(ctx, s, "sessions by id", scanSession, selectSessionsByID, ids)
}

// SessionsOf are the user's live sessions at now, latest used first; at most 100.
func (s *Store) SessionsOf(ctx context.Context, user chat.UserID, now chat.Time) ([]chat.Session, error) {
	return list(ctx, s, "sessions of user", scanSession, selectSessionsOf, user, now, maxSessions)
}

// RotateSession fails with chat.ErrConflict unless the session exists, is not revoked and still
// has the old hash. Of two at once, one wins.
func (s *Store) RotateSession(ctx context.Context, r chat.Rotation) error {
	rotated, err := s.exec(ctx, "rotate session", rotateSession, r.NewHash, r.At, r.ExpiresAt, r.ID, r.OldHash)
	if err == nil && rotated == 0 {
		return s.fault("rotate session", chat.ErrConflict)
	}
	return err
}

// RevokeSession is a no-op for one that is revoked or unknown.
func (s *Store) RevokeSession(ctx context.Context, id chat.SessionID, at chat.Time) error {
	_, err := s.exec(ctx, "revoke session", revokeSession, at, id)
	return err
}

// RevokedSince are the sessions revoked at or after since, oldest first; at most limit.
func (s *Store) RevokedSince(ctx context.Context, since chat.Time, limit int) ([]chat.Session, error) {
	return list(ctx, s, "revoked sessions", scanSession, selectRevoked, since, limit)
}

// DeleteSessions removes those that expired, or were revoked, before the given time.
func (s *Store) DeleteSessions(ctx context.Context, before chat.Time) (int64, error) {
	return s.exec(ctx, "delete sessions", deleteSessions, before)
}

func scanSession(row scanner) (v chat.Session, err error) {
	err = row.Scan(&v.ID, &v.UserID, &v.RefreshHash, &v.UserAgent, &v.Address, &v.CreatedAt, &v.LastUsedAt, &v.ExpiresAt, &v.RevokedAt)
	return v, err
}
