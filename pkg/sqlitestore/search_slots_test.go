package sqlitestore

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
)

// TestSlots writes more messages in one millisecond than have ids there, beside a conversation whose ids come next.
func TestSlots(t *testing.T) {
	ctx := t.Context()
	s, err := Open(ctx, filepath.Join(t.TempDir(), "parley.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close(context.WithoutCancel(ctx))) })
	require.NoError(t, s.Migrate(ctx))

	const slots = 1 << slotBits
	m := chat.Message{ConversationID: chat.NewID[chat.ConversationID](), CreatedAt: chat.TimeOf(time.Now())}
	first := firstSlot(m.CreatedAt, conversationHash(m.ConversationID))
	taken := map[int64]bool{first + slots: true}
	err = s.write(ctx, "test", func(ctx context.Context, tx *transaction) error {
		if _, err := tx.insert(ctx, insertSearchID, first+slots, first+2*slots-1, 1); err != nil {
			return err
		}
		for entry := range int64(3 * slots) {
			id, err := takeSlot(ctx, tx, newlyWritten{m, entry + 2})
			if err != nil {
				return err
			}
			require.False(t, taken[id], "id %d is taken", id)
			taken[id] = true
			require.Equal(t, conversationHash(m.ConversationID), id>>slotBits&(1<<hashBits-1), "of another conversation")
		}
		return nil
	})
	require.NoError(t, err)
	var kept int
	require.NoError(t, s.reads.db.QueryRowContext(ctx, `SELECT count(*) FROM search_messages`).Scan(&kept))
	require.Equal(t, len(taken), kept, "ids that are nobody's have been left")
}
