// Package presencetest holds the contract of presence: what every adapter must do, as tests that each of them runs.
package presencetest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/presence"
)

const (
	// NodeTTL is what adapters under test are made with: short, so that a test can wait for a node's death,
	// and many beats long, so that a busy machine kills no node that lives.
	NodeTTL = 1500 * time.Millisecond

	beat     = 50 * time.Millisecond
	patience = 30 * time.Second
)

// Presence is the port.
type Presence interface {
	Join(ctx context.Context, node presence.Node, users ...chat.UserID) (cameOnline []chat.UserID, err error)
	Idle(ctx context.Context, node presence.Node, users ...chat.UserID) (now map[chat.UserID]presence.State, err error)
	Leave(ctx context.Context, node presence.Node, users ...chat.UserID) (now map[chat.UserID]presence.State, err error)
	Beat(ctx context.Context, node presence.Node) error
	States(ctx context.Context, users ...chat.UserID) (map[chat.UserID]presence.State, error)
	Reap(ctx context.Context) (now map[chat.UserID]presence.State, err error)
}

// Run holds an adapter to the contract. newStore is called once for each test, for an empty store, and what it
// returns makes the view that one process has of it. Tests wait for nodes to die: newStore may let them do so at the
// same time with t.Parallel.
func Run(t *testing.T, newStore func(t *testing.T) func() Presence) {
	tests := []struct {
		name string
		run  func(t *testing.T, open func() Presence)
	}{
		{"the first join brings a user online, the last leave takes them off", testJoinLeave},
		{"a user named twice comes and goes once", testTwice},
		{"nobody is nothing", testNobody},
		{"more users than one command takes", testMany},
		{"a first beat is no surprise", testFirstBeat},
		{"a dead node's users are offline, and reaped once", testReap},
		{"a user of a dead node who is on another one stays", testReapElsewhere},
		{"a node that beats is never reaped", testReapLive},
		{"a node that was reaped while it slept hears of it once", testForgotten},
		{"users who joined a reaped node before its beat come back with the others", testForgottenJoin},
		{"who is idle on all nodes is away", testIdle},
		{"the death of the node where a user was active leaves them away", testReapActive},
		{"an idle user of a dead node is offline, and comes back active", testReapIdle},
		{"joins and leaves at once end right", testConcurrency},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(t, newStore(t)) })
	}
}

const (
	nodeA presence.Node = "gateway-a"
	nodeB presence.Node = "gateway-b"
)

func newUsers(n int) []chat.UserID {
	users := make([]chat.UserID, n)
	for i := range users {
		users[i] = chat.NewID[chat.UserID]()
	}
	return users
}

// keepAlive beats for a node until the test ends.
func keepAlive(t *testing.T, p Presence, node presence.Node) {
	t.Helper()
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		ticker := time.NewTicker(beat)
		defer ticker.Stop()
		for {
			select {
			case <-stop:
				return
			case <-ticker.C:
				if err := p.Beat(context.Background(), node); err != nil {
					t.Errorf("beat of %s: %v", node, err)
				}
			}
		}
	})
	t.Cleanup(func() { close(stop); wg.Wait() })
}

func join(t *testing.T, p Presence, node presence.Node, users ...chat.UserID) []chat.UserID {
	t.Helper()
	came, err := p.Join(context.Background(), node, users...)
	require.NoError(t, err)
	return came
}

// leave gives those whom no node has then.
func leave(t *testing.T, p Presence, node presence.Node, users ...chat.UserID) []chat.UserID {
	t.Helper()
	now, err := p.Leave(context.Background(), node, users...)
	require.NoError(t, err)
	require.Len(t, now, len(unique(users)), "each is told of")
	return those(now, presence.Offline)
}

// idle gives how the users are then.
func idle(t *testing.T, p Presence, node presence.Node, users ...chat.UserID) map[chat.UserID]presence.State {
	t.Helper()
	now, err := p.Idle(context.Background(), node, users...)
	require.NoError(t, err)
	return now
}

