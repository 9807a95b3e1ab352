package app_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/gateway/app"
	"github.com/parley-chat/parley/gateway/config"
	"github.com/parley-chat/parley/gateway/gatewaytest"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/frame"
	"github.com/parley-chat/parley/pkg/presence"
)

func watch(t *testing.T, c *gatewaytest.Client, users ...chat.UserID) {
	t.Helper()
	payload, err := frame.Encode(map[string]any{"type": "watch", "userIds": append([]chat.UserID{}, users...)})
	require.NoError(t, err)
	c.Send(t, string(payload))
}

func TestWatchersHearOfComingAndGoingOnAnotherNode(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	g1, g2 := w.Start(t), w.Start(t)
	alice, bob := w.Login(t), w.Login(t)
	w.Store.PutUser(chat.User{ID: bob.UserID, LastSeenAt: 1000})
	a := gatewaytest.Connect(t, g1, alice)
	watch(t, a, bob.UserID, chat.NewID[chat.UserID]())

	f := a.Await(t, frame.Presence)
	require.Equal(t, map[string]any{"type": "presence", "userId": string(bob.UserID), "online": false, "away": false, "lastSeenAt": "1970-01-01T00:00:01.000Z"}, f)
	f = a.Await(t, frame.Presence)
	require.Equal(t, false, f["online"])
	require.Nil(t, f["lastSeenAt"], "a stranger is answered too, and nothing told")

	b := gatewaytest.Connect(t, g2, bob)
	f = a.Await(t, frame.Presence)
	require.Equal(t, string(bob.UserID), f["userId"])
	require.Equal(t, true, f["online"])

	again := gatewaytest.Connect(t, g1, bob)
	require.NoError(t, b.Close())
	require.NoError(t, again.Close())
	f = a.Await(t, frame.Presence)
	require.Equal(t, false, f["online"], "one frame, when the last socket has gone: %v", f)
	seen, err := time.Parse(time.RFC3339, f["lastSeenAt"].(string))
	require.NoError(t, err)
	require.WithinDuration(t, time.Now(), seen, 10*time.Second)
	gatewaytest.Eventually(t, func() bool { return w.Store.LastSeen(bob.UserID) == chat.TimeOf(seen) }, "last seen is not written")

	watch(t, a)
	gatewaytest.Connect(t, g2, bob)
	gatewaytest.Eventually(t, func() bool {
		states, err := w.Presence.States(context.Background(), bob.UserID)
		return err == nil && states[bob.UserID] == presence.Online
	}, "never online")
	w.Publish(alice.UserID, `{"type":"read"}`)
	require.Equal(t, `{"type":"read"}`, a.Next(t), "nothing of one who is watched no more")
}

func TestAUserIsAwayWhenAllTheirDevicesAreIdle(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	g1, g2 := w.Start(t), w.Start(t)
	alice, bob := w.Login(t), w.Login(t)
	a := gatewaytest.Connect(t, g1, alice)
	watch(t, a, bob.UserID)
	require.Equal(t, false, a.Await(t, frame.Presence)["online"])
	first, second := gatewaytest.Connect(t, g1, bob), gatewaytest.Connect(t, g2, bob)
	require.Equal(t, true, a.Await(t, frame.Presence)["online"])

	first.Send(t, `{"type":"activity","idle":true}`)
	first.Send(t, `{"type":"activity","idle":true}`)
	second.Send(t, `{"type":"activity","idle":true}`)
	require.Equal(t, map[string]any{"type": "presence", "userId": string(bob.UserID), "online": true, "away": true, "lastSeenAt": nil}, a.Await(t, frame.Presence))
	late := gatewaytest.Connect(t, g2, alice)
	watch(t, late, bob.UserID)
	require.Equal(t, true, late.Await(t, frame.Presence)["away"], "the answer to watch says so too")

	first.Send(t, `{"type":"activity","idle":false}`)
	f := a.Await(t, frame.Presence)
	require.Equal(t, []any{true, false}, []any{f["online"], f["away"]}, "one is enough to be back")
	require.NoError(t, first.Close())
	require.Equal(t, true, a.Await(t, frame.Presence)["away"], "what is left is idle")
	require.NoError(t, second.Close())
	require.Equal(t, false, a.Await(t, frame.Presence)["online"])
}

func TestADeviceMayComeIdle(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	g := w.Start(t)
	alice, bob := w.Login(t), w.Login(t)
	a := gatewaytest.Connect(t, g, alice)
	watch(t, a, bob.UserID)
	require.Equal(t, false, a.Await(t, frame.Presence)["online"])
	b := gatewaytest.ConnectIdle(t, g, bob)
	require.Equal(t, true, a.Await(t, frame.Presence)["away"], "it is never called active")
	b.Send(t, `{"type":"activity","idle":null}`)
	require.Equal(t, "validation_failed", b.Await(t, frame.Error)["code"])
	b.Send(t, `{"type":"activity","idle":false}`)
	require.Equal(t, false, a.Await(t, frame.Presence)["away"])
}

