package sqlitestore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/parley-chat/parley/pkg/chat"
)

const (
	selectConversationIDs = `SELECT conversation_id FROM members WHERE user_id = ? AND left_seq = 0`
	// FTS5 reads the list of a key, or of what several have in common, from its end, as far as is asked for.
	selectWithKeys = `SELECT rowid AS id FROM search_keys WHERE search_keys MATCH ? AND rowid >= ? AND rowid < ? ORDER BY rowid DESC`
	selectSkipped  = selectWithKeys + ` LIMIT 1 OFFSET ?`
	// Only those that may be of the conversations leave the database, which saves half of the work. conversationHash says what is
	// made of an id here.
	selectSomeWithKeys = `SELECT rowid AS id FROM search_keys WHERE search_keys MATCH ? AND rowid >= ? AND rowid < ?
		AND (rowid >> 6) & 32767 IN (SELECT value FROM json_each(?)) ORDER BY rowid DESC LIMIT ?`
	// Whoever asks must be a member now.
	selectHits = `SELECT s.id, ` + entryColumns + ` FROM json_each(?) t CROSS JOIN search_messages s ON s.id = t.value
		CROSS JOIN entries e ON e.id = s.entry_id
		CROSS JOIN members m ON m.conversation_id = e.conversation_id AND m.user_id = ? AND m.left_seq = 0`
)

const (
	maxWalk = 30_000
	// firstSteps are taken one by one: mostly there is a page by then.
	firstSteps = 500
	// together is how many messages are looked up at once after that; some are of others, with the same hash.
	together = 200
	// narrow is up to how many conversations are named in the question to the index. Those of more are told by their hash.
	narrow = 8
)

// SearchMessages answers q; see chat.SearchQuery. Fails with chat.ErrPosition.
func (s *Store) SearchMessages(ctx context.Context, q chat.SearchQuery) (chat.SearchPage, error) {
	ctx, cancel := context.WithTimeout(ctx, operationTimeout)
	defer cancel()
	ids, err := s.searched(ctx, q)
	if err != nil || len(ids) == 0 {
		return chat.SearchPage{}, s.fault("search", err)
	}
	w, err := newWalk(q, ids)
	if err != nil {
		return chat.SearchPage{}, s.fault("search", err)
	}
	var page chat.SearchPage
	for len(page.Hits) < q.Limit && !w.ended && (w.steps < s.maxWalk || w.stretch != 0) {
		some, err := w.next(ctx, s, q.Limit-len(page.Hits))
		if err != nil {
			return chat.SearchPage{}, s.fault("search", err)
		}
		hits, err := s.hits(ctx, q, some)
		if err != nil {
			return chat.SearchPage{}, s.fault("search", err)
		}
		page.Hits = append(page.Hits, hits...)
	}
	if !w.ended {
		page.Next = position(w.before)
	}
	if len(page.Hits) > q.Limit {
		page.Hits = page.Hits[:q.Limit]
		page.Next = page.Hits[q.Limit-1].Position
	}
	return page, nil
}

// searched are the conversations that q is about: those of the user, or the one that is named, if it is one of them.
func (s *Store) searched(ctx context.Context, q chat.SearchQuery) ([]chat.ConversationID, error) {
	if q.ConversationID == "" {
		return all(ctx, s.reads, text[chat.ConversationID], selectConversationIDs, q.UserID)
	}
	_, err := s.Member(ctx, q.ConversationID, q.UserID)
	if errors.Is(err, chat.ErrNotFound) {
		return nil, nil
	}
	return []chat.ConversationID{q.ConversationID}, err
}

// walk goes through the messages that have the keys, newest first.
type walk struct {
	match string
	// hashes are of the conversations that are looked for.
	hashes [1 << hashBits]bool
	// after and before are the ids between which it still has to go.
	after, before int64
	// stretch is the id at which the part of the way ends that is looked at now, 0 if none is.
	stretch int64
	steps   int
	ended   bool
}

func newWalk(q chat.SearchQuery, ids []chat.ConversationID) (*walk, error) {
	w := &walk{match: matchOf(q.Keys, ids), after: max(firstSlot(min(q.After, lastTime), 0), 1), before: math.MaxInt64}
	if q.Before > 0 && q.Before < lastTime {
		// A few may have slipped into the milliseconds behind their own; their time is looked at in the end.
		w.before = firstSlot(q.Before, 0) + slipped
	}
	if q.From != "" {
		from, err := strconv.ParseInt(string(q.From), 10, 64)
		if err != nil || from < 0 {
			return nil, chat.ErrPosition
		}
		w.before = min(w.before, from)
	}
	for _, id := range ids {
		w.hashes[conversationHash(id)] = true
	}
	return w, nil
}

