package sqlitestore

import (
	"context"

	"github.com/parley-chat/parley/pkg/chat"
)

const (
	memberColumns = `conversation_id, user_id, role, joined_at, joined_seq, read_seq, muted_until, delivered_seq, archived_seq, pinned, marked_unread`

	selectMember      = `SELECT ` + memberColumns + ` FROM members WHERE conversation_id = ? AND user_id = ?`
	selectMembersOf   = `SELECT ` + memberColumns + ` FROM members WHERE conversation_id = ? ORDER BY joined_seq, user_id LIMIT ?`
	selectMemberships = `SELECT ` + memberColumns + ` FROM members WHERE user_id = ? ORDER BY conversation_id`
	advanceRead       = `UPDATE members SET read_seq = ?1 WHERE conversation_id = ?2 AND user_id = ?3 AND read_seq < ?1`
	updateMember      = `UPDATE members SET
		muted_until   = coalesce(?, muted_until),
		archived_seq  = coalesce(?, archived_seq),
		pinned        = coalesce(?, pinned),
		marked_unread = coalesce(?, marked_unread)
		WHERE conversation_id = ? AND user_id = ?`
	advanceDelivered = `UPDATE members SET delivered_seq = ?1 WHERE conversation_id = ?2 AND user_id = ?3 AND delivered_seq < ?1`
)

// Member fails with chat.ErrNotFound.
func (s *Store) Member(ctx context.Context, id chat.ConversationID, user chat.UserID) (chat.Member, error) {
	return get(ctx, s, "member", scanMember, selectMember, id, user)
}

// MembersOf are the members of the conversations, by conversation, in the order in which they
// joined (then by user id); at most perConversation of each.
func (s *Store) MembersOf(ctx context.Context, ids []chat.ConversationID, perConversation int) (map[chat.ConversationID][]chat.Member, error) {
	ctx, cancel := context.WithTimeout(ctx, operationTimeout)
	defer cancel()
	members := make(map[chat.ConversationID][]chat.Member, len(ids))
	for _, id := range ids {
		some, err := all(ctx, s.reads, scanMember, selectMembersOf, id, perConversation)
		if err != nil {
			return nil, s.fault("members", err)
		}
		if len(some) > 0 {
			members[id] = some
		}
	}
	return members, nil
}

// Memberships are all of the user's, by conversation id.
func (s *Store) Memberships(ctx context.Context, user chat.UserID) ([]chat.Member, error) {
	return list(ctx, s, "memberships", scanMember, selectMemberships, user)
}

// AdvanceRead moves a member's read position forward to at.Seq, never back, and returns where it
// is now and whether it moved; fails with chat.ErrNotFound for a non-member.
func (s *Store) AdvanceRead(ctx context.Context, user chat.UserID, at chat.ReadPosition) (int64, bool, error) {
	// Most calls find the position there already: reading costs no sync.
	m, err := s.Member(ctx, at.ConversationID, user)
	if err != nil || m.ReadSeq >= at.Seq {
		return m.ReadSeq, false, err
	}
	moved, err := s.exec(ctx, "advance read", advanceRead, at.Seq, at.ConversationID, user)
	if err != nil {
		return 0, false, err
	}
	if moved == 1 {
		return at.Seq, true, nil
	}
	m, err = s.Member(ctx, at.ConversationID, user)
	return m.ReadSeq, false, err
}

// UpdateMember changes a member's own settings and returns the member as it is afterwards; fails with
// chat.ErrNotFound for a non-member.
func (s *Store) UpdateMember(ctx context.Context, id chat.ConversationID, user chat.UserID, p chat.MemberPatch) (m chat.Member, err error) {
	err = s.write(ctx, "update member", func(ctx context.Context, tx *transaction) (err error) {
		if _, err := tx.exec(ctx, updateMember, p.MutedUntil, p.ArchivedSeq, p.Pinned, p.MarkedUnread, id, user); err != nil {
			return err
		}
		m, err = one(ctx, tx, scanMember, selectMember, id, user)
		return err
	})
	return m, err
}

// AdvanceDelivered moves the user's delivered positions forward, never back, all at once; conversations that the user
// is no member of are passed over. At most 1,000 positions.
func (s *Store) AdvanceDelivered(ctx context.Context, user chat.UserID, to []chat.ReadPosition) error {
	if len(to) == 0 {
		return nil
	}
	if len(to) > maxIDs {
		return s.fault("advance delivered", errTooMany)
	}
	return s.write(ctx, "advance delivered", func(ctx context.Context, tx *transaction) error {
		for _, at := range to {
			if _, err := tx.exec(ctx, advanceDelivered, at.Seq, at.ConversationID, user); err != nil {
				return err
			}
		}
		return nil
	})
}

func scanMember(row scanner) (m chat.Member, err error) {
	err = row.Scan(&m.ConversationID, &m.UserID, &m.Role, &m.JoinedAt, &m.JoinedSeq, &m.ReadSeq, &m.MutedUntil,
		&m.DeliveredSeq, &m.ArchivedSeq, &m.Pinned, &m.MarkedUnread)
	return m, err
}
