package sqlitestore

import (
	"context"

	"github.com/parley-chat/parley/pkg/chat"
)

const (
	memberColumns = `m.conversation_id, m.user_id, m.role, m.joined_at, m.joined_seq, m.read_seq, m.muted_until, m.delivered_seq,
		m.archived_seq, m.pinned, m.marked_unread, m.revised_seq`

	selectMember       = `SELECT ` + memberColumns + ` FROM members m WHERE conversation_id = ? AND user_id = ? AND left_seq = 0`
	selectMembersAmong = `SELECT ` + memberColumns + ` FROM members m
		WHERE conversation_id = ? AND user_id IN (SELECT value FROM json_each(?)) AND left_seq = 0`
	selectMembersOf    = `SELECT ` + memberColumns + ` FROM members m WHERE conversation_id = ? AND left_seq = 0 ORDER BY joined_seq, user_id LIMIT ?`
	selectMembersAfter = `SELECT ` + memberColumns + ` FROM members m
		WHERE conversation_id = ? AND left_seq = 0 AND (joined_seq, user_id) > (?, ?) ORDER BY joined_seq, user_id LIMIT ?`
	// The members of one conversation are looked through for those with the name, which are 10,000 at most.
	selectMembersNamed = `SELECT ` + memberColumns + ` FROM members m
		WHERE conversation_id = ?1 AND left_seq = 0 AND (joined_seq, user_id) > (?2, ?3)
		AND EXISTS (SELECT 1 FROM user_names n INDEXED BY user_names_user WHERE n.user_id = m.user_id AND n.key = ?4
			AND (?5 = '' OR instr(' ' || n.folded_name, ' ' || ?5) > 0))
		ORDER BY joined_seq, user_id LIMIT ?6`
	selectRoomSeats = `SELECT ` + memberColumns + ` FROM json_each(?) u CROSS JOIN members m ON m.user_id = u.value AND m.left_seq = 0
		CROSS JOIN conversations c ON c.id = m.conversation_id AND c.room_seq > 0`
	selectMemberships = `SELECT ` + memberColumns + ` FROM members m WHERE user_id = ? AND left_seq = 0 ORDER BY conversation_id`
	advanceRead       = `UPDATE members SET read_seq = ?1 WHERE conversation_id = ?2 AND user_id = ?3 AND left_seq = 0 AND read_seq < ?1`
	updateMember      = `UPDATE members SET
		muted_until   = coalesce(?, muted_until),
		archived_seq  = coalesce(?, archived_seq),
		pinned        = coalesce(?, pinned),
		marked_unread = coalesce(?, marked_unread)
		WHERE conversation_id = ? AND user_id = ? AND left_seq = 0`
	advanceDelivered = `UPDATE members SET delivered_seq = ?1 WHERE conversation_id = ?2 AND user_id = ?3 AND left_seq = 0 AND delivered_seq < ?1`
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

// MembersAmong are those of the users who are members of the conversation, in any order; at most 1,000 users.
func (s *Store) MembersAmong(ctx context.Context, id chat.ConversationID, users []chat.UserID) ([]chat.Member, error) {
	if len(users) > maxIDs {
		return nil, s.fault("members among", errTooMany)
	}
	return list(ctx, s, "members among", scanMember, selectMembersAmong, id, toJSON(users))
}

// FindMembers is one page of a conversation's members; see chat.MemberQuery.
func (s *Store) FindMembers(ctx context.Context, q chat.MemberQuery) ([]chat.Member, error) {
	if q.Prefix == "" {
		return list(ctx, s, "find members", scanMember, selectMembersAfter, q.ConversationID, q.After.JoinedSeq, q.After.UserID, q.Limit)
	}
	key, rest := lookUpName(q.Prefix)
	return list(ctx, s, "find members", scanMember, selectMembersNamed, q.ConversationID, q.After.JoinedSeq, q.After.UserID, key, rest, q.Limit)
}

// RoomSeats are the users' memberships in conversations that have a room channel; at most 1,000 users.
func (s *Store) RoomSeats(ctx context.Context, users []chat.UserID) ([]chat.Member, error) {
	if len(users) > maxIDs {
		return nil, s.fault("room seats", errTooMany)
	}
	return list(ctx, s, "room seats", scanMember, selectRoomSeats, toJSON(users))
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
		&m.DeliveredSeq, &m.ArchivedSeq, &m.Pinned, &m.MarkedUnread, &m.RevisedSeq)
	return m, err
}
