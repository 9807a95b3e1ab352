package sqlitestore

import (
	"cmp"
	"context"
	"slices"

	"github.com/parley-chat/parley/pkg/chat"
)

const (
	memberColumns = `m.conversation_id, m.user_id, m.role, m.joined_at, m.joined_seq, m.read_seq, m.muted_until, m.delivered_seq,
		m.archived_seq, m.pinned, m.marked_unread, m.revised_seq`

	selectMember       = `SELECT ` + memberColumns + ` FROM members m WHERE conversation_id = ? AND user_id = ? AND left_seq = 0`
	selectMembersUntil = `SELECT user_id FROM members WHERE conversation_id = ? AND left_seq = ?`
	selectMembersAmong = `SELECT ` + memberColumns + ` FROM members m
		WHERE conversation_id = ? AND user_id IN (SELECT value FROM json_each(?)) AND left_seq = 0`
	selectMembersOf = `SELECT ` + memberColumns + ` FROM members m WHERE conversation_id = ? AND left_seq = 0 ORDER BY joined_seq, user_id LIMIT ?`
	// Of all conversations that have so many members at most, in one question. The count may be a moment behind the members.
	selectMembersOfSmall = `SELECT ` + memberColumns + ` FROM json_each(?1) CROSS JOIN conversations c ON c.id = json_each.value AND c.member_count <= ?2
		CROSS JOIN members m ON m.conversation_id = c.id AND m.left_seq = 0`
	selectMembersAfter = `SELECT ` + memberColumns + ` FROM members m
		WHERE conversation_id = ? AND left_seq = 0 AND (joined_seq, user_id) > (?, ?) ORDER BY joined_seq, user_id LIMIT ?`
	// Of a name that few people have, those are looked at, most of whom are elsewhere; of one that many have, the members in turn, until
	// the page is full. So what is looked at is bounded by both: maxNamed people, or the 10,000 members of a conversation.
	countNamed         = `SELECT count(*) FROM (SELECT 1 FROM user_names WHERE key = ? LIMIT ?)`
	selectNamedMembers = `SELECT ` + memberColumns + ` FROM user_names n
		CROSS JOIN members m ON m.conversation_id = ?1 AND m.user_id = n.user_id AND m.left_seq = 0 AND (m.joined_seq, m.user_id) > (?2, ?3)
		WHERE n.key = ?4 AND (?5 = '' OR instr(' ' || n.folded_name, ' ' || ?5) > 0)
		ORDER BY m.joined_seq, m.user_id LIMIT ?6`
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

// maxNamed is how many people of a name are looked at to find which of them are members of a conversation.
const maxNamed = 1000

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
	if len(ids) > 1 {
		some, err := all(ctx, s.reads, scanMember, selectMembersOfSmall, toJSON(ids), perConversation)
		if err != nil {
			return nil, s.fault("members", err)
		}
		for _, m := range some {
			members[m.ConversationID] = append(members[m.ConversationID], m)
		}
		for id, list := range members {
			slices.SortFunc(list, byJoining)
			members[id] = list[:min(len(list), perConversation)]
		}
	}
	for _, id := range ids {
		if len(members[id]) > 0 {
			continue
		}
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

// byJoining is the order of members.
func byJoining(a, b chat.Member) int {
	return cmp.Or(cmp.Compare(a.JoinedSeq, b.JoinedSeq), cmp.Compare(a.UserID, b.UserID))
}

// Memberships are all of the user's, by conversation id.
func (s *Store) Memberships(ctx context.Context, user chat.UserID) ([]chat.Member, error) {
	return list(ctx, s, "memberships", scanMember, selectMemberships, user)
}

// MembersUntil are the users who were members up to an entry and are none since. In any order.
func (s *Store) MembersUntil(ctx context.Context, id chat.ConversationID, seq int64) ([]chat.UserID, error) {
	return list(ctx, s, "members until", text[chat.UserID], selectMembersUntil, id, seq)
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
	people, err := get(ctx, s, "find members", number, countNamed, key, maxNamed+1)
	if err != nil {
		return nil, err
	}
	query := selectNamedMembers
	if people > maxNamed {
		query = selectMembersNamed
	}
	return list(ctx, s, "find members", scanMember, query, q.ConversationID, q.After.JoinedSeq, q.After.UserID, key, rest, q.Limit)
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
