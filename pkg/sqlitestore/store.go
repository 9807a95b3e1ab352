// Package sqlitestore keeps everything in one SQLite file: the embedded store. Several processes
// of one host may share the file.
//
// The file is in WAL mode with full sync, so a commit is on disk when it returns. Each Store has
// one connection for writes, which take SQLite's write lock at their start, and a few read-only
// ones beside it, which writes never block.
package sqlitestore

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	// The driver registers itself as "sqlite".
	_ "modernc.org/sqlite"
)

const (
	// lockTimeout is how long a write waits for another process's.
	lockTimeout = 5 * time.Second
	// operationTimeout bounds a call whose context sets no earlier end.
	operationTimeout = 10 * time.Second
	// readers is the most reads at once; more wait.
	readers = 8
	// retryPause is between two tries to put a new file into WAL mode.
	retryPause = 20 * time.Millisecond
)

// Store is safe for concurrent use. Every method returns an error that wraps
// chat.ErrUnavailable when the file can't be read or written, another process holds its lock for
// too long, ctx ends, or the Store is closed.
type Store struct {
	reads  *pool
	writes *pool
	closed atomic.Bool
	// maxWalk is how many messages that have the keys one search looks at, other people's included; see docs/search.md.
	maxWalk int
}

// Open opens the database file at path, and makes it and its folder, for this system user alone,
// where missing. Call Migrate before anything else.
func Open(ctx context.Context, path string) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	if err := makeFile(path); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	s := &Store{maxWalk: maxWalk}
	if s.writes, err = openPool(path, 1, url.Values{
		"_txlock": {"immediate"},
		"_pragma": {"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "journal_size_limit(67108864)"},
	}); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	if s.reads, err = openPool(path, readers, url.Values{"_pragma": {"query_only(1)"}}); err != nil {
		_ = s.writes.db.Close()
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	if err := s.connect(ctx); err != nil {
		_ = s.writes.db.Close()
		_ = s.reads.db.Close()
		return nil, err
	}
	return s, nil
}

// connect makes the first write connection, which puts a new file into WAL mode. SQLite refuses
// that at once, without waiting, while another process does the same; so it is tried again.
func (s *Store) connect(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lockTimeout)
	defer cancel()
	for {
		err := s.writes.db.PingContext(ctx)
		if err == nil || !isBusy(err) {
			return s.fault("open", err)
		}
		select {
		case <-ctx.Done():
			return s.fault("open", err)
		case <-time.After(retryPause):
		}
	}
}

func makeFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func openPool(path string, size int, params url.Values) (*pool, error) {
	params.Add("_pragma", fmt.Sprintf("busy_timeout(%d)", lockTimeout.Milliseconds()))
	dsn := url.URL{Scheme: "file", Path: path, RawQuery: params.Encode()}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return &pool{db: db}, nil
}

// Ping takes the write lock and lets it go, so it also fails on a file that can only be read.
func (s *Store) Ping(ctx context.Context) error {
	return s.write(ctx, "ping", func(context.Context, *transaction) error { return nil })
}

// Close waits for running calls, but not longer than ctx.
func (s *Store) Close(ctx context.Context) error {
	s.closed.Store(true)
	done := make(chan error, 1)
	go func() {
		err := s.reads.db.Close()
		// The write connection goes last: it folds the WAL into the file.
		if werr := s.writes.db.Close(); err == nil {
			err = werr
		}
		done <- err
	}()
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("sqlitestore: close: %w", err)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("sqlitestore: close: %w", ctx.Err())
	}
}
