package app_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/gateway/gatewaytest"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/frame"
)

// seen is the next thing that a client is told of presence: online, away, offline, with "seen" if it is told when, or unknown.
func seen(t *testing.T, c *gatewaytest.Client) string {
	t.Helper()
	for {
		var f struct {
			Type         frame.Type
			Online, Away bool
			LastSeenAt   *string
		}
		require.NoError(t, json.Unmarshal([]byte(c.Next(t)), &f))
		switch {
		case f.Type == frame.PresenceUnknown:
			return "unknown"
		case f.Type != frame.Presence:
			continue
		case f.Away:
			return "away"
		case f.Online:
			return "online"
		case f.LastSeenAt != nil:
			return "offline, seen"
		default:
			return "offline"
		}
	}
}

// awaitOnline reads on until somebody is, whose coming may be told after the answer to watch.
func awaitOnline(t *testing.T, c *gatewaytest.Client) {
	t.Helper()
	for seen(t, c) != "online" {
	}
}

// turned is what comes after online, which may be told twice: by the answer to watch, and by the coming itself.
func turned(t *testing.T, c *gatewaytest.Client) string {
	t.Helper()
	for {
		if now := seen(t, c); now != "online" {
			return now
		}
	}
}

// noMore expects that nothing of presence has been told to the client since.
func noMore(t *testing.T, w *gatewaytest.World, c *gatewaytest.Client, l gatewaytest.Login) {
	t.Helper()
	w.Publish(l.UserID, `{"type":"read"}`)
	require.Equal(t, `{"type":"read"}`, c.Next(t))
}

// changed tells gateways what API nodes do: that of a user in general, or between two.
func changed(t *testing.T, w *gatewaytest.World, user chat.UserID, other ...chat.UserID) {
	t.Helper()
	orders := map[bus.Channel]chat.UserID{bus.PresenceChannel(user): user, bus.UserChannel(user): ""}
	if len(other) > 0 {
		orders = map[bus.Channel]chat.UserID{bus.UserChannel(user): other[0], bus.UserChannel(other[0]): user}
	}
	for c, about := range orders {
		payload, err := bus.Order{Kind: bus.AudienceChanged, UserID: about}.Encode()
		require.NoError(t, err)
		w.Bus.Publish(bus.Message{Channel: c, Payload: payload})
	}
}

// set changes a user's settings, as an API node does.
func set(t *testing.T, w *gatewaytest.World, user chat.UserID, settings chat.PresenceSettings) {
	t.Helper()
	put(w, user, settings)
	changed(t, w, user)
}

func put(w *gatewaytest.World, user chat.UserID, settings chat.PresenceSettings) {
	w.Store.PutUser(chat.User{ID: user, LastSeenAt: 1000, PresenceSettings: settings})
}

func TestSettingsAndBlocksTakeEffectOnThoseWhoWatch(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	g1, g2 := w.Start(t), w.Start(t)
	ann, bob := w.Login(t), w.Login(t)
	put(w, ann.UserID, chat.PresenceSettings{})
	put(w, bob.UserID, chat.PresenceSettings{})
	a, b := gatewaytest.Connect(t, g1, ann), gatewaytest.Connect(t, g2, bob)
	watch(t, a, bob.UserID)
	awaitOnline(t, a)
	watch(t, b, ann.UserID)
	awaitOnline(t, b)
	own := gatewaytest.Connect(t, g1, bob)
	watch(t, own, bob.UserID)
	require.Equal(t, "online", seen(t, own))

	set(t, w, bob.UserID, chat.PresenceSettings{Invisible: true})
	require.Equal(t, "offline, seen", turned(t, a), "as when they hid")
	require.Equal(t, "online", seen(t, own), "own devices know")
	require.Equal(t, "online", seen(t, b), "who hides sees the others")
	require.NoError(t, b.Close())
	require.NoError(t, own.Close())
	gatewaytest.Eventually(t, func() bool {
		return g1.Metric(t, "parley_gateway_sockets") == 1 && g2.Metric(t, "parley_gateway_sockets") == 0
	}, "they stay")
	b = gatewaytest.Connect(t, g2, bob)
	watch(t, b, ann.UserID)
	require.Equal(t, "online", seen(t, b))
	b.Send(t, `{"type":"activity","idle":true}`)
	b.Send(t, `{"type":"activity","idle":false}`)
	noMore(t, w, a, ann)

	set(t, w, bob.UserID, chat.PresenceSettings{LastSeen: chat.Contacts})
	require.Equal(t, "offline", seen(t, a), "they have no conversation")
	require.Equal(t, "offline", seen(t, b), "it goes for both directions")
	w.Store.PutConversation(chat.DirectID(ann.UserID, bob.UserID), ann.UserID, bob.UserID)
	changed(t, w, ann.UserID, bob.UserID)
	require.Equal(t, "online", seen(t, a))
	require.Equal(t, "online", seen(t, b))

	w.Store.PutBlocks(chat.Block{UserID: ann.UserID, BlockedID: bob.UserID})
	changed(t, w, ann.UserID, bob.UserID)
	require.Equal(t, "offline", seen(t, a))
	require.Equal(t, "offline", seen(t, b), "either way")
	a.Send(t, fmt.Sprintf(`{"type":"typing","conversationId":%q,"active":true}`, chat.DirectID(ann.UserID, bob.UserID)))
	b.Send(t, fmt.Sprintf(`{"type":"typing","conversationId":%q,"active":true}`, chat.DirectID(ann.UserID, bob.UserID)))
	noMore(t, w, a, ann)
	noMore(t, w, b, bob)
	w.Store.PutBlocks()
	changed(t, w, ann.UserID, bob.UserID)
	require.Equal(t, "online", seen(t, a))
	require.Equal(t, "online", seen(t, b))

	set(t, w, ann.UserID, chat.PresenceSettings{LastSeen: chat.Nobody})
	require.Equal(t, "offline", seen(t, a))
	require.Equal(t, "offline", seen(t, b))
	late := gatewaytest.Connect(t, g2, ann)
	watch(t, late, bob.UserID)
	require.Equal(t, "offline", seen(t, late), "the answer to watch says so too")
	noMore(t, w, b, bob)
	set(t, w, ann.UserID, chat.PresenceSettings{})
	require.Equal(t, "online", seen(t, a))
	require.Equal(t, "online", seen(t, b))
	require.Equal(t, "online", seen(t, late))
	noMore(t, w, b, bob)
}

