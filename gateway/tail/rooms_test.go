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

// Where all have gone, the first entry doesn't say any more who the members are: whoever was removed hears nothing of what came after.
func TestNobodyHearsOfAConversationThatAllHaveLeft(t *testing.T) {
	for name, lost := range map[string]bool{"tail": true, "patrol": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ids := users(2)
				w, stop := newWorld(t, ids...)
				defer stop()
				time.Sleep(time.Minute)
				if lost {
					w.Lost(time.Now())
				}
				id := w.begin(ids...).ConversationID
				removed := w.member(id, chat.MemberRemoved, ids[1])
				w.say(id, 0)
				left := w.member(id, chat.MemberRemoved, ids[0])
				w.store.PutConversation(id) // as it is then
				time.Sleep(time.Minute)
				require.Equal(t, []at{removed}, w.ears.of(ids[1]))
				require.Equal(t, []at{left}, w.ears.of(ids[0]))
			})
		})
	}
}

// Whoever was a member to the end is told of it by their own channel: a small group has no other, and a room's is left by then.
func TestTheEndOfAConversationIsTold(t *testing.T) {
	for name, begin := range map[string]func(w *world, members ...chat.UserID) chat.ConversationID{
		"each member": func(w *world, members ...chat.UserID) chat.ConversationID { return w.begin(members...).ConversationID },
		"room":        func(w *world, members ...chat.UserID) chat.ConversationID { return w.room(members...) },
	} {
		for how, lost := range map[string]bool{"tail": true, "patrol": false} {
			t.Run(name+", "+how, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					ids := users(2)
					w, stop := newWorld(t, ids...)
					defer stop()
					id := begin(w, ids...)
					heard := begin(w, ids...)
					time.Sleep(time.Minute)
					if lost {
						w.Lost(time.Now())
					}
					told, end := w.end(heard), w.end(id)
					w.recent.Note(bus.RoomChannel(heard), told.conversation, told.seq)
					time.Sleep(time.Minute)
					for _, user := range ids {
						require.Contains(t, w.ears.of(user), end)
						require.NotContains(t, w.ears.of(user), told, "the bus has told it")
					}
				})
			})
		}
	}
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
