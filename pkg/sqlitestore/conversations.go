package sqlitestore

import (
	"context"
	"math"

	"github.com/parley-chat/parley/pkg/chat"
)

const (
	conversationColumns = `c.id, c.type, c.title, c.description, c.avatar_url, c.created_at, c.created_by, c.member_count,
		c.last_seq, c.last_message_id, c.last_activity_at, c.revision, c.room_seq, c.room_at, c.deleted_at`

	selectConversation      = `SELECT ` + conversationColumns + ` FROM conversations c WHERE c.id = ? AND c.deleted_at = 0`
	selectConversationsByID = `SELECT ` + conversationColumns + ` FROM conversations c WHERE c.id IN (SELECT value FROM json_each(?)) AND c.deleted_at = 0`

	// The user's conversations are sorted in memory: to read them in order, each message would
	// have to move a row of each member.
	selectConversationsOf = `SELECT ` + conversationColumns + ` FROM members m CROSS JOIN conversations c ON c.id = m.conversation_id
		WHERE m.user_id = ? AND m.left_seq = 0 AND c.deleted_at = 0 AND (c.last_activity_at, c.id) < (?, ?)
		ORDER BY c.last_activity_at DESC, c.id DESC LIMIT ?`
)

// lastCursor is behind every conversation.
var lastCursor = chat.ConversationCursor{LastActivityAt: math.MaxInt64}

// Conversation fails with chat.ErrNotFound.
func (s *Store) Conversation(ctx context.Context, id chat.ConversationID) (chat.Conversation, error) {
	return get(ctx, s, "conversation", scanConversation, selectConversation, id)
}

// ConversationsByID leaves out unknown ids; any order; at most 1,000 ids.
func (s *Store) ConversationsByID(ctx context.Context, ids []chat.ConversationID) ([]chat.Conversation, error) {
	return listByID(ctx, s, "conversations by id", scanConversation, selectConversationsByID, ids)
}

// ConversationsOf is one page of the user's list, newest activity first.
func (s *Store) ConversationsOf(ctx context.Context, user chat.UserID, after chat.ConversationCursor, limit int) ([]chat.Conversation, error) {
	if after == (chat.ConversationCursor{}) {
		after = lastCursor
	}
	return list(ctx, s, "conversations of user", scanConversation, selectConversationsOf, user, after.LastActivityAt, after.ID, limit)
}

func scanConversation(row scanner) (c chat.Conversation, err error) {
	err = row.Scan(&c.ID, &c.Type, &c.Title, &c.Description, &c.AvatarURL, &c.CreatedAt, &c.CreatedBy, &c.MemberCount,
		&c.LastSeq, &c.LastMessageID, &c.LastActivityAt, &c.Revision, &c.RoomSeq, &c.RoomAt, &c.DeletedAt)
	return c, err
}
