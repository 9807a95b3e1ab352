package sqlitestore

import (
	"context"

	"github.com/parley-chat/parley/pkg/chat"
)

const (
	linkColumns = `hash, purpose, user_id, email, created_at, expires_at`

	insertLink         = `INSERT INTO links (` + linkColumns + `) VALUES (?, ?, ?, ?, ?, ?)`
	selectLink         = `SELECT ` + linkColumns + ` FROM links WHERE hash = ?`
	takeLink           = `DELETE FROM links WHERE hash = ?`
	deleteLinks        = `DELETE FROM links WHERE user_id = ? AND purpose = ?`
	deleteExpiredLinks = `DELETE FROM links WHERE expires_at < ?`
)

// CreateLink keeps a new link.
func (s *Store) CreateLink(ctx context.Context, l chat.Link) error {
	_, err := s.exec(ctx, "create link", insertLink, l.Hash, l.Purpose, l.UserID, l.Email, l.CreatedAt, l.ExpiresAt)
	return err
}

// Link fails with chat.ErrNotFound; expired ones are found.
func (s *Store) Link(ctx context.Context, hash string) (chat.Link, error) {
	return get(ctx, s, "link", scanLink, selectLink, hash)
}

// TakeLink removes a link; fails with chat.ErrNotFound if there is none. Of two at once, one gets it.
func (s *Store) TakeLink(ctx context.Context, hash string) error {
	taken, err := s.exec(ctx, "take link", takeLink, hash)
	if err == nil && taken == 0 {
		return s.fault("take link", chat.ErrNotFound)
	}
	return err
}

// DeleteLinks removes all of the user's for a purpose.
func (s *Store) DeleteLinks(ctx context.Context, user chat.UserID, purpose chat.LinkPurpose) error {
	_, err := s.exec(ctx, "delete links", deleteLinks, user, purpose)
	return err
}

// DeleteExpiredLinks removes those that expired before the given time.
func (s *Store) DeleteExpiredLinks(ctx context.Context, before chat.Time) (int64, error) {
	return s.exec(ctx, "delete expired links", deleteExpiredLinks, before)
}

func scanLink(row scanner) (l chat.Link, err error) {
	err = row.Scan(&l.Hash, &l.Purpose, &l.UserID, &l.Email, &l.CreatedAt, &l.ExpiresAt)
	return l, err
}
