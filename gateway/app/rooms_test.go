package app_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/gateway/gatewaytest"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
)

// room is a conversation with a room channel.
type room struct {
	*gatewaytest.World
	id  chat.ConversationID
	seq int64
}

func newRoom(w *gatewaytest.World, members ...gatewaytest.Login) *room {
	r := &room{World: w, id: chat.NewID[chat.ConversationID](), seq: 1}
	r.put(members...)
	return r
}

func (r *room) put(members ...gatewaytest.Login) int64 {
	ids := make([]chat.UserID, len(members))
	for i, m := range members {
		ids[i] = m.UserID
	}
	return r.Store.PutRoom(r.id, ids...)
}

// say publishes a message to the room channel, and gives its frame.
func (r *room) say(t *testing.T) string {
	t.Helper()
	r.seq++
	f := event(t, chat.Entry{ConversationID: r.id, Seq: r.seq, Kind: chat.MessageCreated, Message: &chat.Message{ID: chat.NewID[chat.MessageID](), Text: "x"}})
	r.Bus.Publish(bus.Message{Channel: bus.RoomChannel(r.id), Payload: []byte(f)})
	return f
}

// order publishes what happened to a member, to the room and to them, and gives the frame.
func (r *room) order(t *testing.T, kind chat.Kind, user gatewaytest.Login, revision int64) string {
	t.Helper()
	r.seq++
	f := event(t, chat.Entry{ConversationID: r.id, Seq: r.seq, Kind: kind, SenderID: user.UserID, Member: &chat.NewMember{UserID: user.UserID, Role: chat.RoleMember}})
	payload, err := bus.Order{
		Kind: bus.GroupChanged, ConversationID: r.id, UserID: user.UserID, Left: kind == chat.MemberRemoved, Revision: revision, Frame: json.RawMessage(f),
	}.Encode()
	require.NoError(t, err)
	r.Bus.Publish(bus.Message{Channel: bus.RoomChannel(r.id), Payload: payload}, bus.Message{Channel: bus.UserChannel(user.UserID), Payload: payload})
	return f
}

// hearsOnly proves that the next frame is one that is sent now.
func hearsOnly(t *testing.T, w *gatewaytest.World, l gatewaytest.Login, c *gatewaytest.Client, why string) {
	t.Helper()
	w.Publish(l.UserID, `"last"`)
	require.Equal(t, `"last"`, c.Next(t), why)
}

func TestRooms(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	one, two := w.Start(t), w.Start(t)
	alice, bob, eve := w.Login(t), w.Login(t), w.Login(t)
	r := newRoom(w, alice, bob)
	a, b, e := gatewaytest.Connect(t, one, alice), gatewaytest.Connect(t, two, bob), gatewaytest.Connect(t, two, eve)
	f := r.say(t)
	require.Equal(t, f, a.Next(t))
	require.Equal(t, f, b.Next(t))
	hearsOnly(t, w, eve, e, "who is no member hears nothing")

	// Eve comes in: from the frame that tells her on, she hears all.
	f = r.order(t, chat.MemberAdded, eve, r.put(alice, bob, eve))
	require.Equal(t, f, a.Next(t))
	require.Equal(t, f, b.Next(t))
	require.Equal(t, f, e.Next(t))
	f = r.say(t)
	require.Equal(t, f, e.Next(t), "not the room's copy of what the own channel had")
	require.Equal(t, f, b.Next(t))

	// Bob goes: he is told once, and hears nothing more.
	f = r.order(t, chat.MemberRemoved, bob, r.put(alice, eve))
	require.Equal(t, f, b.Next(t))
	require.Equal(t, f, e.Next(t))
	require.Equal(t, r.say(t), e.Next(t))
	hearsOnly(t, w, bob, b, "who was removed hears nothing")
}

// A conversation moves to its room channel: whoever is told on their own channel is on it soon after.
func TestRoomsOpenAndClose(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	g := w.Start(t)
	alice := w.Login(t)
	first, second := gatewaytest.Connect(t, g, alice), gatewaytest.Connect(t, g, alice)
	r := newRoom(w, alice)
	order := func(kind bus.OrderKind, on bus.Channel) {
		payload, err := bus.Order{Kind: kind, ConversationID: r.id, Revision: 1, Frame: json.RawMessage(`{"type":"x"}`)}.Encode()
		require.NoError(t, err)
		w.Bus.Publish(bus.Message{Channel: on, Payload: payload})
		for _, c := range []*gatewaytest.Client{first, second} {
			require.JSONEq(t, `{"type":"x"}`, c.Next(t))
		}
	}
	order(bus.RoomOpened, bus.UserChannel(alice.UserID))
	time.Sleep(50 * time.Millisecond) // chat.RoomGrace is a hundred times as long
	f := r.say(t)
	require.Equal(t, f, first.Next(t))
	require.Equal(t, f, second.Next(t))
	order(bus.RoomClosed, bus.RoomChannel(r.id))
	r.say(t)
	hearsOnly(t, w, alice, first, "the room is closed")
}

// Whatever became of the order: who is no member any more hears nothing a second later, and who has become one is asked to sync.
func TestSeatsFollowTheStoreWithoutOrders(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	g := w.Start(t)
	alice, bob, eve := w.Login(t), w.Login(t), w.Login(t)
	r := newRoom(w, alice, bob)
	a, b, e := gatewaytest.Connect(t, g, alice), gatewaytest.Connect(t, g, bob), gatewaytest.Connect(t, g, eve)
	f := r.say(t)
	require.Equal(t, f, a.Next(t))
	require.Equal(t, f, b.Next(t))
	time.Sleep(time.Second) // its revision is known by then

	r.put(alice)
	time.Sleep(time.Second)
	require.Equal(t, r.say(t), a.Next(t))
	hearsOnly(t, w, bob, b, "the store says that he is none")

	w.Store.SetErr(chat.ErrUnavailable)
	r.put(alice, eve)
	w.Handlers[0].Lost(bus.ErrOverflow)
	time.Sleep(time.Second)
	w.Store.SetErr(nil)
	gatewaytest.Eventually(t, func() bool { return e.Next(t) == `{"type":"resync"}` }, "a new seat that nobody told of")
	w.Handlers[0].Restored()
}
