package sqlitestore_test

import (
	"context"
	"database/sql"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/sqlitestore"
	"github.com/parley-chat/parley/pkg/storetest"
)

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Harness {
		path := filepath.Join(t.TempDir(), "dir with space & 100%?", "parley.db")
		return storetest.Harness{
			Open: func(t *testing.T) storetest.Store {
				s, err := sqlitestore.Open(context.Background(), path)
				require.NoError(t, err)
				return s
			},
			Rewind: func(t *testing.T, id chat.ConversationID, to *chat.Head) { rewind(t, path, id, to) },
		}
	})
}

// raw opens the file beside the store.
func raw(t testing.TB, path string) *sql.DB {
	dsn := url.URL{Scheme: "file", Path: path, RawQuery: "_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)"}
	db, err := sql.Open("sqlite", dsn.String())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func rewind(t *testing.T, path string, id chat.ConversationID, to *chat.Head) {
	db := raw(t, path)
	query, args := "DELETE FROM conversations WHERE id = ?", []any{id}
	if to != nil {
		query = "UPDATE conversations SET last_seq = ?, last_message_id = ?, last_activity_at = ? WHERE id = ?"
		args = []any{to.LastSeq, to.LastMessageID, to.LastActivityAt, id}
	}
	result, err := db.Exec(query, args...)
	require.NoError(t, err)
	n, err := result.RowsAffected()
	require.NoError(t, err)
	require.EqualValues(t, 1, n)
}