// TestNothingIsToldOfWhoHidWhileTheBusWasLost: the order is lost, and so is who came and went.
func TestNothingIsToldOfWhoHidWhileTheBusWasLost(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	g := w.Start(t)
	ann, bob := w.Login(t), w.Login(t)
	put(w, bob.UserID, chat.PresenceSettings{})
	a := gatewaytest.Connect(t, g, ann)
	gatewaytest.Connect(t, g, bob)
	watch(t, a, bob.UserID)
	awaitOnline(t, a)

	w.Handlers[0].Lost(bus.ErrOverflow)
	put(w, bob.UserID, chat.PresenceSettings{Invisible: true})
	require.Equal(t, "unknown", turned(t, a), "before anybody could be shown who is not")
	late := gatewaytest.Connect(t, g, ann)
	watch(t, late, bob.UserID)
	require.Equal(t, "unavailable", late.Await(t, frame.Error)["code"])
	w.Handlers[0].Restored()
	// What a node whose users join again tells now.
	payload, err := frame.Encode(frame.PresenceFrame{Type: frame.Presence, UserID: bob.UserID, Online: true})
	require.NoError(t, err)
	w.Bus.Publish(bus.Message{Channel: bus.PresenceChannel(bob.UserID), Payload: payload})
	require.Equal(t, "offline, seen", seen(t, a), "told by itself")
	require.Equal(t, "offline, seen", seen(t, late))
}

// TestABlipOfTheBusLetsNothingSlip: the bus is back before presence is taken back, and the order was lost in between.
func TestABlipOfTheBusLetsNothingSlip(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	g := w.Start(t)
	ann, bob := w.Login(t), w.Login(t)
	put(w, bob.UserID, chat.PresenceSettings{})
	a := gatewaytest.Connect(t, g, ann)
	watch(t, a, bob.UserID)
	require.Equal(t, "offline, seen", seen(t, a))
	put(w, bob.UserID, chat.PresenceSettings{LastSeen: chat.Nobody})
	w.Handlers[0].Lost(&bus.GapError{})
	w.Handlers[0].Restored()
	gatewaytest.Connect(t, g, bob)
	gatewaytest.Eventually(t, func() bool { return g.Metric(t, "parley_gateway_presence_users") == 2 }, "never there")
	require.Equal(t, "offline", seen(t, a), "the first that is told is how it is now")
}

func TestWhoMaySeeWhomIsUnknownWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	g := w.Start(t)
	ann, bob := w.Login(t), w.Login(t)
	a := gatewaytest.Connect(t, g, ann)
	gatewaytest.Connect(t, g, bob)
	watch(t, a, bob.UserID)
	awaitOnline(t, a)
	set(t, w, bob.UserID, chat.PresenceSettings{LastSeen: chat.Nobody})
	require.Equal(t, "offline", turned(t, a))
	w.Store.SetErr(chat.ErrUnavailable)
	changed(t, w, bob.UserID)
	require.Equal(t, "unknown", seen(t, a))
	w.Store.SetErr(nil)
	require.Equal(t, "offline", seen(t, a))
}
