package storetest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
)

func createLink(t testing.TB, s Store, user chat.UserID, purpose chat.LinkPurpose, expires chat.Time) chat.Link {
	t.Helper()
	l := chat.Link{
		Hash: string(chat.NewID[chat.UserID]()), Purpose: purpose, UserID: user, Email: "zoë@example.org",
		CreatedAt: now(), ExpiresAt: expires,
	}
	require.NoError(t, s.CreateLink(during(t), l))
	return l
}

func testLinks(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	user, later := chat.NewID[chat.UserID](), now().Add(time.Hour)
	reset, second := createLink(t, s, user, chat.ResetPassword, later), createLink(t, s, user, chat.ResetPassword, later)
	verify := createLink(t, s, user, chat.VerifyEmail, later)
	other := createLink(t, s, chat.NewID[chat.UserID](), chat.ResetPassword, later)
	nobodys := createLink(t, s, "", chat.ResetPassword, 1)
	for _, l := range []chat.Link{reset, second, verify, other, nobodys} {
		got, err := s.Link(ctx, l.Hash)
		require.NoError(t, err)
		require.Equal(t, l, got)
	}
	_, err := s.Link(ctx, "unknown")
	require.ErrorIs(t, err, chat.ErrNotFound)
	require.ErrorIs(t, s.TakeLink(ctx, "unknown"), chat.ErrNotFound)

	require.NoError(t, s.TakeLink(ctx, reset.Hash))
	require.ErrorIs(t, s.TakeLink(ctx, reset.Hash), chat.ErrNotFound)
	_, err = s.Link(ctx, reset.Hash)
	require.ErrorIs(t, err, chat.ErrNotFound)

	require.NoError(t, s.DeleteLinks(ctx, user, chat.ResetPassword))
	_, err = s.Link(ctx, second.Hash)
	require.ErrorIs(t, err, chat.ErrNotFound)
	for _, l := range []chat.Link{verify, other} {
		_, err := s.Link(ctx, l.Hash)
		require.NoError(t, err, "of another purpose, of another user")
	}
}

func testTakeLinkRace(t *testing.T, h Harness) {
	nodes := []Store{h.open(t), h.open(t)}
	for range 5 {
		l := createLink(t, nodes[0], chat.NewID[chat.UserID](), chat.ResetPassword, now().Add(time.Hour))
		var won atomic.Int64
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				err := nodes[i%2].TakeLink(during(t), l.Hash)
				if err == nil {
					won.Add(1)
				} else if !isOneOf(err, chat.ErrNotFound) {
					t.Errorf("take: %v", err)
				}
			})
		}
		all.Wait()
		require.EqualValues(t, 1, won.Load())
	}
}

func testExpiredLinks(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	user, at := chat.NewID[chat.UserID](), now()
	gone, kept := createLink(t, s, user, chat.VerifyEmail, at-1), createLink(t, s, user, chat.VerifyEmail, at)
	deleted, err := s.DeleteExpiredLinks(ctx, at)
	require.NoError(t, err)
	require.EqualValues(t, 1, deleted)
	_, err = s.Link(ctx, gone.Hash)
	require.ErrorIs(t, err, chat.ErrNotFound)
	_, err = s.Link(ctx, kept.Hash)
	require.NoError(t, err)
}
