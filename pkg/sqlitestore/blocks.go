package sqlitestore

import (
	"context"

	"github.com/parley-chat/parley/pkg/chat"
)

const (
	blockColumns = `user_id, blocked_id, created_at`

	insertBlock    = `INSERT INTO blocks (` + blockColumns + `) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`
	deleteBlock    = `DELETE FROM blocks WHERE user_id = ? AND blocked_id = ?`
	selectBlocksOf = `SELECT ` + blockColumns + ` FROM blocks WHERE user_id = ? AND blocked_id > ? ORDER BY blocked_id LIMIT ?`
	// Each of others is looked up in both directions.
	selectBlocksBetween = `SELECT ` + blockColumns + ` FROM blocks WHERE user_id = ?1 AND blocked_id IN (SELECT value FROM json_each(?2))
		UNION ALL SELECT ` + blockColumns + ` FROM blocks WHERE blocked_id = ?1 AND user_id IN (SELECT value FROM json_each(?2))`
	selectBlocksAmong = `SELECT b.user_id, b.blocked_id, b.created_at FROM json_each(?) t CROSS JOIN blocks b
		ON b.user_id = t.value ->> 0 AND b.blocked_id = t.value ->> 1`
)

// CreateBlock is a no-op for one that exists.
func (s *Store) CreateBlock(ctx context.Context, b chat.Block) error {
	_, err := s.exec(ctx, "create block", insertBlock, b.UserID, b.BlockedID, b.CreatedAt)
	return err
}

// DeleteBlock is a no-op for one that doesn't exist.
func (s *Store) DeleteBlock(ctx context.Context, user, blocked chat.UserID) error {
	_, err := s.exec(ctx, "delete block", deleteBlock, user, blocked)
	return err
}

// BlocksOf is one page of the user's own, by the id of the blocked.
func (s *Store) BlocksOf(ctx context.Context, user, after chat.UserID, limit int) ([]chat.Block, error) {
	return list(ctx, s, "blocks of user", scanBlock, selectBlocksOf, user, after, limit)
}

// BlocksBetween are those between the user and others, whoever made them; any order; at most 1,000 others.
func (s *Store) BlocksBetween(ctx context.Context, user chat.UserID, others []chat.UserID) ([]chat.Block, error) {
	if len(others) == 0 {
		return nil, nil
	}
	if len(others) > maxIDs {
		return nil, s.fault("blocks between", errTooMany)
	}
	return list(ctx, s, "blocks between", scanBlock, selectBlocksBetween, user, toJSON(others))
}

// BlocksAmong are those between the two of each couple, whoever made them; any order; at most 1,000 couples.
func (s *Store) BlocksAmong(ctx context.Context, couples []chat.Couple) ([]chat.Block, error) {
	if len(couples) == 0 {
		return nil, nil
	}
	if len(couples) > maxIDs {
		return nil, s.fault("blocks among", errTooMany)
	}
	directions := make([]chat.Couple, 0, 2*len(couples))
	for _, c := range couples {
		directions = append(directions, c, chat.Couple{c[1], c[0]})
	}
	return list(ctx, s, "blocks among", scanBlock, selectBlocksAmong, toJSON(directions))
}

func scanBlock(row scanner) (b chat.Block, err error) {
	err = row.Scan(&b.UserID, &b.BlockedID, &b.CreatedAt)
	return b, err
}
