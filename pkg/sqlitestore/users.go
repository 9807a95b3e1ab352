package sqlitestore

import (
	"context"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/namekey"
)

const (
	userColumns = `u.id, u.full_name, u.email, u.password_hash, u.email_verified, u.bio, u.avatar_url, u.created_at, u.last_seen_at,
		u.last_seen, u.invisible`

	insertUser = `INSERT INTO users
		(id, full_name, email, password_hash, email_verified, bio, avatar_url, created_at, last_seen_at, last_seen, invisible)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (email) DO NOTHING`
	selectUser        = `SELECT ` + userColumns + ` FROM users u WHERE u.id = ?`
	selectUserByEmail = `SELECT ` + userColumns + ` FROM users u WHERE u.email = ?`
	selectUsersByID   = `SELECT ` + userColumns + ` FROM users u WHERE u.id IN (SELECT value FROM json_each(?))`

	updateUser = `UPDATE users SET
		full_name     = coalesce(?, full_name),
		bio           = coalesce(?, bio),
		avatar_url    = coalesce(?, avatar_url),
		password_hash = coalesce(?, password_hash),
		email_verified = email_verified OR ?,
		last_seen     = coalesce(?, last_seen),
		invisible     = coalesce(?, invisible)
		WHERE id = ?`
	updateLastSeen = `UPDATE users SET last_seen_at = ?1 WHERE id IN (SELECT value FROM json_each(?2)) AND last_seen_at < ?1 AND NOT invisible`

	deleteNames = `DELETE FROM user_names WHERE user_id = ?`
	insertName  = `INSERT INTO user_names (key, folded_name, user_id) VALUES (?, ?, ?)`

	// A key shorter than the prefix has found too many: ?5 is the prefix they are held against
	// then, "" otherwise.
	selectDirectory = `SELECT ` + userColumns + ` FROM user_names n CROSS JOIN users u ON u.id = n.user_id
		WHERE n.key = ?1 AND (n.folded_name, n.user_id) > (?2, ?3) AND n.user_id <> ?4
		AND (?5 = '' OR instr(' ' || n.folded_name, ' ' || ?5) > 0)
		ORDER BY n.folded_name, n.user_id LIMIT ?6`
)

// CreateUser fails with chat.ErrEmailTaken.
func (s *Store) CreateUser(ctx context.Context, u chat.User) error {
	return s.write(ctx, "create user", func(ctx context.Context, tx *transaction) error {
		made, err := tx.exec(ctx, insertUser, u.ID, u.FullName, u.Email, u.PasswordHash, u.EmailVerified, u.Bio,
			u.AvatarURL, u.CreatedAt, u.LastSeenAt, u.LastSeen, u.Invisible)
		if err != nil {
			return err
		}
		if made == 0 {
			return chat.ErrEmailTaken
		}
		return nameUser(ctx, tx, u)
	})
}

// nameUser puts u into the directory.
func nameUser(ctx context.Context, tx *transaction, u chat.User) error {
	if _, err := tx.exec(ctx, deleteNames, u.ID); err != nil {
		return err
	}
	folded := chat.FoldName(u.FullName)
	for _, key := range namekey.Of(folded) {
		if _, err := tx.exec(ctx, insertName, key, folded, u.ID); err != nil {
			return err
		}
	}
	return nil
}

// User fails with chat.ErrNotFound.
func (s *Store) User(ctx context.Context, id chat.UserID) (chat.User, error) {
	return get(ctx, s, "user", scanUser, selectUser, id)
}

// UsersByID leaves out unknown ids; any order; at most 1,000 ids.
func (s *Store) UsersByID(ctx context.Context, ids []chat.UserID) ([]chat.User, error) {
	return listByID(ctx, s, "users by id", scanUser, selectUsersByID, ids)
}

// UserByEmail takes the folded form and fails with chat.ErrNotFound.
func (s *Store) UserByEmail(ctx context.Context, email string) (chat.User, error) {
	return get(ctx, s, "user by email", scanUser, selectUserByEmail, email)
}

// UpdateUser returns the user as it is afterwards; fails with chat.ErrNotFound.
func (s *Store) UpdateUser(ctx context.Context, id chat.UserID, p chat.UserPatch) (chat.User, error) {
	var u chat.User
	err := s.write(ctx, "update user", func(ctx context.Context, tx *transaction) (err error) {
		if _, err := tx.exec(ctx, updateUser, p.FullName, p.Bio, p.AvatarURL, p.PasswordHash, p.EmailVerified, p.LastSeen, p.Invisible, id); err != nil {
			return err
		}
		u, err = one(ctx, tx, scanUser, selectUser, id)
		if err != nil || p.FullName == nil {
			return err
		}
		return nameUser(ctx, tx, u)
	})
	return u, err
}

// FindUsers is one page of the directory.
func (s *Store) FindUsers(ctx context.Context, q chat.UserQuery) ([]chat.User, error) {
	key, rest := lookUpName(q.Prefix)
	return list(ctx, s, "find users", scanUser, selectDirectory, key, q.AfterName, q.AfterID, q.Without, rest, q.Limit)
}

// lookUpName is the key under which names with the prefix are, and the prefix where the key alone does not tell them from
// others.
func lookUpName(prefix string) (key, rest string) {
	key, exact := namekey.Lookup(prefix)
	if exact {
		return key, ""
	}
	return key, prefix
}

// SetLastSeen moves the users' LastSeenAt forward to at, never back; the invisible ones' stays.
func (s *Store) SetLastSeen(ctx context.Context, at chat.Time, ids ...chat.UserID) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := s.exec(ctx, "set last seen", updateLastSeen, at, toJSON(ids))
	return err
}

func scanUser(row scanner) (u chat.User, err error) {
	err = row.Scan(&u.ID, &u.FullName, &u.Email, &u.PasswordHash, &u.EmailVerified, &u.Bio, &u.AvatarURL, &u.CreatedAt, &u.LastSeenAt,
		&u.LastSeen, &u.Invisible)
	return u, err
}
