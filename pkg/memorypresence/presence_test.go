package memorypresence_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/memorypresence"
	"github.com/parley-chat/parley/pkg/presence"
	"github.com/parley-chat/parley/pkg/presencetest"
)

func TestContract(t *testing.T) {
	presencetest.Run(t, func(t *testing.T) func() presencetest.Presence {
		t.Parallel()
		p := memorypresence.New(memorypresence.Options{NodeTTL: presencetest.NodeTTL})
		return func() presencetest.Presence { return p }
	})
}

func TestNodeDiesAfterTheDefaultTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		p := memorypresence.New(memorypresence.Options{})
		u := chat.NewID[chat.UserID]()
		_, err := p.Join(ctx, "a", u)
		require.NoError(t, err)

		time.Sleep(presence.NodeTTL - time.Millisecond)
		went, err := p.Reap(ctx)
		require.NoError(t, err)
		require.Empty(t, went)

		time.Sleep(time.Millisecond)
		went, err = p.Reap(ctx)
		require.NoError(t, err)
		require.Equal(t, map[chat.UserID]presence.State{u: presence.Offline}, went)
	})
}