// states are in the order asked.
func states(t *testing.T, p Presence, users ...chat.UserID) []presence.State {
	t.Helper()
	now, err := p.States(context.Background(), users...)
	require.NoError(t, err)
	answer := make([]presence.State, len(users))
	for i, u := range users {
		state, told := now[u]
		require.True(t, told, "no answer about %s", u)
		answer[i] = state
	}
	return answer
}

// online are those of users who are, in the order asked.
func online(t *testing.T, p Presence, users ...chat.UserID) []chat.UserID {
	t.Helper()
	var found []chat.UserID
	for i, state := range states(t, p, users...) {
		if state == presence.Online {
			found = append(found, users[i])
		}
	}
	return found
}

func those(now map[chat.UserID]presence.State, state presence.State) []chat.UserID {
	var found []chat.UserID
	for u, s := range now {
		if s == state {
			found = append(found, u)
		}
	}
	return found
}

func unique(users []chat.UserID) []chat.UserID {
	return slices.Compact(slices.Sorted(slices.Values(users)))
}

// reapUntil reaps until n users have gone offline.
func reapUntil(t *testing.T, p Presence, n int) []chat.UserID {
	t.Helper()
	var went []chat.UserID
	require.Eventually(t, func() bool {
		some, err := p.Reap(context.Background())
		require.NoError(t, err)
		went = append(went, those(some, presence.Offline)...)
		return len(went) >= n
	}, patience, beat, "a dead node is never reaped")
	return went
}

// awaitOffline waits until no live node has the users.
func awaitOffline(t *testing.T, p Presence, users ...chat.UserID) {
	t.Helper()
	require.Eventually(t, func() bool { return len(online(t, p, users...)) == 0 }, patience, beat, "a dead node lives on")
}

func testJoinLeave(t *testing.T, open func() Presence) {
	p, q := open(), open()
	keepAlive(t, p, nodeA)
	keepAlive(t, q, nodeB)
	users := newUsers(3)
	u, v, stranger := users[0], users[1], users[2]

	require.ElementsMatch(t, []chat.UserID{u, v}, join(t, p, nodeA, u, v))
	require.Empty(t, join(t, p, nodeA, u), "again on the same node")
	require.Empty(t, join(t, q, nodeB, u), "on a second node")
	require.Equal(t, []chat.UserID{u, v}, online(t, q, u, v, stranger))

	require.Empty(t, leave(t, p, nodeA, u), "still on the second node")
	require.Equal(t, []chat.UserID{u, v}, online(t, p, u, v, stranger))
	require.Equal(t, []chat.UserID{u}, leave(t, q, nodeB, u))
	require.Equal(t, []chat.UserID{v}, online(t, p, u, v, stranger))
	require.Equal(t, []chat.UserID{stranger}, leave(t, q, nodeB, stranger, v), "those that no live node has, whether they were here or not")
	require.Equal(t, []chat.UserID{u}, join(t, p, nodeA, u))
}

func testTwice(t *testing.T, open func() Presence) {
	p := open()
	u := newUsers(1)[0]
	require.Equal(t, []chat.UserID{u}, join(t, p, nodeA, u, u))
	require.Equal(t, []chat.UserID{u}, leave(t, p, nodeA, u, u))
}

func testNobody(t *testing.T, open func() Presence) {
	p := open()
	require.Empty(t, join(t, p, nodeA))
	require.Empty(t, leave(t, p, nodeA))
	require.Empty(t, online(t, p))
	went, err := p.Reap(context.Background())
	require.NoError(t, err)
	require.Empty(t, went)
}

func testMany(t *testing.T, open func() Presence) {
	p := open()
	keepAlive(t, p, nodeA)
	users, strangers := newUsers(2500), newUsers(2500)
	require.Len(t, join(t, p, nodeA, users...), len(users))
	require.Len(t, online(t, p, append(slices.Clone(users), strangers...)...), len(users))
	require.Len(t, online(t, p, users...), len(users))
	require.Len(t, leave(t, p, nodeA, users...), len(users))
	require.Empty(t, online(t, p, users...))
}

func testFirstBeat(t *testing.T, open func() Presence) {
	p := open()
	require.NoError(t, p.Beat(context.Background(), nodeA))
	u := newUsers(1)[0]
	join(t, p, nodeB, u)
	require.NoError(t, p.Beat(context.Background(), nodeB))
	require.Equal(t, []chat.UserID{u}, online(t, p, u))
}

