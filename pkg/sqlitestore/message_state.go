package sqlitestore

import (
	"context"
	"fmt"
	"slices"

	"github.com/parley-chat/parley/pkg/chat"
)

const (
	selectChanges = `SELECT ` + entryColumns + ` FROM entries e INDEXED BY entries_target
		WHERE e.conversation_id = ? AND e.target_id = ? AND e.target_id <> '' AND e.seq > ? ORDER BY e.seq`
	selectMessage = `SELECT ` + entryColumns + ` FROM entries e WHERE e.message_id = ? AND e.message_id <> ''`
	updateMessage = `UPDATE entries SET body = ?, rev = ?, pinned_seq = ? WHERE conversation_id = ? AND seq = ?`
	scrubEdits    = `UPDATE entries INDEXED BY entries_target SET body = ?
		WHERE conversation_id = ? AND target_id = ? AND target_id <> '' AND kind = 'message.updated'`

	insertMention  = `INSERT INTO mentions (conversation_id, user_id, seq, sender_id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`
	deleteMentions = `DELETE FROM mentions WHERE conversation_id = ? AND user_id IN (SELECT value FROM json_each(?)) AND seq = ?`

	// Messages with recent changes that are not all folded in.
	selectMessagesBehind = `SELECT t.target_id
		FROM (SELECT target_id, max(seq) AS last FROM entries INDEXED BY entries_created
			WHERE created_at >= ? AND target_id <> '' GROUP BY target_id) t
		JOIN entries m ON m.message_id = t.target_id AND m.message_id <> '' WHERE m.rev < t.last`
)

// messageChanges is what a commit has to derive of messages: mentions, attachments and search keys of new ones, the state of changed ones.
type messageChanges struct {
	created []newlyWritten
	changed []chat.MessageID
}

// newlyWritten is a message with the row of its entry.
type newlyWritten struct {
	chat.Message
	row int64
}

func (c *messageChanges) note(e chat.Entry, row int64) {
	if e.Kind == chat.MessageCreated {
		m := *e.Message
		m.ConversationID, m.Seq, m.SenderID, m.CreatedAt = e.ConversationID, e.Seq, e.SenderID, e.CreatedAt
		c.created = append(c.created, newlyWritten{m, row})
	}
	c.change(e.TargetID)
}

func (c *messageChanges) change(id chat.MessageID) {
	if id != "" && !slices.Contains(c.changed, id) {
		c.changed = append(c.changed, id)
	}
}

func (c *messageChanges) derive(ctx context.Context, tx *transaction) error {
	for _, m := range c.created {
		if err := mention(ctx, tx, m.Message); err != nil {
			return err
		}
		if err := attach(ctx, tx, m.Message); err != nil {
			return err
		}
	}
	if err := indexNew(ctx, tx, c.created); err != nil {
		return err
	}
	for _, id := range c.changed {
		if _, err := settle(ctx, tx, id); err != nil {
			return err
		}
	}
	return nil
}

func mention(ctx context.Context, tx *transaction, m chat.Message) error {
	for _, user := range m.MentionKeys() {
		if _, err := tx.exec(ctx, insertMention, m.ConversationID, user, m.Seq, m.SenderID); err != nil {
			return err
		}
	}
	return nil
}

// settle folds into a message what its log has and it does not, and tells whether there was anything. Unknown
// messages are left alone.
func settle(ctx context.Context, tx *transaction, id chat.MessageID) (bool, error) {
	found, err := all(ctx, tx, scanMessage, selectMessage, id)
	if err != nil || len(found) == 0 {
		return false, err
	}
	before := found[0]
	changes, err := all(ctx, tx, scanEntry, selectChanges, before.ConversationID, id, before.Rev)
	if err != nil || len(changes) == 0 {
		return false, err
	}
	after := before
	for _, e := range changes {
		after = after.Apply(e)
	}
	if _, err := tx.exec(ctx, updateMessage, toJSON(body{Message: newMessage(after)}), after.Rev, after.PinnedSeq, after.ConversationID, after.Seq); err != nil {
		return false, err
	}
	if _, err := tx.exec(ctx, deleteMentions, before.ConversationID, toJSON(before.MentionKeys()), before.Seq); err != nil {
		return false, err
	}
	if err := indexAgain(ctx, tx, before, after); err != nil {
		return false, err
	}
	if after.DeletedAt != 0 {
		if err := detach(ctx, tx, before); err != nil {
			return false, err
		}
		_, err := tx.exec(ctx, scrubEdits, toJSON(body{Edit: &edit{}}), after.ConversationID, id)
		return true, err
	}
	return true, mention(ctx, tx, after)
}

// healMessages settles the messages with changes made at or after since that are not folded in.
func (s *Store) healMessages(ctx context.Context, since chat.Time) (int, error) {
	behind, err := list(ctx, s, "heal messages", text[chat.MessageID], selectMessagesBehind, since)
	if err != nil {
		return 0, err
	}
	healed := 0
	for _, id := range behind {
		err := s.write(ctx, "heal message", func(ctx context.Context, tx *transaction) error {
			settled, err := settle(ctx, tx, id)
			if settled {
				healed++
			}
			return err
		})
		if err != nil {
			return healed, fmt.Errorf("%s: %w", id, err)
		}
	}
	return healed, nil
}
