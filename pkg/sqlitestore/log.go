package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/parley-chat/parley/pkg/chat"
)

const (
	entryColumns = `e.conversation_id, e.seq, e.kind, e.sender_id, e.client_id, e.created_at, e.message_id, e.target_id,
		e.revision, e.rev, e.pinned_seq, e.body`

	insertEntry = `INSERT INTO entries (conversation_id, seq, kind, sender_id, client_id, created_at, message_id, target_id, revision, body)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
	selectLastSeq       = `SELECT coalesce(max(seq), 0) FROM entries WHERE conversation_id = ?`
	selectEntryByClient = `SELECT ` + entryColumns + ` FROM entries e
		WHERE e.conversation_id = ? AND e.sender_id = ? AND e.client_id = ?`
	selectEntries = `SELECT ` + entryColumns + ` FROM entries e
		WHERE e.conversation_id = ? AND e.seq > ? ORDER BY e.seq LIMIT ?`
	// Each kind is a range of entries_messages in the order of seq, so that they are merged and not sorted.
	selectNotices = selectNoticesOf + `'member.added'` + selectNoticesBetween + ` UNION ALL ` +
		selectNoticesOf + `'member.removed'` + selectNoticesBetween + ` UNION ALL ` +
		selectNoticesOf + `'conversation.updated'` + selectNoticesBetween + ` UNION ALL ` +
		selectNoticesOf + `'message.pinned'` + selectNoticesBetween + ` ORDER BY seq DESC LIMIT ?4`
	selectNoticesOf      = `SELECT ` + entryColumns + ` FROM entries e WHERE e.conversation_id = ?1 AND e.kind = `
	selectNoticesBetween = ` AND e.seq > ?2 AND e.seq < ?3`
	selectEntriesSince   = `SELECT ` + entryColumns + ` FROM entries e INDEXED BY entries_created
		WHERE (e.created_at, e.conversation_id, e.seq) > (?, ?, ?)
		ORDER BY e.created_at, e.conversation_id, e.seq LIMIT ?`

	insertConversation = `INSERT INTO conversations (id, type, title, description, avatar_url, created_at, created_by, member_count,
		last_seq, last_message_id, last_activity_at, room_seq, room_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	insertMember = `INSERT INTO members (conversation_id, user_id, role, joined_at, joined_seq, read_seq, muted_until, revised_seq)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
	advanceHead = `UPDATE conversations SET last_seq = ?1,
		last_activity_at = CASE WHEN ?2 = 0 THEN last_activity_at ELSE ?2 END,
		last_message_id = CASE WHEN ?3 = '' THEN last_message_id ELSE ?3 END
		WHERE id = ?4 AND last_seq = ?5`
)

// Commit inserts entries and what is derived from them in one transaction, whose one sync puts
// the whole batch on disk. The answer has one error per entry: nil; chat.ErrSeqTaken;
// chat.ErrClientIDUsed, which is told where both hold; chat.ErrConflict for a taken revision, where nothing else is wrong; or
// chat.ErrNotAttempted, for those that follow a refused one of their conversation. err is for the whole:
// nothing is known of any entry then.
func (s *Store) Commit(ctx context.Context, entries []chat.Entry) ([]error, error) {
	return s.commit(ctx, entries, nil)
}

// CommitNext is Commit, but no entry except a first one loses its seq: where it is taken, it and those of its conversation that follow
// get the next ones, which are written into entries. Within the transaction nobody else can take these.
func (s *Store) CommitNext(ctx context.Context, entries []chat.Entry) ([]error, error) {
	return s.commit(ctx, entries, map[chat.ConversationID]int64{})
}

// commit moves entries whose seq is taken if behind, by how much they were in each conversation, is not nil.
func (s *Store) commit(ctx context.Context, entries []chat.Entry, behind map[chat.ConversationID]int64) ([]error, error) {
	results := make([]error, len(entries))
	if len(entries) == 0 {
		return results, nil
	}
	err := s.write(ctx, "commit", func(ctx context.Context, tx *transaction) error {
		accepted := newBatch()
		for i := range entries {
			e := &entries[i]
			if accepted.refused[e.ConversationID] {
				results[i] = chat.ErrNotAttempted
				continue
			}
			move(e, behind[e.ConversationID])
			row, refusal, err := insert(ctx, tx, *e)
			if err == nil && behind != nil && e.Seq > 1 && errors.Is(refusal, chat.ErrSeqTaken) {
				row, refusal, err = insertNext(ctx, tx, e, behind)
			}
			if err != nil {
				return err
			}
			results[i] = refusal
			accepted.note(*e, row, refusal)
		}
		return accepted.derive(ctx, tx)
	})
	if err != nil {
		return nil, err
	}
	return results, nil
}

// insertNext is insert with the seq after the last one.
func insertNext(ctx context.Context, tx *transaction, e *chat.Entry, behind map[chat.ConversationID]int64) (row int64, refusal, err error) {
	last, err := one(ctx, tx, number, selectLastSeq, e.ConversationID)
	if err != nil {
		return 0, nil, err
	}
	by := last + 1 - e.Seq
	behind[e.ConversationID] += by
	move(e, by)
	return insert(ctx, tx, *e)
}

// move gives e a seq that is higher by so much.
func move(e *chat.Entry, by int64) {
	e.Seq += by
	if e.Message != nil && e.Kind == chat.MessageCreated {
		e.Message.Seq = e.Seq
	}
}

// insert gives the row of e, or tells why it was refused.
func insert(ctx context.Context, tx *transaction, e chat.Entry) (row int64, refusal, err error) {
	messageID, body := encodeBody(e)
	row, err = tx.insert(ctx, insertEntry, e.ConversationID, e.Seq, e.Kind, e.SenderID, e.ClientID, e.CreatedAt, messageID, e.TargetID, e.Revision, body)
	if err == nil && row == 0 {
		refusal, err = refused(ctx, tx, e)
	}
	return row, refusal, err
}

func refused(ctx context.Context, tx *transaction, e chat.Entry) (refusal, err error) {
	_, err = one(ctx, tx, scanEntry, selectEntryByClient, e.ConversationID, e.SenderID, e.ClientID)
	switch {
	case err == nil:
		return chat.ErrClientIDUsed, nil
	case !errors.Is(err, sql.ErrNoRows):
		return nil, err
	}
	last, err := one(ctx, tx, number, selectLastSeq, e.ConversationID)
	switch {
	case err != nil:
		return nil, err
	case last < e.Seq && e.Revision > 0:
		return chat.ErrConflict, nil
	case last < e.Seq:
		messageID, _ := encodeBody(e)
		return nil, fmt.Errorf("%s:%d: message %s is another entry's", e.ConversationID, e.Seq, messageID)
	}
	return chat.ErrSeqTaken, nil
}

// batch is what a commit has accepted and refused so far.
type batch struct {
	order    []chat.ConversationID
	created  map[chat.ConversationID]chat.Entry
	moves    map[chat.ConversationID]headMove
	refused  map[chat.ConversationID]bool
	messages messageChanges
	// revised are conversations that were changed themselves, by this batch or by what it collided with.
	revised map[chat.ConversationID]bool
}

// headMove is where a batch takes a conversation's head.
type headMove struct {
	chat.Head
	// first is the seq of the batch's first entry.
	first int64
}

func newBatch() *batch {
	return &batch{
		created: map[chat.ConversationID]chat.Entry{},
		moves:   map[chat.ConversationID]headMove{},
		refused: map[chat.ConversationID]bool{},
		revised: map[chat.ConversationID]bool{},
	}
}

func (b *batch) note(e chat.Entry, row int64, refusal error) {
	id := e.ConversationID
	if refusal != nil {
		b.refused[id] = true
		if errors.Is(refusal, chat.ErrConflict) {
			b.revised[id] = true
		}
		if errors.Is(refusal, chat.ErrClientIDUsed) {
			b.messages.change(e.TargetID)
		}
		return
	}
	if e.Created != nil {
		b.created[id] = e
	}
	if e.Revision > 0 {
		b.revised[id] = true
	}
	m, known := b.moves[id]
	if !known {
		m.first = e.Seq
		b.order = append(b.order, id)
	}
	m.Head = m.Then(e.Head())
	b.moves[id] = m
	b.messages.note(e, row)
}

// derive brings conversations, members and heads up to the accepted entries.
func (b *batch) derive(ctx context.Context, tx *transaction) error {
	for _, id := range b.order {
		m := b.moves[id]
		if e, ok := b.created[id]; ok {
			if err := create(ctx, tx, e); err != nil {
				return err
			}
			m.first++
			if m.LastSeq < m.first {
				continue
			}
		}
		moved, err := tx.exec(ctx, advanceHead, m.LastSeq, m.LastActivityAt, m.LastMessageID, id, m.first-1)
		if err != nil {
			return err
		}
		if moved == 1 {
			continue
		}
		// The head was not where the log was.
		if _, err := mend(ctx, tx, id); err != nil {
			return err
		}
	}
	for id := range b.revised {
		if _, err := revise(ctx, tx, id); err != nil {
			return err
		}
	}
	return b.messages.derive(ctx, tx)
}

// create makes the conversation of e, its first entry, and its members.
func create(ctx context.Context, tx *transaction, e chat.Entry) error {
	c := e.Conversation()
	if _, err := tx.exec(ctx, insertConversation, c.ID, c.Type, c.Title, c.Description, c.AvatarURL, c.CreatedAt, c.CreatedBy, c.MemberCount,
		c.LastSeq, c.LastMessageID, c.LastActivityAt, c.RoomSeq, c.RoomAt); err != nil {
		return err
	}
	for _, m := range e.Members() {
		if _, err := tx.exec(ctx, insertMember, m.ConversationID, m.UserID, m.Role, m.JoinedAt, m.JoinedSeq, m.ReadSeq, m.MutedUntil, m.RevisedSeq); err != nil {
			return fmt.Errorf("member %s: %w", m.UserID, err)
		}
	}
	return nil
}

// LastSeq is 0 for a conversation without a log.
func (s *Store) LastSeq(ctx context.Context, id chat.ConversationID) (int64, error) {
	return get(ctx, s, "last seq", number, selectLastSeq, id)
}

// EntryByClientID fails with chat.ErrNotFound.
func (s *Store) EntryByClientID(ctx context.Context, id chat.ConversationID, sender chat.UserID, clientID string) (chat.Entry, error) {
	return get(ctx, s, "entry by client id", scanEntry, selectEntryByClient, id, sender, clientID)
}

// Entries are those with a seq above after, ascending; at most limit.
func (s *Store) Entries(ctx context.Context, id chat.ConversationID, after int64, limit int) ([]chat.Entry, error) {
	return list(ctx, s, "entries", scanEntry, selectEntries, id, after, limit)
}

// Notices are the entries of chat.NoticeKinds with a seq between after and before, both exclusive, ascending; the last limit of them.
func (s *Store) Notices(ctx context.Context, id chat.ConversationID, after, before int64, limit int) ([]chat.Entry, error) {
	entries, err := list(ctx, s, "notices", scanEntry, selectNotices, id, after, before, limit)
	slices.Reverse(entries)
	return entries, err
}

// EntriesSince are those of all conversations that come after the cursor, in its order; at most limit.
func (s *Store) EntriesSince(ctx context.Context, after chat.EntryCursor, limit int) ([]chat.Entry, error) {
	return list(ctx, s, "entries since", scanEntry, selectEntriesSince, after.CreatedAt, after.ConversationID, after.Seq, limit)
}