const (
	// slipped is a second, in ids.
	slipped = 1000 << timeBits
	// lastTime is a second before the last one that ids can tell of, in the year 2109.
	lastTime chat.Time = 1<<(63-timeBits) - 1001
)

func position(id int64) chat.SearchPosition {
	return chat.SearchPosition(strconv.FormatInt(id, 10))
}

// matchOf is the question to FTS5: all of the keys, in one of the conversations if they are few. No key has quotes.
func matchOf(keys []string, ids []chat.ConversationID) string {
	var b strings.Builder
	for i, key := range keys {
		if i > 0 {
			b.WriteString(" AND ")
		}
		b.WriteString(`"` + key + `"`)
	}
	if len(ids) > narrow {
		return b.String()
	}
	b.WriteString(" AND (")
	for i, id := range ids {
		if i > 0 {
			b.WriteString(" OR ")
		}
		b.WriteString(`"` + conversationMark + string(id) + `"`)
	}
	return b.String() + ")"
}

// next gives ids of messages that may be of the conversations, the next ones: limit or, far back, some more.
func (w *walk) next(ctx context.Context, s *Store, limit int) ([]int64, error) {
	if w.steps < firstSteps {
		return w.nextFew(ctx, s, limit)
	}
	return w.nextMany(ctx, s, max(limit, together))
}

// nextFew looks at them one by one.
func (w *walk) nextFew(ctx context.Context, s *Store, limit int) ([]int64, error) {
	stmt, err := s.reads.statement(ctx, selectWithKeys)
	if err != nil {
		return nil, err
	}
	rows, err := stmt.QueryContext(ctx, w.match, w.after, w.before)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var some []int64
	for len(some) < limit && w.steps < firstSteps {
		if !rows.Next() {
			w.ended = true
			return some, rows.Err()
		}
		if err := rows.Scan(&w.before); err != nil {
			return nil, err
		}
		w.steps++
		if w.hashes[w.before>>slotBits&hashMask] {
			some = append(some, w.before)
		}
	}
	return some, nil
}

// nextMany has the database look at them: at three times as many as before, and so on.
func (w *walk) nextMany(ctx context.Context, s *Store, limit int) ([]int64, error) {
	if w.stretch == 0 {
		if err := w.nextStretch(ctx, s); err != nil {
			return nil, err
		}
	}
	some, err := all(ctx, s.reads, number, selectSomeWithKeys, w.match, w.stretch, w.before, w.hashesJSON(), limit)
	if err != nil {
		return nil, err
	}
	if len(some) == limit {
		w.before = some[limit-1]
		return some, nil
	}
	w.before, w.ended, w.stretch = w.stretch, w.stretch == w.after, 0
	return some, nil
}

// nextStretch is as long as three times the way until now, if there is so much.
func (w *walk) nextStretch(ctx context.Context, s *Store) error {
	steps := min(3*w.steps, s.maxWalk-w.steps)
	last, err := one(ctx, s.reads, number, selectSkipped, w.match, w.after, w.before, steps-1)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		w.stretch = w.after
	case err != nil:
		return err
	default:
		w.stretch = last
	}
	w.steps += steps
	return nil
}

func (w *walk) hashesJSON() string {
	var list []int
	for hash, wanted := range &w.hashes {
		if wanted {
			list = append(list, hash)
		}
	}
	return toJSON(list)
}

// hits are those of the messages that the user may read and that are of the time asked for, newest first.
func (s *Store) hits(ctx context.Context, q chat.SearchQuery, ids []int64) ([]chat.SearchHit, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := all(ctx, s.reads, scanHit, selectHits, toJSON(ids), q.UserID)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(found, func(a, b hit) int { return cmp.Compare(b.id, a.id) })
	hits := make([]chat.SearchHit, 0, len(found))
	for _, h := range found {
		elsewhere := q.ConversationID != "" && h.message.ConversationID != q.ConversationID
		if elsewhere || h.message.CreatedAt < q.After || q.Before > 0 && h.message.CreatedAt >= q.Before {
			continue
		}
		hits = append(hits, chat.SearchHit{Message: h.message, Position: position(h.id)})
	}
	return hits, nil
}

type hit struct {
	id      int64
	message chat.Message
}

// scanHit reads an id and entryColumns.
func scanHit(row scanner) (h hit, err error) {
	h.message, err = scanMessage(behind{row, []any{&h.id}})
	return h, err
}

// behind scans columns that stand behind others.
type behind struct {
	scanner
	first []any
}

func (b behind) Scan(into ...any) error { return b.scanner.Scan(append(b.first, into...)...) }
