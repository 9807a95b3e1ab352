package sqlitestore

import (
	"context"

	"github.com/parley-chat/parley/pkg/chat"
)

const (
	// Left to itself, SQLite would walk all of entries_seq, where the ids stand together.
	selectBehind = `SELECT t.conversation_id
		FROM (SELECT DISTINCT conversation_id FROM entries INDEXED BY entries_created WHERE created_at >= ?) t
		LEFT JOIN conversations c ON c.id = t.conversation_id
		WHERE c.id IS NULL OR c.last_seq < (SELECT max(seq) FROM entries e WHERE e.conversation_id = t.conversation_id)
		OR c.revision < (SELECT max(r.revision) FROM entries r WHERE r.conversation_id = t.conversation_id AND r.revision > 0)`
	selectLastEntryAt = `SELECT coalesce(max(created_at), 0) FROM entries`
	selectKnown       = `SELECT count(*) FROM conversations WHERE id = ?`
	selectFirstEntry  = `SELECT ` + entryColumns + ` FROM entries e WHERE e.conversation_id = ? AND e.seq = 1`
	recomputeHead     = `UPDATE conversations AS c SET
		last_seq = e.seq,
		last_activity_at = (SELECT a.created_at FROM entries a WHERE a.conversation_id = c.id AND a.seq = max(1,
			coalesce((SELECT max(m.seq) FROM entries m WHERE m.conversation_id = c.id AND m.kind = 'message.created'), 0),
			coalesce((SELECT max(m.seq) FROM entries m WHERE m.conversation_id = c.id AND m.kind = 'member.added'), 0))),
		last_message_id = coalesce((SELECT m.message_id FROM entries m
			WHERE m.conversation_id = c.id AND m.kind = 'message.created' ORDER BY m.seq DESC LIMIT 1), '')
		FROM entries e
		WHERE c.id = ?1 AND e.conversation_id = ?1 AND c.last_seq < e.seq
		AND e.seq = (SELECT max(seq) FROM entries WHERE conversation_id = ?1)`
)

// Heal derives again what is missing for entries made at or after since, and tells how many
// conversations it mended. Commit writes an entry and what is derived from it at once, so
// there is work only after the file was repaired or edited by hand.
func (s *Store) Heal(ctx context.Context, since chat.Time) (int, error) {
	behind, err := list(ctx, s, "heal", text[chat.ConversationID], selectBehind, since)
	if err != nil {
		return 0, err
	}
	healed := 0
	for _, id := range behind {
		err := s.write(ctx, "heal", func(ctx context.Context, tx *transaction) error {
			mended, err := mend(ctx, tx, id)
			if mended {
				healed++
			}
			return err
		})
		if err != nil {
			return healed, err
		}
	}
	messages, err := s.healMessages(ctx, since)
	return healed + messages, err
}

// LastEntryAt is the latest time of an entry; 0 if there is none.
func (s *Store) LastEntryAt(ctx context.Context) (chat.Time, error) {
	at, err := get(ctx, s, "last entry", number, selectLastEntryAt)
	return chat.Time(at), err
}

// mend brings one conversation up to its log, and tells whether it was behind.
func mend(ctx context.Context, tx *transaction, id chat.ConversationID) (bool, error) {
	known, err := one(ctx, tx, number, selectKnown, id)
	if err != nil {
		return false, err
	}
	if known == 0 {
		first, err := one(ctx, tx, scanEntry, selectFirstEntry, id)
		if err != nil {
			return false, err
		}
		if err := create(ctx, tx, first); err != nil {
			return false, err
		}
	}
	revised, err := revise(ctx, tx, id)
	if err != nil {
		return false, err
	}
	moved, err := tx.exec(ctx, recomputeHead, id)
	return known == 0 || revised || moved > 0, err
}
