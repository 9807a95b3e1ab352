package sqlitestore

import (
	"context"
	"fmt"

	"github.com/parley-chat/parley/pkg/chat"
)

const (
	selectAnyConversation = `SELECT ` + conversationColumns + ` FROM conversations c WHERE c.id = ?`
	selectRevisions       = `SELECT ` + entryColumns + ` FROM entries e INDEXED BY entries_revision
		WHERE e.conversation_id = ? AND e.revision > ? AND e.revision > 0 ORDER BY e.revision`
	updateGroup = `UPDATE conversations SET title = ?, description = ?, avatar_url = ?, member_count = ?, revision = ?,
		room_seq = ?, room_at = ?, deleted_at = ? WHERE id = ?`
	selectRevised = `SELECT t.key FROM json_each(?) t WHERE EXISTS (SELECT 1 FROM entries e INDEXED BY entries_revision
		WHERE e.conversation_id = t.key AND e.revision > t.value AND e.revision > 0)`

	// Whoever comes back begins anew.
	upsertMember = `INSERT INTO members (conversation_id, user_id, role, joined_at, joined_seq, read_seq, muted_until, revised_seq)
		VALUES (?, ?, ?, ?, ?, ?, 0, ?) ON CONFLICT (conversation_id, user_id) DO UPDATE SET
		role = excluded.role, joined_at = excluded.joined_at, joined_seq = excluded.joined_seq, read_seq = excluded.read_seq,
		muted_until = 0, delivered_seq = 0, archived_seq = 0, pinned = 0, marked_unread = 0,
		revised_seq = excluded.revised_seq, left_seq = 0 WHERE members.revised_seq < excluded.revised_seq`
	updateRole = `UPDATE members SET role = ?1, revised_seq = ?2
		WHERE conversation_id = ?3 AND user_id = ?4 AND left_seq = 0 AND revised_seq < ?2`
	removeMember = `UPDATE members SET left_seq = ?1, revised_seq = ?1
		WHERE conversation_id = ?2 AND user_id = ?3 AND left_seq = 0 AND revised_seq < ?1`
	removeMembers = `UPDATE members SET left_seq = ?1, revised_seq = ?1 WHERE conversation_id = ?2 AND left_seq = 0 AND revised_seq < ?1`
)

// revise brings a conversation and its members up to the revisions in its log, and tells whether they were behind. One that
// is not known is left alone.
func revise(ctx context.Context, tx *transaction, id chat.ConversationID) (bool, error) {
	known, err := all(ctx, tx, scanConversation, selectAnyConversation, id)
	if err != nil || len(known) == 0 {
		return false, err
	}
	c := known[0]
	entries, err := all(ctx, tx, scanEntry, selectRevisions, id, c.Revision)
	if err != nil || len(entries) == 0 {
		return false, err
	}
	for _, e := range entries {
		if err := place(ctx, tx, e); err != nil {
			return false, fmt.Errorf("%s:%d: %w", id, e.Seq, err)
		}
		c = c.Revise(e)
	}
	_, err = tx.exec(ctx, updateGroup, c.Title, c.Description, c.AvatarURL, c.MemberCount, c.Revision, c.RoomSeq, c.RoomAt, c.DeletedAt, id)
	return true, err
}

// place gives members the places that e decides on.
func place(ctx context.Context, tx *transaction, e chat.Entry) error {
	if e.Kind == chat.ConversationDeleted {
		_, err := tx.exec(ctx, removeMembers, e.Seq, e.ConversationID)
		return err
	}
	for _, p := range e.Places() {
		var err error
		switch {
		case p.Joined:
			_, err = tx.exec(ctx, upsertMember, p.ConversationID, p.UserID, p.Role, p.JoinedAt, p.JoinedSeq, p.ReadSeq, p.RevisedSeq)
		case p.Left:
			_, err = tx.exec(ctx, removeMember, p.RevisedSeq, p.ConversationID, p.UserID)
		default:
			_, err = tx.exec(ctx, updateRole, p.Role, p.RevisedSeq, p.ConversationID, p.UserID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Revised are those of the conversations whose logs have a revision above the given one. When it returns, what is derived
// from those is there.
func (s *Store) Revised(ctx context.Context, known map[chat.ConversationID]int64) ([]chat.ConversationID, error) {
	if len(known) == 0 {
		return nil, nil
	}
	if len(known) > maxIDs {
		return nil, s.fault("revised", errTooMany)
	}
	return list(ctx, s, "revised", text[chat.ConversationID], selectRevised, toJSON(known))
}
