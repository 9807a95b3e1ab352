package service_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
)

// on are the orders' kinds and frames' types on a channel, in order.
func (r *recorder) on(t *testing.T, c bus.Channel) (all []string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.msgs {
		if m.Channel != c {
			continue
		}
		var f struct{ Type string }
		payload, kind := m.Payload, ""
		if bus.IsOrder(payload) {
			order, err := bus.DecodeOrder(payload)
			require.NoError(t, err)
			payload, kind = order.Frame, string(order.Kind)+": "
		}
		require.NoError(t, json.Unmarshal(payload, &f))
		all = append(all, kind+f.Type)
	}
	return all
}

func (r *recorder) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.msgs = nil
}

func (w *world) people(t *testing.T, n int) (all []service.Viewer) {
	t.Helper()
	for i := range n {
		all = append(all, w.signUp(t, fmt.Sprint("P", i)))
	}
	return all
}

// A group that grows over the threshold says so to each member, goes on telling each of them for a while, and then its room only.
func TestAGroupGoesOverToItsRoom(t *testing.T) {
	w := newWorld(t)
	crowd := w.people(t, threshold-1)
	id := w.newGroup(t, crowd...)
	w.published.forget()
	room, ada, bob := bus.RoomChannel(id), bus.UserChannel(w.ada.UserID), bus.UserChannel(w.bob.UserID)
	w.send(t, w.ada, id, "small")
	_, err := w.groups.Add(t.Context(), w.ada, id, []chat.UserID{w.bob.UserID, w.eve.UserID})
	require.NoError(t, err)
	w.send(t, w.eve, id, "between")
	require.Equal(t, []string{"message.created", "room.opened: member.added", "member.added", "message.created"}, w.published.on(t, ada))
	require.Equal(t, []string{"room.opened: member.added", "member.added", "message.created"}, w.published.on(t, bob))
	require.Equal(t, []string{"group.changed: member.added", "message.created"}, w.published.on(t, bus.UserChannel(w.eve.UserID)), "it is about her")
	require.Empty(t, w.published.on(t, room))

	w.ahead.Store(int64(chat.RoomGrace) * int64(time.Millisecond))
	w.published.forget()
	said := w.send(t, w.eve, id, "in the room")
	_, _, err = w.messages.React(t.Context(), w.bob, id, said.ID, "👍")
	require.NoError(t, err)
	require.NoError(t, w.groups.Remove(t.Context(), w.ada, id, w.bob.UserID))
	_, err = w.groups.Add(t.Context(), w.ada, id, []chat.UserID{w.bob.UserID})
	require.NoError(t, err)
	require.NoError(t, w.groups.Delete(t.Context(), w.ada, id))
	require.Equal(t, []string{
		"message.created", "reaction.added", "group.changed: member.removed", "group.changed: member.added", "room.closed: conversation.deleted",
	}, w.published.on(t, room))
	require.Equal(t, []string{"group.changed: member.removed", "group.changed: member.added"}, w.published.on(t, bob))
	require.Empty(t, w.published.on(t, ada))
	_, _, err = w.messages.Send(t.Context(), w.eve, id, service.NewMessage{ClientID: "k", Text: "too late"})
	requireCode(t, service.CodeNotFound, err)
}

// Many who are added while a room is young are told to the room, and each to themselves: what is published grows with them, and not with
// them times the members.
func TestManyAreAddedToAYoungRoom(t *testing.T) {
	w := newWorld(t)
	crowd := w.people(t, threshold+chat.MaxAddedMembers)
	old, fresh := crowd[:threshold], crowd[threshold:]
	id := w.newGroup(t, old...)
	w.ahead.Store(int64(time.Second))
	w.published.forget()
	ids := make([]chat.UserID, len(fresh))
	for i, v := range fresh {
		ids[i] = v.UserID
	}
	_, err := w.groups.Add(t.Context(), w.ada, id, ids)
	require.NoError(t, err)
	require.Len(t, w.published.on(t, bus.RoomChannel(id)), len(fresh))
	require.Equal(t, []string{"group.changed: member.added"}, w.published.on(t, bus.UserChannel(ids[0])))
	require.Empty(t, w.published.on(t, bus.UserChannel(old[0].UserID)))
	require.Len(t, w.published.msgs, 2*len(fresh))
}

func TestAGroupMayBeginInItsRoom(t *testing.T) {
	w := newWorld(t)
	id := w.newGroup(t, w.people(t, threshold)...)
	require.Equal(t, []string{"room.opened: conversation.created"}, w.published.on(t, bus.UserChannel(w.ada.UserID)))
	w.ahead.Store(int64(time.Minute))
	w.send(t, w.ada, id, "x")
	require.Equal(t, []string{"message.created"}, w.published.on(t, bus.RoomChannel(id)))
}

// Who is none of a room's members may nothing there, though its members are not asked for.
func TestARoomKeepsStrangersOut(t *testing.T) {
	w := newWorld(t)
	id := w.newGroup(t, w.people(t, threshold)...)
	said := w.send(t, w.ada, id, "x")
	w.ahead.Store(int64(time.Minute))
	_, _, err := w.messages.Send(t.Context(), w.eve, id, service.NewMessage{ClientID: "k", Text: "x"})
	requireCode(t, service.CodeNotFound, err)
	_, _, err = w.messages.React(t.Context(), w.eve, id, said.ID, "👍")
	requireCode(t, service.CodeNotFound, err)
}

// What is read in a conversation of many is told to the reader's own devices.
func TestReceiptsOfManyAreNotTold(t *testing.T) {
	w := newWorld(t)
	crowd := w.people(t, chat.MaxReceiptMembers)
	id := w.newGroup(t, crowd...)
	said := w.send(t, w.ada, id, "x")
	w.published.forget()
	_, err := w.conversations.MarkRead(t.Context(), crowd[7], chat.ReadPosition{ConversationID: id, Seq: said.Seq})
	require.NoError(t, err)
	require.Equal(t, []string{"read"}, w.published.on(t, bus.UserChannel(crowd[7].UserID)))
	require.Empty(t, w.published.on(t, bus.UserChannel(w.ada.UserID)))
	_, err = w.conversations.MarkRead(t.Context(), w.eve, chat.ReadPosition{ConversationID: id, Seq: 1})
	requireCode(t, service.CodeNotFound, err)
}
