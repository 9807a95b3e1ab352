package sqlitestore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/parley-chat/parley/pkg/chat"
)

// maxIDs is the longest list of ids in one question.
const maxIDs = 1000

var errTooMany = fmt.Errorf("more than %d in one question", maxIDs)

// pool is a set of connections with the statements prepared on them, by their text.
type pool struct {
	db         *sql.DB
	statements sync.Map
}

func (p *pool) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	if known, ok := p.statements.Load(query); ok {
		return known.(*sql.Stmt), nil
	}
	made, err := p.db.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if known, ok := p.statements.LoadOrStore(query, made); ok {
		_ = made.Close()
		return known.(*sql.Stmt), nil
	}
	return made, nil
}

// known gives what was prepared before.
func (p *pool) known(query string) (*sql.Stmt, bool) {
	stmt, ok := p.statements.Load(query)
	if !ok {
		return nil, false
	}
	return stmt.(*sql.Stmt), true
}

// transaction is a write in progress. A statement is prepared in the first transaction that needs it, and then kept with the
// pool, whose one connection all transactions have.
type transaction struct {
	tx         *sql.Tx
	pool       *pool
	statements map[string]*sql.Stmt
	// fresh are queries that the pool has not prepared yet: that would take a second connection.
	fresh []string
}

func (t *transaction) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt, ok := t.statements[query]; ok {
		return stmt, nil
	}
	var stmt *sql.Stmt
	if known, ok := t.pool.known(query); ok {
		stmt = t.tx.StmtContext(ctx, known)
	} else {
		var err error
		if stmt, err = t.tx.PrepareContext(ctx, query); err != nil {
			return nil, err
		}
		t.fresh = append(t.fresh, query)
	}
	t.statements[query] = stmt
	return stmt, nil
}

// keep prepares for later transactions what this one, which is over, had to prepare for itself. A failure costs only time.
func (t *transaction) keep(ctx context.Context) {
	for _, query := range t.fresh {
		if _, err := t.pool.statement(ctx, query); err != nil {
			return
		}
	}
}

// exec tells how many rows it touched.
func (t *transaction) exec(ctx context.Context, query string, args ...any) (int64, error) {
	stmt, err := t.statement(ctx, query)
	if err != nil {
		return 0, err
	}
	result, err := stmt.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// insert adds one row at most, and gives its rowid; 0 if there was none to add.
func (t *transaction) insert(ctx context.Context, query string, args ...any) (rowid int64, err error) {
	stmt, err := t.statement(ctx, query)
	if err != nil {
		return 0, err
	}
	result, err := stmt.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return 0, err
	}
	return result.LastInsertId()
}

// write runs do in one transaction that holds the write lock from its start. op names it in
// errors.
func (s *Store) write(ctx context.Context, op string, do func(context.Context, *transaction) error) error {
	ctx, cancel := context.WithTimeout(ctx, operationTimeout)
	defer cancel()
	tx, err := s.writes.db.BeginTx(ctx, nil)
	if err != nil {
		return s.fault(op, err)
	}
	defer func() { _ = tx.Rollback() }()
	t := &transaction{tx: tx, pool: s.writes, statements: map[string]*sql.Stmt{}}
	if err := do(ctx, t); err != nil {
		return s.fault(op, err)
	}
	if err := tx.Commit(); err != nil {
		return s.fault(op, err)
	}
	t.keep(ctx)
	return nil
}

// exec is a write of one statement; it tells how many rows it touched.
func (s *Store) exec(ctx context.Context, op, query string, args ...any) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, operationTimeout)
	defer cancel()
	stmt, err := s.writes.statement(ctx, query)
	if err != nil {
		return 0, s.fault(op, err)
	}
	result, err := stmt.ExecContext(ctx, args...)
	if err != nil {
		return 0, s.fault(op, err)
	}
	n, err := result.RowsAffected()
	return n, s.fault(op, err)
}

// scanner is a row: *sql.Row or *sql.Rows.
type scanner interface{ Scan(into ...any) error }

// queryer is what prepares statements: a pool or a transaction.
type queryer interface {
	statement(ctx context.Context, query string) (*sql.Stmt, error)
}

// one reads the first row; sql.ErrNoRows if there is none.
func one[T any](ctx context.Context, q queryer, scan func(scanner) (T, error), query string, args ...any) (T, error) {
	stmt, err := q.statement(ctx, query)
	if err != nil {
		var none T
		return none, err
	}
	return scan(stmt.QueryRowContext(ctx, args...))
}

// all reads every row.
func all[T any](ctx context.Context, q queryer, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	stmt, err := q.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var list []T
	for rows.Next() {
		item, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	return list, rows.Err()
}

// get is one on the read connections, bounded in time; chat.ErrNotFound if there is no row.
func get[T any](ctx context.Context, s *Store, op string, scan func(scanner) (T, error), query string, args ...any) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, operationTimeout)
	defer cancel()
	item, err := one(ctx, s.reads, scan, query, args...)
	return item, s.fault(op, err)
}

// list is all on the read connections, bounded in time.
func list[T any](ctx context.Context, s *Store, op string, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	ctx, cancel := context.WithTimeout(ctx, operationTimeout)
	defer cancel()
	items, err := all(ctx, s.reads, scan, query, args...)
	return items, s.fault(op, err)
}

// listByID is list with ids, as a JSON list, for the only argument.
func listByID[T any, ID ~string](ctx context.Context, s *Store, op string, scan func(scanner) (T, error), query string, ids []ID) ([]T, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	if len(ids) > maxIDs {
		return nil, s.fault(op, errTooMany)
	}
	return list(ctx, s, op, scan, query, toJSON(ids))
}

func number(row scanner) (n int64, err error) {
	err = row.Scan(&n)
	return n, err
}

func text[T ~string](row scanner) (t T, err error) {
	err = row.Scan(&t)
	return t, err
}

// toJSON is for what can't fail: structs and lists of strings and numbers.
func toJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("sqlitestore: %T has no JSON form: %v", v, err))
	}
	return string(b)
}

// fault gives err the name of its operation, and its meaning for callers.
func (s *Store) fault(op string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("sqlitestore: %s: %w", op, chat.ErrNotFound)
	case s.closed.Load(), isUnavailable(err):
		return fmt.Errorf("sqlitestore: %s: %w: %w", op, chat.ErrUnavailable, err)
	default:
		return fmt.Errorf("sqlitestore: %s: %w", op, err)
	}
}

func isBusy(err error) bool {
	code := resultCode(err)
	return code == sqlite3.SQLITE_BUSY || code == sqlite3.SQLITE_LOCKED
}

// isUnavailable tells whether the trouble lies with the file, its disk, its lock or the time,
// and not with what was asked.
func isUnavailable(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return true
	}
	switch resultCode(err) {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_INTERRUPT,
		sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY:
		return true
	}
	return false
}

// resultCode is SQLite's primary result code, or 0.
func resultCode(err error) int {
	var fault *sqlite.Error
	if !errors.As(err, &fault) {
		return 0
	}
	return fault.Code() & 0xff
}
