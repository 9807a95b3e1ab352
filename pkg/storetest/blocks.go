package storetest

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
)

func testBlocks(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	users := userIDs(6)
	slices.Sort(users)
	me, others := users[0], users[1:]
	block := func(by, whom chat.UserID) chat.Block {
		b := chat.Block{UserID: by, BlockedID: whom, CreatedAt: now()}
		require.NoError(t, s.CreateBlock(ctx, b))
		return b
	}
	var mine []chat.Block
	for _, u := range []chat.UserID{others[2], others[0], others[1]} {
		mine = append(mine, block(me, u))
	}
	again := mine[0]
	again.CreatedAt += 1000
	require.NoError(t, s.CreateBlock(ctx, again), "once is enough")
	byOther, back := block(others[3], me), block(others[0], me)
	block(others[3], others[4])

	sorted := []chat.Block{mine[1], mine[2], mine[0]}
	for after, want := range map[chat.UserID][]chat.Block{"": sorted[:2], others[0]: sorted[1:], others[2]: nil} {
		page, err := s.BlocksOf(ctx, me, after, 2)
		require.NoError(t, err)
		require.ElementsMatch(t, want, page)
	}
	between := func(user chat.UserID, others ...chat.UserID) []chat.Block {
		found, err := s.BlocksBetween(ctx, user, others)
		require.NoError(t, err)
		return found
	}
	require.ElementsMatch(t, append(sorted, byOther, back), between(me, append(userIDs(900), others...)...))
	require.ElementsMatch(t, []chat.Block{mine[1], back}, between(others[0], me, others[1]), "from either side")
	require.Empty(t, between(others[4], me))
	require.Empty(t, between(me))
	among := func(couples ...chat.Couple) []chat.Block {
		found, err := s.BlocksAmong(ctx, couples)
		require.NoError(t, err)
		return found
	}
	couples := []chat.Couple{chat.CoupleOf(me, others[0]), chat.CoupleOf(others[3], me), chat.CoupleOf(others[4], me)}
	require.ElementsMatch(t, []chat.Block{mine[1], back, byOther}, among(couples...), "of no others")
	require.Empty(t, among(couples[2]))
	require.Empty(t, among())
	for range 900 {
		u := userIDs(2)
		couples = append(couples, chat.CoupleOf(u[0], u[1]))
	}
	require.Len(t, among(couples...), 3)

	require.NoError(t, s.DeleteBlock(ctx, me, others[0]))
	require.NoError(t, s.DeleteBlock(ctx, me, others[0]))
	require.Equal(t, []chat.Block{back}, between(me, others[0]), "the other's stays")
}
