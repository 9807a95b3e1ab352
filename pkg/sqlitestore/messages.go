package sqlitestore

import (
	"context"
	"math"
	"slices"

	"github.com/parley-chat/parley/pkg/chat"
)

const (
	selectMessagesBefore = `SELECT ` + entryColumns + ` FROM entries e
		WHERE e.conversation_id = ? AND e.kind = 'message.created' AND e.seq < ? ORDER BY e.seq DESC LIMIT ?`
	selectMessagesAfter = `SELECT ` + entryColumns + ` FROM entries e
		WHERE e.conversation_id = ? AND e.kind = 'message.created' AND e.seq > ? ORDER BY e.seq LIMIT ?`
	selectMessagesByID = `SELECT ` + entryColumns + ` FROM entries e
		WHERE e.message_id IN (SELECT value FROM json_each(?)) AND e.message_id <> ''`
	// Each position is a conversation and a seq.
	countUnread = `SELECT json_each.value ->> 0, (SELECT count(*) FROM entries
		WHERE conversation_id = json_each.value ->> 0 AND kind = 'message.created' AND seq > json_each.value ->> 1 AND sender_id <> ?2) FROM json_each(?1)`
	countMentions = `SELECT json_each.value ->> 0, (SELECT count(*) FROM mentions
		WHERE conversation_id = json_each.value ->> 0 AND user_id IN (?2, '*') AND seq > json_each.value ->> 1 AND sender_id <> ?2) FROM json_each(?1)`
	selectPins = `SELECT ` + entryColumns + ` FROM entries e
		WHERE e.conversation_id = ? AND e.pinned_seq > 0 ORDER BY e.pinned_seq DESC LIMIT ?`
)

// Messages answers q; see chat.MessageQuery.
func (s *Store) Messages(ctx context.Context, q chat.MessageQuery) ([]chat.Message, error) {
	if q.After > 0 {
		return list(ctx, s, "messages", scanMessage, selectMessagesAfter, q.ConversationID, q.After, q.Limit)
	}
	before := q.Before
	if before == 0 {
		before = math.MaxInt64
	}
	messages, err := list(ctx, s, "messages", scanMessage, selectMessagesBefore, q.ConversationID, before, q.Limit)
	slices.Reverse(messages)
	return messages, err
}

// MessagesByID leaves out unknown ids; any order; at most 1,000 ids.
func (s *Store) MessagesByID(ctx context.Context, ids []chat.MessageID) ([]chat.Message, error) {
	return listByID(ctx, s, "messages by id", scanMessage, selectMessagesByID, ids)
}

// Pins are the pinned messages of a conversation, the latest pinned first; at most limit.
func (s *Store) Pins(ctx context.Context, id chat.ConversationID, limit int) ([]chat.Message, error) {
	return list(ctx, s, "pins", scanMessage, selectPins, id, limit)
}

// Unread counts, for each position, the messages of others above it, deleted ones included;
// conversations without any are left out. At most 1,000 positions.
func (s *Store) Unread(ctx context.Context, user chat.UserID, from []chat.ReadPosition) (map[chat.ConversationID]int64, error) {
	return s.counts(ctx, "unread", countUnread, user, from)
}

// UnreadMentions counts, in the same way, those of them that mention the user, by name or with all
// others, as they are now.
func (s *Store) UnreadMentions(ctx context.Context, user chat.UserID, from []chat.ReadPosition) (map[chat.ConversationID]int64, error) {
	return s.counts(ctx, "unread mentions", countMentions, user, from)
}

// counts asks query once, with all positions and the user.
func (s *Store) counts(ctx context.Context, op, query string, user chat.UserID, from []chat.ReadPosition) (map[chat.ConversationID]int64, error) {
	if len(from) > maxIDs {
		return nil, s.fault(op, errTooMany)
	}
	counts := make(map[chat.ConversationID]int64, len(from))
	if len(from) == 0 {
		return counts, nil
	}
	positions := make([][2]any, len(from))
	for i, p := range from {
		positions[i] = [2]any{p.ConversationID, p.Seq}
	}
	found, err := list(ctx, s, op, func(row scanner) (p chat.ReadPosition, err error) {
		err = row.Scan(&p.ConversationID, &p.Seq)
		return p, err
	}, query, toJSON(positions), user)
	for _, p := range found {
		if p.Seq > 0 {
			counts[p.ConversationID] = p.Seq
		}
	}
	return counts, err
}
