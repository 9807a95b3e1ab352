package sqlitestore

import (
	"context"

	"github.com/parley-chat/parley/pkg/chat"
)

const (
	memberColumns = `conversation_id, user_id, role, joined_at, joined_seq, read_seq, muted_until`

	selectMember      = `SELECT ` + memberColumns + ` FROM members WHERE conversation_id = ? AND user_id = ?`
	selectMembersOf   = `SELECT ` + memberColumns + ` FROM members WHERE conversation_id = ? ORDER BY joined_seq, user_id LIMIT ?`
	selectMemberships = `SELECT ` + memberColumns + ` FROM members WHERE user_id = ? ORDER BY conversation_id`
	advanceRead       = `UPDATE members SET read_seq = ?1 WHERE conversation_id = ?2 AND user_id = ?3 AND read_seq < ?1`
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

func scanMember(row scanner) (m chat.Member, err error) {
	err = row.Scan(&m.ConversationID, &m.UserID, &m.Role, &m.JoinedAt, &m.JoinedSeq, &m.ReadSeq, &m.MutedUntil)
	return m, err
}
