package tail_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
)

// room makes a group that has had its room channel for a while, of which there is a socket here.
func (w *world) room(members ...chat.UserID) chat.ConversationID {
	id := chat.NewID[chat.ConversationID]()
	w.store.PutRoom(id, members...)
	w.ears.joinChannel(bus.RoomChannel(id))
	return id
}

// Entries of a group with a room channel go there, and those that give or take a seat to whom they are about as well, once.
func TestEntriesOfARoomGoToItsChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ids := users(3)
		w, stop := newWorld(t, ids...)
		defer stop()
		id := w.room(ids[0], ids[1])
		time.Sleep(time.Minute)
		w.Lost(time.Now())
		said := w.say(id, 0)
		removed := w.member(id, chat.MemberRemoved, ids[2])
		time.Sleep(time.Minute)
		require.Equal(t, []at{said, removed}, w.ears.on(bus.RoomChannel(id)))
		require.Equal(t, []chat.UserID{ids[2]}, w.ears.but, "the room's sockets but those of the removed")
		require.Equal(t, []at{removed}, w.ears.of(ids[2]))
		require.Empty(t, w.ears.of(ids[0]))
		require.Equal(t, []at{said, removed}, w.found(), "the node looks up the seats")
	})
}

// What a room's channel had by the bus no patrol brings again; what it had not comes, there and to whom it is about.
func TestAPatrolLooksAfterRooms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ids := users(2)
		w, stop := newWorld(t, ids...)
		defer stop()
		id := w.room(ids[0])
		time.Sleep(time.Minute)
		heard := w.say(id, 0)
		w.recent.Note(bus.RoomChannel(id), heard.conversation, heard.seq)
		forgotten := w.member(id, chat.MemberAdded, ids[1])
		time.Sleep(time.Minute)
		require.Equal(t, []at{forgotten}, w.ears.on(bus.RoomChannel(id)))
		require.Equal(t, []at{forgotten}, w.ears.of(ids[1]))
	})
}
