package sqlitestore

import (
	"context"
	"database/sql"
	"errors"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/search"
)

const (
	selectProgress = `SELECT position, done FROM search_progress WHERE what = ? AND version = ?`
	upsertProgress = `INSERT INTO search_progress (what, version, position, done) VALUES (?, ?, ?, ?) ON CONFLICT (what)
		DO UPDATE SET version = excluded.version, position = excluded.position, done = excluded.done`
	selectEntriesFrom = `SELECT e.id, ` + entryColumns + ` FROM entries e WHERE e.id > CAST(? AS INTEGER) ORDER BY e.id LIMIT ?`
	selectUsersFrom   = `SELECT ` + userColumns + ` FROM users u WHERE u.id > ? ORDER BY u.id LIMIT ?`
)

// progress is how far one kind of thing has got its keys.
type progress struct {
	position string
	done     bool
}

func scanProgress(row scanner) (p progress, err error) {
	err = row.Scan(&p.position, &p.done)
	return p, err
}

// Reindex makes the keys of up to limit messages, and of as many people's names, that were written before there were any, or
// with keys of older rules, and tells how many it went through; 0 when all is done.
func (s *Store) Reindex(ctx context.Context, limit int) (int, error) {
	total := 0
	for _, what := range []struct {
		name string
		some func(context.Context, *transaction, string, int) (next string, n int, err error)
	}{{"messages", reindexMessages}, {"names", reindexNames}} {
		// Most calls find that all is done: they take no lock.
		p, err := progressOf(ctx, s.reads, what.name)
		if err != nil {
			return total, s.fault("reindex", err)
		}
		if p.done {
			continue
		}
		err = s.write(ctx, "reindex", func(ctx context.Context, tx *transaction) error {
			p, err := progressOf(ctx, tx, what.name)
			if err != nil || p.done {
				return err
			}
			next, n, err := what.some(ctx, tx, p.position, limit)
			if err != nil {
				return err
			}
			total += n
			_, err = tx.exec(ctx, upsertProgress, what.name, search.Version, next, n < limit)
			return err
		})
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

func progressOf(ctx context.Context, q queryer, what string) (progress, error) {
	p, err := one(ctx, q, scanProgress, selectProgress, what, search.Version)
	if errors.Is(err, sql.ErrNoRows) {
		return progress{}, nil
	}
	return p, err
}

type numberedEntry struct {
	id    string
	entry chat.Entry
}

func scanNumberedEntry(row scanner) (n numberedEntry, err error) {
	n.entry, err = scanEntry(behind{row, []any{&n.id}})
	return n, err
}

func reindexMessages(ctx context.Context, tx *transaction, from string, limit int) (string, int, error) {
	entries, err := all(ctx, tx, scanNumberedEntry, selectEntriesFrom, from, limit)
	if err != nil {
		return from, 0, err
	}
	for _, e := range entries {
		from = e.id
		if e.entry.Message == nil {
			continue
		}
		if err := index(ctx, tx, *e.entry.Message); err != nil {
			return from, 0, err
		}
	}
	return from, len(entries), nil
}

func reindexNames(ctx context.Context, tx *transaction, from string, limit int) (string, int, error) {
	users, err := all(ctx, tx, scanUser, selectUsersFrom, from, limit)
	if err != nil {
		return from, 0, err
	}
	for _, u := range users {
		from = string(u.ID)
		if err := nameUser(ctx, tx, u); err != nil {
			return from, 0, err
		}
	}
	return from, len(users), nil
}