func testReap(t *testing.T, open func() Presence) {
	p, q := open(), open()
	keepAlive(t, q, nodeB)
	users := newUsers(1200)
	join(t, p, nodeA, users...)
	awaitOffline(t, q, users...)

	var mu sync.Mutex
	var went []chat.UserID
	var wg sync.WaitGroup
	for range 4 {
		reaper := open()
		wg.Go(func() {
			some, err := reaper.Reap(context.Background())
			if err != nil {
				t.Errorf("reap: %v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			went = append(went, those(some, presence.Offline)...)
		})
	}
	wg.Wait()
	slices.Sort(users)
	slices.Sort(went)
	require.Len(t, went, len(users), "one reaper gets all")
	require.Equal(t, users, went)

	require.Len(t, join(t, q, nodeB, users...), len(users), "they come back as new")
}

func testReapElsewhere(t *testing.T, open func() Presence) {
	p, q := open(), open()
	keepAlive(t, q, nodeB)
	users := newUsers(2)
	join(t, p, nodeA, users...)
	require.Empty(t, join(t, q, nodeB, users[0]))
	require.Equal(t, users[1:], reapUntil(t, q, 1))
	require.Equal(t, users[:1], online(t, q, users...))
}

func testReapLive(t *testing.T, open func() Presence) {
	p := open()
	keepAlive(t, p, nodeA)
	users := newUsers(2)
	join(t, p, nodeA, users[0])
	// The other node joins later, so once it is found dead, the first has outlived it.
	join(t, p, nodeB, users[1])
	require.Equal(t, users[1:], reapUntil(t, p, 1))
	require.Equal(t, users[:1], online(t, p, users...))
}

func testForgotten(t *testing.T, open func() Presence) {
	ctx := context.Background()
	p, q := open(), open()
	users := newUsers(3)
	join(t, p, nodeA, users...)
	require.ElementsMatch(t, users, reapUntil(t, q, len(users)))

	require.ErrorIs(t, p.Beat(ctx, nodeA), presence.ErrForgotten)
	require.Empty(t, online(t, p, users...))
	require.ElementsMatch(t, users, join(t, p, nodeA, users...), "all have to be told of again")
	require.NoError(t, p.Beat(ctx, nodeA))
	require.Equal(t, users, online(t, p, users...))
}

func testForgottenJoin(t *testing.T, open func() Presence) {
	ctx := context.Background()
	p, q := open(), open()
	users := newUsers(3)
	old, late := users[:2], users[2]
	join(t, p, nodeA, old...)
	reapUntil(t, q, len(old))

	require.Equal(t, []chat.UserID{late}, join(t, p, nodeA, late))
	require.Equal(t, []chat.UserID{late}, online(t, p, users...))
	require.ErrorIs(t, p.Beat(ctx, nodeA), presence.ErrForgotten, "a join must not hide that the others are gone")
	require.Subset(t, join(t, p, nodeA, users...), old)
	require.NoError(t, p.Beat(ctx, nodeA))
	require.Equal(t, users, online(t, p, users...))
}

func testConcurrency(t *testing.T, open func() Presence) {
	const rounds = 100
	users := newUsers(10)
	var wg sync.WaitGroup
	for _, node := range []presence.Node{nodeA, nodeB} {
		p := open()
		keepAlive(t, p, node)
		wg.Go(func() {
			for range rounds {
				_, joinErr := p.Join(context.Background(), node, users...)
				_, statesErr := p.States(context.Background(), users...)
				_, idleErr := p.Idle(context.Background(), node, users...)
				_, leaveErr := p.Leave(context.Background(), node, users...)
				_, reapErr := p.Reap(context.Background())
				if err := errors.Join(joinErr, statesErr, idleErr, leaveErr, reapErr); err != nil {
					t.Errorf("on %s: %v", node, err)
				}
			}
			if _, err := p.Join(context.Background(), node, users[0]); err != nil {
				t.Errorf("last join on %s: %v", node, err)
			}
		})
	}
	wg.Wait()
	require.Equal(t, users[:1], online(t, open(), users...))
}
