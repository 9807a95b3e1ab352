package sqlitestore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"github.com/parley-chat/parley/pkg/chat"
)

const (
	selectEntryID  = `SELECT id FROM entries WHERE conversation_id = ? AND seq = ?`
	selectSearchID = `SELECT id FROM search_messages WHERE entry_id = ?`
	// One row by VALUES: a statement that could write more has a savepoint, at which FTS5 writes out what it has gathered.
	insertSearchID = `INSERT INTO search_messages (id, entry_id)
		VALUES ((SELECT coalesce(max(id) + 1, ?1) FROM search_messages WHERE id BETWEEN ?1 AND ?2), ?3) ON CONFLICT (id) DO NOTHING`
	deleteSearchID   = `DELETE FROM search_messages WHERE id = ?`
	insertSearchKeys = `INSERT INTO search_keys (rowid, keys) VALUES (?, ?)`
	// FTS5 looks for what it would replace, also where nothing is.
	replaceSearchKeys = `INSERT OR REPLACE INTO search_keys (rowid, keys) VALUES (?, ?)`
	deleteSearchKeys  = `DELETE FROM search_keys WHERE rowid = ?`
)

// The id of a message in the index: its time in milliseconds, a few bits of its conversation's hash, so that most of what was
// said elsewhere is passed over without a look at it, and a number that makes it unique.
const (
	hashBits = 15
	slotBits = 6
	timeBits = hashBits + slotBits
	hashMask = 1<<hashBits - 1
)

// conversationMark makes the key of a conversation, which no message has of itself.
const conversationMark = "\ue002"

func conversationHash(id chat.ConversationID) int64 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id))
	sum := h.Sum32()
	return int64((sum ^ sum>>hashBits) & hashMask)
}

// firstSlot is the first id for a message of that time, in a conversation with that hash.
func firstSlot(at chat.Time, hash int64) int64 { return int64(at)<<timeBits | hash<<slotBits }

// index puts a message into the index as it is now, or takes it out if it is deleted.
func index(ctx context.Context, tx *transaction, m chat.Message) error {
	entry, err := one(ctx, tx, number, selectEntryID, m.ConversationID, m.Seq)
	if err != nil {
		return fmt.Errorf("index %s:%d: %w", m.ConversationID, m.Seq, err)
	}
	id, err := one(ctx, tx, number, selectSearchID, entry)
	if errors.Is(err, sql.ErrNoRows) {
		return indexNew(ctx, tx, []newlyWritten{{m, entry}})
	}
	if err != nil {
		return err
	}
	if keys := m.SearchKeys(); len(keys) > 0 {
		_, err := tx.exec(ctx, replaceSearchKeys, id, rowOf(m.ConversationID, keys))
		return err
	}
	return unindex(ctx, tx, id)
}

// indexNew does so for messages that are not in the index.
func indexNew(ctx context.Context, tx *transaction, messages []newlyWritten) error {
	type row struct {
		id   int64
		keys string
	}
	var rows []row
	for _, m := range messages {
		keys := m.SearchKeys()
		if len(keys) == 0 {
			continue
		}
		id, err := takeSlot(ctx, tx, m)
		if err != nil {
			return err
		}
		rows = append(rows, row{id, rowOf(m.ConversationID, keys)})
	}
	// FTS5 writes out what it has gathered when an id is lower than the one before, and later has all the more to merge.
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.id, b.id) })
	for _, r := range rows {
		if _, err := tx.exec(ctx, insertSearchKeys, r.id, r.keys); err != nil {
			return err
		}
	}
	return nil
}

// rowOf is what the index keeps of a message with these keys.
func rowOf(conversation chat.ConversationID, keys []string) string {
	return strings.Join(append(keys, conversationMark+string(conversation)), " ")
}

func unindex(ctx context.Context, tx *transaction, id int64) error {
	if _, err := tx.exec(ctx, deleteSearchKeys, id); err != nil {
		return err
	}
	_, err := tx.exec(ctx, deleteSearchID, id)
	return err
}

// takeSlot gives a message an id that no other has. Where too many were written in one millisecond, it is of the next one.
func takeSlot(ctx context.Context, tx *transaction, m newlyWritten) (int64, error) {
	hash := conversationHash(m.ConversationID)
	for at := m.CreatedAt; ; at++ {
		first := firstSlot(at, hash)
		end := first + 1<<slotBits - 1
		id, err := tx.insert(ctx, insertSearchID, first, end, m.row)
		if err != nil || id != 0 && id <= end {
			return id, err
		}
		if id > end { // which is another conversation's
			if _, err := tx.exec(ctx, deleteSearchID, id); err != nil {
				return 0, err
			}
		}
	}
}

// indexAgain does so if a change of the message has changed what it is found by.
func indexAgain(ctx context.Context, tx *transaction, before, after chat.Message) error {
	// Its sender stays, its attachments go only with all else.
	if before.Text == after.Text && before.DeletedAt == after.DeletedAt {
		return nil
	}
	return index(ctx, tx, after)
}