func TestReloadingAPageIsNoGoing(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	g := w.Start(t, func(c *config.Config) { c.PresenceGrace = time.Minute })
	alice, bob := w.Login(t), w.Login(t)
	a := gatewaytest.Connect(t, g, alice)
	watch(t, a, bob.UserID)
	require.Equal(t, false, a.Await(t, frame.Presence)["online"])
	b := gatewaytest.Connect(t, g, bob)
	require.Equal(t, true, a.Await(t, frame.Presence)["online"])
	require.NoError(t, b.Close())
	gatewaytest.Eventually(t, func() bool { return g.Metric(t, "parley_gateway_sockets") == 1 }, "the socket stays")
	b = gatewaytest.Connect(t, g, bob)
	w.Publish(alice.UserID, `{"type":"read"}`)
	require.Equal(t, `{"type":"read"}`, a.Next(t))
	require.Zero(t, w.Store.LastSeen(bob.UserID))
	require.NoError(t, b.Close())
}

func TestTypingReachesTheOtherMembers(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	g1, g2 := w.Start(t), w.Start(t)
	alice, bob, carol := w.Login(t), w.Login(t), w.Login(t)
	id := chat.NewID[chat.ConversationID]()
	w.Store.PutConversation(id, alice.UserID, bob.UserID)
	a, b, c := gatewaytest.Connect(t, g1, alice), gatewaytest.Connect(t, g2, bob), gatewaytest.Connect(t, g1, carol)
	for _, active := range []bool{true, true, true, false, false} {
		a.Send(t, fmt.Sprintf(`{"type":"typing","conversationId":%q,"active":%t}`, id, active))
	}
	// The answer to a frame comes after what the frames before it did.
	a.Send(t, `{"type":"watch"}`)
	a.Await(t, frame.Error)
	for _, l := range []gatewaytest.Login{alice, bob, carol} {
		w.Publish(l.UserID, `{"type":"read"}`)
	}
	for _, active := range []bool{true, false} {
		require.JSONEq(t, fmt.Sprintf(`{"type":"typing","conversationId":%q,"userId":%q,"active":%t}`, id, alice.UserID, active), b.Next(t))
	}
	for _, x := range []*gatewaytest.Client{a, b, c} {
		require.Equal(t, `{"type":"read"}`, x.Next(t), "no repetition, and nothing for others")
	}
}

func TestUnknownMembersAreAnError(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	c := gatewaytest.Connect(t, w.Start(t), w.Login(t))
	w.Store.SetErr(chat.ErrUnavailable)
	c.Send(t, fmt.Sprintf(`{"type":"typing","conversationId":%q,"active":true}`, chat.NewID[chat.ConversationID]()))
	require.Equal(t, "unavailable", c.Await(t, frame.Error)["code"])
	watch(t, c, chat.NewID[chat.UserID]())
	require.Equal(t, "unavailable", c.Await(t, frame.Error)["code"], "nothing is told rather than something wrong")
}

func TestWatchersAreToldAnewAfterTheBusWasLost(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	g := w.Start(t)
	bob := w.Login(t)
	a := gatewaytest.Connect(t, g, w.Login(t))
	watch(t, a, bob.UserID)
	require.Equal(t, false, a.Await(t, frame.Presence)["online"])
	w.Handlers[0].Lost(bus.ErrOverflow)
	// Bob comes online on a gateway whose word is lost.
	_, err := w.Presence.Join(t.Context(), "elsewhere", bob.UserID)
	require.NoError(t, err)
	w.Handlers[0].Restored()
	require.Equal(t, true, a.Await(t, frame.Presence)["online"])
}

// moody is a presence store that can be told to take no writes, as Redis does when its memory is full.
type moody struct {
	app.Presence
	refuses atomic.Bool
}

func (m *moody) Beat(ctx context.Context, node presence.Node) error {
	if m.refuses.Load() {
		return errors.New("OOM")
	}
	return m.Presence.Beat(ctx, node) //nolint:wrapcheck // a fake's
}

// TestWhatTheStoreCantKeepIsNotTold: a store that takes no writes still answers, and what it says is old.
func TestWhatTheStoreCantKeepIsNotTold(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	store := &moody{Presence: w.Presence}
	w.Presence = store
	g := w.Start(t)
	alice, bob, cy := w.Login(t), w.Login(t), w.Login(t)
	a, c := gatewaytest.Connect(t, g, alice), gatewaytest.Connect(t, g, cy)
	watch(t, a, bob.UserID)
	require.Equal(t, false, a.Await(t, frame.Presence)["online"])

	store.refuses.Store(true)
	gatewaytest.Eventually(t, func() bool {
		_, body := get(t, g, "GET", "/readyz")
		return strings.Contains(body, "presence is not told")
	}, "it is not noticed")
	watch(t, c, bob.UserID)
	require.Equal(t, `{"type":"error","code":"unavailable","detail":"presence is not known now; it will be told when it is"}`, c.Next(t))
	store.refuses.Store(false)
	require.Equal(t, false, c.Await(t, frame.Presence)["online"], "it is told by itself")
	require.Equal(t, false, a.Await(t, frame.Presence)["online"], "also to those who may have missed something")
}
