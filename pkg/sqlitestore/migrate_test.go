package sqlitestore

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
)

// TestOldUploads: uploads of a file from before 0060 are looked at once, and those that its messages have are known.
func TestOldUploads(t *testing.T) {
	ctx := context.Background()
	s, err := Open(ctx, filepath.Join(t.TempDir(), "parley.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close(ctx)) })
	known, err := readMigrations()
	require.NoError(t, err)
	require.NoError(t, s.write(ctx, "migrate", func(ctx context.Context, tx *transaction) error {
		if _, err := tx.exec(ctx, makeVersions); err != nil {
			return err
		}
		for _, m := range known {
			if m.version < 60 {
				if err := apply(ctx, tx, m); err != nil {
					return err
				}
			}
		}
		for _, id := range []chat.UploadID{"used", "unused"} {
			if _, err := tx.tx.ExecContext(ctx, `INSERT INTO uploads (id, owner_id, url, thumbnail_url, mime, bytes, width, height, created_at)
				VALUES (?, 'ann', '', '', '', 1, 0, 0, 1000)`, id); err != nil {
				return err
			}
		}
		for seq, body := range []string{
			`{"message":{"text":"x","attachments":[{"id":"used"},{"id":"used"}]}}`, `{"message":{"text":"y"}}`,
		} {
			if _, err := tx.insert(ctx, insertEntry, "c", seq+1, chat.MessageCreated, "ann", body, 1, body, "", 0, body); err != nil {
				return err
			}
		}
		return create(ctx, tx, chat.Entry{
			ConversationID: "c", Seq: 1, Created: &chat.Creation{Members: []chat.NewMember{{UserID: "bob", Role: chat.RoleMember}}},
		})
	}))
	require.NoError(t, s.Migrate(ctx))
	shared, err := s.UploadShared(ctx, "used", "bob")
	require.NoError(t, err)
	require.True(t, shared)
	const day = 24 * 60 * 60 * 1000
	_, seen, err := s.TakeUnused(ctx, 1000+day-1, 1, 10)
	require.NoError(t, err)
	require.Zero(t, seen)
	unused, seen, err := s.TakeUnused(ctx, 1000+day, 2*day, 10)
	require.NoError(t, err)
	require.Equal(t, 2, seen)
	require.Len(t, unused, 1)
	require.Equal(t, chat.UploadID("unused"), unused[0].ID)
}
