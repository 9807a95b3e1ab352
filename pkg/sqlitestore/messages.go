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
	countUnread = `SELECT count(*) FROM entries
		WHERE conversation_id = ? AND kind = 'message.created' AND seq > ? AND sender_id <> ?`
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

// Unread counts, for each position, the messages of others above it; conversations without any
// are left out. At most 1,000 positions.
func (s *Store) Unread(ctx context.Context, user chat.UserID, from []chat.ReadPosition) (map[chat.ConversationID]int64, error) {
	if len(from) > maxIDs {
		return nil, s.fault("unread", errTooMany)
	}
	ctx, cancel := context.WithTimeout(ctx, operationTimeout)
	defer cancel()
	unread := make(map[chat.ConversationID]int64, len(from))
	for _, p := range from {
		n, err := one(ctx, s.reads, number, countUnread, p.ConversationID, p.Seq, user)
		if err != nil {
			return nil, s.fault("unread", err)
		}
		if n > 0 {
			unread[p.ConversationID] = n
		}
	}
	return unread, nil
}
