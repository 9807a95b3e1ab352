package storetest

import (
	"crypto/rand"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
)

func createInvite(t testing.TB, s Store, id chat.ConversationID, maxUses int, at, expires chat.Time) chat.Invite {
	t.Helper()
	i := chat.Invite{
		ID: chat.NewID[chat.InviteID](), ConversationID: id, Code: rand.Text(), CreatedBy: chat.NewID[chat.UserID](),
		CreatedAt: at, ExpiresAt: expires, MaxUses: maxUses,
	}
	require.NoError(t, s.CreateInvite(during(t), i))
	return i
}

func testInvites(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	group, other, at := chat.NewID[chat.ConversationID](), chat.NewID[chat.ConversationID](), now()
	expired := createInvite(t, s, group, 0, at-4, at)
	oldest := createInvite(t, s, group, 3, at-3, at.Add(time.Hour))
	endless := createInvite(t, s, group, 0, at-2, 0)
	revoked := createInvite(t, s, group, 0, at-1, at.Add(time.Hour))
	elsewhere := createInvite(t, s, other, 0, at, 0)
	for _, i := range []chat.Invite{expired, oldest, endless, revoked, elsewhere} {
		got, err := s.InviteByCode(ctx, i.Code)
		require.NoError(t, err)
		require.Equal(t, i, got)
	}
	_, err := s.InviteByCode(ctx, "unknown")
	require.ErrorIs(t, err, chat.ErrNotFound)

	require.ErrorIs(t, s.RevokeInvite(ctx, other, revoked.ID, at), chat.ErrNotFound, "it is another conversation's")
	require.NoError(t, s.RevokeInvite(ctx, group, revoked.ID, at))
	require.NoError(t, s.RevokeInvite(ctx, group, revoked.ID, at+5))
	revoked.RevokedAt = at
	got, err := s.InviteByCode(ctx, revoked.Code)
	require.NoError(t, err)
	require.Equal(t, revoked, got, "the first time counts")

	require.NoError(t, s.ClaimInvite(ctx, oldest, chat.NewID[chat.UserID]()))
	oldest.Uses = 1
	for limit, want := range map[int][]chat.Invite{5: {endless, oldest}, 1: {endless}} {
		good, err := s.InvitesOf(ctx, group, at, limit)
		require.NoError(t, err)
		require.Equal(t, want, good)
	}

	deleted, err := s.DeleteInvites(ctx, at+1)
	require.NoError(t, err)
	require.EqualValues(t, 2, deleted, "the expired one and the revoked one")
	for _, i := range []chat.Invite{expired, revoked} {
		_, err := s.InviteByCode(ctx, i.Code)
		require.ErrorIs(t, err, chat.ErrNotFound)
	}
	good, err := s.InvitesOf(ctx, group, at, 5)
	require.NoError(t, err)
	require.Len(t, good, 2)
}

func testClaimInvite(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	i := createInvite(t, s, chat.NewID[chat.ConversationID](), 2, now(), now().Add(time.Hour))
	endless := createInvite(t, s, i.ConversationID, 0, now(), 0)
	users := userIDs(4)
	for range 2 { // who comes again needs no second use, also when none is left
		for _, user := range users[:2] {
			require.NoError(t, s.ClaimInvite(ctx, i, user))
		}
		require.ErrorIs(t, s.ClaimInvite(ctx, i, users[2]), chat.ErrConflict)
		for n, user := range users {
			claimed, err := s.InviteClaimed(ctx, i.ID, user)
			require.NoError(t, err)
			require.Equal(t, n < 2, claimed)
		}
	}
	for _, user := range users {
		require.NoError(t, s.ClaimInvite(ctx, endless, user))
	}
	for code, uses := range map[string]int{i.Code: 2, endless.Code: 4} {
		got, err := s.InviteByCode(ctx, code)
		require.NoError(t, err)
		require.Equal(t, uses, got.Uses)
	}
	require.NoError(t, s.RevokeInvite(ctx, i.ConversationID, i.ID, 1))
	deleted, err := s.DeleteInvites(ctx, now())
	require.NoError(t, err)
	require.EqualValues(t, 1, deleted)
	got, err := s.InviteByCode(ctx, endless.Code)
	require.NoError(t, err)
	require.Equal(t, 4, got.Uses, "another's uses stay")
}

// Of many who come at once through two nodes, and each twice, no more get in than the invite allows, and no use is lost.
func testClaimRace(t *testing.T, h Harness) {
	nodes := []Store{h.open(t), h.open(t)}
	const uses, comers = 5, 8
	i := createInvite(t, nodes[0], chat.NewID[chat.ConversationID](), uses, now(), now().Add(time.Hour))
	var in atomic.Int64
	var all sync.WaitGroup
	for _, user := range userIDs(comers) {
		all.Go(func() {
			var tries sync.WaitGroup
			var got [2]error
			for n, s := range nodes {
				tries.Go(func() { got[n] = s.ClaimInvite(during(t), i, user) })
			}
			tries.Wait()
			for _, err := range got {
				if err != nil && !isOneOf(err, chat.ErrConflict) {
					t.Errorf("claim: %v", err)
				}
			}
			if err := nodes[0].ClaimInvite(during(t), i, user); err == nil {
				in.Add(1)
			} else if got[0] == nil || got[1] == nil {
				t.Errorf("who was let in is refused: %v", err)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, uses, in.Load())
	got, err := nodes[1].InviteByCode(during(t), i.Code)
	require.NoError(t, err)
	require.Equal(t, uses, got.Uses)
}

func testDeparture(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	users := userIDs(4)
	g := newGroup(users...)
	commit(t, s, g.first)
	first, second := g.remove(users[1]), g.remove(users[2])
	commit(t, s, first, second, g.rename("Without them"))
	for user, want := range map[chat.UserID]chat.Entry{users[1]: first, users[2]: second} {
		got, err := s.Departure(ctx, g.ID, user)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	commit(t, s, g.add(users[2]))
	for _, user := range []chat.UserID{users[0], users[2], users[3], chat.NewID[chat.UserID]()} {
		_, err := s.Departure(ctx, g.ID, user)
		require.ErrorIs(t, err, chat.ErrNotFound)
	}
}
