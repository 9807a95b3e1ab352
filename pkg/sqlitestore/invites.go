package sqlitestore

import (
	"context"

	"github.com/parley-chat/parley/pkg/chat"
)

const (
	// Uses are numbered without gaps, so the last one's number is how many there are.
	lastUse       = `(SELECT coalesce(max(u.slot), 0) FROM invite_uses u WHERE u.invite_id = i.id)`
	inviteColumns = `i.id, i.conversation_id, i.code, i.created_by, i.created_at, i.expires_at, i.max_uses, i.revoked_at, ` + lastUse

	insertInvite = `INSERT INTO invites (id, conversation_id, code, created_by, created_at, expires_at, max_uses, revoked_at, over_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
	selectInvite       = `SELECT ` + inviteColumns + ` FROM invites i WHERE i.id = ? AND i.conversation_id = ?`
	selectInviteByCode = `SELECT ` + inviteColumns + ` FROM invites i WHERE i.code = ?`
	selectInvitesOf    = `SELECT ` + inviteColumns + ` FROM invites i WHERE i.conversation_id = ? AND i.over_at > ?
		ORDER BY i.created_at DESC, i.id DESC LIMIT ?`
	revokeInvite = `UPDATE invites SET revoked_at = ?1, over_at = min(over_at, ?1) WHERE id = ?2 AND revoked_at = 0`
	countUse     = `SELECT count(*) FROM invite_uses WHERE invite_id = ? AND user_id = ?`
	// No row, where none is left. Writers wait for each other, so nobody else takes this one.
	insertUse = `INSERT INTO invite_uses (invite_id, user_id, slot)
		SELECT i.id, ?1, ` + lastUse + ` + 1 FROM invites i WHERE i.id = ?2 AND (i.max_uses = 0 OR ` + lastUse + ` < i.max_uses)`
	selectDeparture = `SELECT ` + entryColumns + ` FROM members m CROSS JOIN entries e ON e.conversation_id = m.conversation_id AND e.seq = m.left_seq
		WHERE m.conversation_id = ? AND m.user_id = ? AND m.left_seq > 0`
	deleteInvites = `DELETE FROM invites WHERE id IN (SELECT id FROM invites WHERE over_at < ? LIMIT ?)`
)

// CreateInvite keeps a new link into a group.
func (s *Store) CreateInvite(ctx context.Context, i chat.Invite) error {
	_, err := s.exec(ctx, "create invite", insertInvite,
		i.ID, i.ConversationID, i.Code, i.CreatedBy, i.CreatedAt, i.ExpiresAt, i.MaxUses, i.RevokedAt, i.OverAt())
	return err
}

// InviteByCode fails with chat.ErrNotFound; those that are over are found.
func (s *Store) InviteByCode(ctx context.Context, code string) (chat.Invite, error) {
	return get(ctx, s, "invite by code", scanInvite, selectInviteByCode, code)
}

// InvitesOf are those of a conversation that are neither expired nor revoked at now, the newest first; at most limit.
func (s *Store) InvitesOf(ctx context.Context, id chat.ConversationID, now chat.Time, limit int) ([]chat.Invite, error) {
	return list(ctx, s, "invites", scanInvite, selectInvitesOf, id, now, limit)
}

// RevokeInvite is a no-op for one that is revoked; fails with chat.ErrNotFound for one that the conversation doesn't have.
func (s *Store) RevokeInvite(ctx context.Context, id chat.ConversationID, invite chat.InviteID, at chat.Time) error {
	return s.write(ctx, "revoke invite", func(ctx context.Context, tx *transaction) error {
		if _, err := one(ctx, tx, scanInvite, selectInvite, invite, id); err != nil {
			return err
		}
		_, err := tx.exec(ctx, revokeInvite, at, invite)
		return err
	})
}

// ClaimInvite takes one of the invite's uses for the user, who needs no second one however often they come. Fails with
// chat.ErrConflict if there is none left.
func (s *Store) ClaimInvite(ctx context.Context, i chat.Invite, user chat.UserID) error {
	return s.write(ctx, "claim invite", func(ctx context.Context, tx *transaction) error {
		has, err := one(ctx, tx, number, countUse, i.ID, user)
		if err != nil || has > 0 {
			return err
		}
		taken, err := tx.exec(ctx, insertUse, user, i.ID)
		if err == nil && taken == 0 {
			return chat.ErrConflict
		}
		return err
	})
}

// InviteClaimed tells whether the user has one of the invite's uses.
func (s *Store) InviteClaimed(ctx context.Context, invite chat.InviteID, user chat.UserID) (bool, error) {
	uses, err := get(ctx, s, "invite claimed", number, countUse, invite, user)
	return uses > 0, err
}

// Departure is the entry by which somebody who is no member any more left the conversation, or was removed; fails with
// chat.ErrNotFound for everybody else.
func (s *Store) Departure(ctx context.Context, id chat.ConversationID, user chat.UserID) (chat.Entry, error) {
	return get(ctx, s, "departure", scanEntry, selectDeparture, id, user)
}

// DeleteInvites removes those that were over before the given time, with what is known of their uses; at most 1,000 at once.
func (s *Store) DeleteInvites(ctx context.Context, before chat.Time) (int64, error) {
	return s.exec(ctx, "delete invites", deleteInvites, before, maxIDs)
}

func scanInvite(row scanner) (i chat.Invite, err error) {
	err = row.Scan(&i.ID, &i.ConversationID, &i.Code, &i.CreatedBy, &i.CreatedAt, &i.ExpiresAt, &i.MaxUses, &i.RevokedAt, &i.Uses)
	return i, err
}
