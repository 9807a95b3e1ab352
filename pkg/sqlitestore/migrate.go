package sqlitestore

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"
)

// migrations are applied in the order of their numbers, which may have gaps, and never change once released. None may
// rely on a higher number: work that goes on side by side numbers its own, and a file may get a lower one later.
//
//go:embed migrations/*.sql
var migrations embed.FS

const (
	makeVersions = `CREATE TABLE IF NOT EXISTS schema_versions (
		version    INTEGER NOT NULL PRIMARY KEY,
		name       TEXT    NOT NULL,
		applied_at INTEGER NOT NULL
	) STRICT`
	selectVersions = `SELECT version FROM schema_versions`
	insertVersion  = `INSERT INTO schema_versions (version, name, applied_at) VALUES (?, ?, ?)`
)

// migration is one file of migrations.
type migration struct {
	version int64
	name    string
	script  string
}

// Migrate applies the migrations that the file lacks, all in one transaction. Of several
// processes at once, one does it and the others find it done. It refuses a file that a newer
// program has migrated.
func (s *Store) Migrate(ctx context.Context) error {
	known, err := readMigrations()
	if err != nil {
		return fmt.Errorf("sqlitestore: migrate: %w", err)
	}
	return s.write(ctx, "migrate", func(ctx context.Context, tx *transaction) error {
		if _, err := tx.exec(ctx, makeVersions); err != nil {
			return err
		}
		applied, err := all(ctx, tx, number, selectVersions)
		if err != nil {
			return err
		}
		for _, version := range applied {
			if !slices.ContainsFunc(known, func(m migration) bool { return m.version == version }) {
				return fmt.Errorf("the file has schema version %d, which this program does not know", version)
			}
		}
		for _, m := range known {
			if slices.Contains(applied, m.version) {
				continue
			}
			if err := apply(ctx, tx, m); err != nil {
				return fmt.Errorf("%d_%s: %w", m.version, m.name, err)
			}
		}
		return nil
	})
}

// readMigrations gives them in order, which is that of the files' names.
func readMigrations() ([]migration, error) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	list := make([]migration, 0, len(files))
	for _, file := range files {
		script, err := migrations.ReadFile(file)
		if err != nil {
			return nil, err
		}
		prefix, name, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(file, "migrations/"), ".sql"), "_")
		version, err := strconv.ParseInt(prefix, 10, 64)
		if err != nil {
			return nil, err
		}
		list = append(list, migration{version, name, string(script)})
	}
	return list, nil
}

func apply(ctx context.Context, tx *transaction, m migration) error {
	// A script has many statements, which can't be prepared as one.
	if _, err := tx.tx.ExecContext(ctx, m.script); err != nil {
		return err
	}
	_, err := tx.exec(ctx, insertVersion, m.version, m.name, time.Now().UnixMilli())
	return err
}
