package service_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/sqlitestore"
)

// blocksAsked counts the questions for blocks.
type blocksAsked struct {
	*sqlitestore.Store
	asked int
}

func (b *blocksAsked) BlocksBetween(ctx context.Context, user chat.UserID, others []chat.UserID) ([]chat.Block, error) {
	b.asked++
	return b.Store.BlocksBetween(ctx, user, others)
}

func TestAProfileAsksForBlocksOnce(t *testing.T) {
	w := newWorld(t)
	store := &blocksAsked{Store: w.store}
	users := service.NewUsers(store, files{}, w.published, slog.New(slog.DiscardHandler), w.now)
	require.NoError(t, w.store.SetLastSeen(t.Context(), 5, w.bob.UserID))
	get := func(v service.Viewer) service.ProfileView {
		t.Helper()
		store.asked = 0
		profile, err := users.Get(t.Context(), v, w.bob.UserID)
		require.NoError(t, err)
		require.Equal(t, 1, store.asked)
		return profile
	}
	require.Equal(t, chat.Time(5), get(w.ada).LastSeenAt)
	require.NoError(t, w.store.CreateBlock(t.Context(), chat.Block{UserID: w.ada.UserID, BlockedID: w.bob.UserID}))
	require.Zero(t, get(w.ada).LastSeenAt, "blocks count all the same")
	require.True(t, get(w.ada).Blocked)
	require.False(t, get(w.eve).Blocked)
	require.Equal(t, chat.Time(5), get(w.bob).LastSeenAt)
}
