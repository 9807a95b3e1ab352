package sqlitestore

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"
)

// migrations are numbered without gaps and never change once released.
//
//go:embed migrations/*.sql
var migrations embed.FS

const (
	makeVersions = `CREATE TABLE IF NOT EXISTS schema_versions (
		version    INTEGER NOT NULL PRIMARY KEY,
		name       TEXT    NOT NULL,
		applied_at INTEGER NOT NULL
	) STRICT`
	selectVersion = `SELECT coalesce(max(version), 0) FROM schema_versions`
	insertVersion = `INSERT INTO schema_versions (version, name, applied_at) VALUES (?, ?, ?)`
)

// Migrate applies the migrations that the file lacks, all in one transaction. Of several
// processes at once, one does it and the others find it done. It refuses a file that a newer
// program has migrated.
func (s *Store) Migrate(ctx context.Context) error {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return fmt.Errorf("sqlitestore: migrate: %w", err)
	}
	return s.write(ctx, "migrate", func(ctx context.Context, tx *transaction) error {
		if _, err := tx.exec(ctx, makeVersions); err != nil {
			return err
		}
		have, err := one(ctx, tx, number, selectVersion)
		if err != nil {
			return err
		}
		if have > int64(len(files)) {
			return fmt.Errorf("the file has schema version %d, this program knows only %d", have, len(files))
		}
		for _, file := range files[have:] {
			if err := apply(ctx, tx, file); err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
		}
		return nil
	})
}

func apply(ctx context.Context, tx *transaction, file string) error {
	script, err := migrations.ReadFile(file)
	if err != nil {
		return err
	}
	name := strings.TrimSuffix(strings.TrimPrefix(file, "migrations/"), ".sql")
	prefix, name, _ := strings.Cut(name, "_")
	version, err := strconv.Atoi(prefix)
	if err != nil {
		return err
	}
	// A script has many statements, which can't be prepared as one.
	if _, err := tx.tx.ExecContext(ctx, string(script)); err != nil {
		return err
	}
	_, err = tx.exec(ctx, insertVersion, version, name, time.Now().UnixMilli())
	return err
}
