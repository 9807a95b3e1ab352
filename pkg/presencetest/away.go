package presencetest

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/presence"
)

func testIdle(t *testing.T, open func() Presence) {
	p, q := open(), open()
	keepAlive(t, p, nodeA)
	keepAlive(t, q, nodeB)
	users := newUsers(3)
	u, v, w := users[0], users[1], users[2]
	join(t, p, nodeA, u, v)
	join(t, q, nodeB, u)

	require.Equal(t, map[chat.UserID]presence.State{u: presence.Online, v: presence.Away, w: presence.Away}, idle(t, p, nodeA, u, v, w),
		"one is active elsewhere, one was not there before")
	require.Equal(t, []presence.State{presence.Online, presence.Away, presence.Away}, states(t, q, u, v, w))
	require.Equal(t, map[chat.UserID]presence.State{u: presence.Away}, idle(t, q, nodeB, u))
	require.Equal(t, []chat.UserID{u}, join(t, p, nodeA, u), "active again is told of")
	require.Empty(t, join(t, q, nodeB, u), "again on the other node is not")

	now, err := p.Leave(context.Background(), nodeA, u, v)
	require.NoError(t, err)
	require.Equal(t, map[chat.UserID]presence.State{u: presence.Online, v: presence.Offline}, now)
	idle(t, p, nodeA, u)
	now, err = q.Leave(context.Background(), nodeB, u)
	require.NoError(t, err)
	require.Equal(t, map[chat.UserID]presence.State{u: presence.Away}, now, "the node where they were active is left")
	require.Equal(t, []chat.UserID{v}, join(t, q, nodeB, v), "who was idle before they left is not when they come back")
	require.Equal(t, []presence.State{presence.Away, presence.Online, presence.Away}, states(t, q, u, v, w))
	require.Empty(t, idle(t, p, nodeA))
	many := newUsers(1200)
	require.Len(t, idle(t, p, nodeA, many...), len(many))
	require.Len(t, those(idle(t, q, nodeB, many...), presence.Away), len(many))
}

func testReapActive(t *testing.T, open func() Presence) {
	p, q := open(), open()
	keepAlive(t, q, nodeB)
	u := newUsers(1)[0]
	join(t, p, nodeA, u)
	require.Equal(t, map[chat.UserID]presence.State{u: presence.Online}, idle(t, q, nodeB, u))
	var now map[chat.UserID]presence.State
	require.Eventually(t, func() bool {
		var err error
		now, err = q.Reap(context.Background())
		require.NoError(t, err)
		return len(now) > 0
	}, patience, beat, "a dead node is never reaped")
	require.Equal(t, map[chat.UserID]presence.State{u: presence.Away}, now)
}

func testReapIdle(t *testing.T, open func() Presence) {
	p, q := open(), open()
	keepAlive(t, q, nodeB)
	u := newUsers(1)[0]
	idle(t, p, nodeA, u)
	require.Equal(t, []presence.State{presence.Away}, states(t, q, u))
	require.Equal(t, []chat.UserID{u}, reapUntil(t, q, 1), "once, and no mark with them")
	require.Equal(t, []presence.State{presence.Offline}, states(t, q, u))
	require.Equal(t, []chat.UserID{u}, join(t, p, nodeA, u))
	require.Equal(t, []presence.State{presence.Online}, states(t, q, u))
}
