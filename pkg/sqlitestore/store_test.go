package sqlitestore_test

import (
	"context"
	"database/sql"
	"encoding/json"
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
			Regress: func(t *testing.T, c chat.Conversation, members []chat.Member) { regress(t, path, c, members) },
			Rewind:  func(t *testing.T, id chat.ConversationID, to *chat.Head) { rewind(t, path, id, to) },
			Forget:  func(t *testing.T, m chat.Message) { forget(t, path, m) },
			Unindex: func(t *testing.T) { unindex(t, path) },
		}
	})
}

func unindex(t *testing.T, path string) {
	_, err := raw(t, path).Exec(`INSERT INTO search_keys (search_keys) VALUES ('delete-all');
		DELETE FROM search_messages; DELETE FROM search_progress; DELETE FROM user_names`)
	require.NoError(t, err)
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

func regress(t *testing.T, path string, c chat.Conversation, members []chat.Member) {
	db := raw(t, path)
	_, err := db.Exec("UPDATE conversations SET title = ?, member_count = ?, revision = ?, room_seq = 0, room_at = 0, deleted_at = 0 WHERE id = ?",
		c.Title, c.MemberCount, c.Revision, c.ID)
	require.NoError(t, err)
	_, err = db.Exec("DELETE FROM members WHERE conversation_id = ?", c.ID)
	require.NoError(t, err)
	for _, m := range members {
		_, err := db.Exec(`INSERT INTO members (conversation_id, user_id, role, joined_at, joined_seq, read_seq, muted_until, revised_seq)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, m.ConversationID, m.UserID, m.Role, m.JoinedAt, m.JoinedSeq, m.ReadSeq, m.MutedUntil, m.RevisedSeq)
		require.NoError(t, err)
	}
}

func forget(t *testing.T, path string, m chat.Message) {
	body, err := json.Marshal(map[string]any{"message": map[string]any{
		"text": m.Text, "mentions": m.Mentions, "mentionsAll": m.MentionsAll, "attachments": m.Attachments, "reactions": m.Reactions, "pinnedAt": int64(m.PinnedAt), "editedAt": int64(m.EditedAt),
	}})
	require.NoError(t, err)
	result, err := raw(t, path).Exec("UPDATE entries SET body = ?, rev = ?, pinned_seq = ? WHERE message_id = ?", string(body), m.Rev, m.PinnedSeq, m.ID)
	require.NoError(t, err)
	n, err := result.RowsAffected()
	require.NoError(t, err)
	require.EqualValues(t, 1, n)
}
