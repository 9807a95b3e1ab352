package service_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/chatlog"
)

// TestWhoIsInADirectConversationIsRemembered for those who are, and for nobody else.
func TestWhoIsInADirectConversationIsRemembered(t *testing.T) {
	w := newWorld(t)
	id := w.direct(t, w.ada, w.bob)
	for range 3 {
		w.send(t, w.ada, id, "hello")
		w.send(t, w.bob, id, "hello")
		_, _, err := w.messages.Send(t.Context(), w.eve, id, service.NewMessage{ClientID: "k", Text: "let me in"})
		requireCode(t, service.CodeNotFound, err)
	}
	require.Len(t, w.published.heard(t, w.bob.UserID), 7)
	require.Len(t, w.published.heard(t, w.ada.UserID), 7)
	require.Empty(t, w.published.heard(t, w.eve.UserID))
}

// Who is in a group, and what they may do, is remembered until the log tells of a change, also of another node's.
func TestAGroupIsRememberedUntilItChanges(t *testing.T) {
	for name, crowd := range map[string]int{"each member": 1, "room": threshold} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			id := w.newGroup(t, append(w.people(t, crowd), w.bob)...)
			w.ahead.Store(int64(chat.RoomGrace) * int64(time.Millisecond))
			for range 3 {
				w.send(t, w.ada, id, "hello")
				w.send(t, w.bob, id, "hello")
				w.mayNotSend(t, w.eve, id, "x", service.CodeNotFound)
			}
			w.mayNotSend(t, w.bob, id, "<@all>", service.CodeForbidden)
			_, err := w.groups.SetRole(t.Context(), w.ada, id, w.bob.UserID, chat.RoleAdmin)
			require.NoError(t, err)
			w.send(t, w.bob, id, "<@all>")
			_, err = w.groups.Add(t.Context(), w.ada, id, []chat.UserID{w.eve.UserID})
			require.NoError(t, err)
			w.published.forget()
			w.send(t, w.ada, id, "to eve as well")
			w.send(t, w.eve, id, "hello")
			heard := w.published.on(t, bus.UserChannel(w.eve.UserID))
			if crowd == threshold {
				heard = w.published.on(t, bus.RoomChannel(id))
			}
			require.Equal(t, []string{"message.created", "message.created"}, heard)
			require.NoError(t, w.groups.Remove(t.Context(), w.ada, id, w.bob.UserID))
			w.mayNotSend(t, w.bob, id, "x", service.CodeNotFound)
			require.NoError(t, w.groups.Delete(t.Context(), w.ada, id))
			w.mayNotSend(t, w.ada, id, "x", service.CodeNotFound)
		})
	}
}

func (w *world) mayNotSend(t *testing.T, v service.Viewer, id chat.ConversationID, text string, code service.Code) {
	t.Helper()
	_, _, err := w.messages.Send(t.Context(), v, id, service.NewMessage{ClientID: string(chat.NewID[chat.MessageID]()), Text: text})
	requireCode(t, code, err)
}

// TestWhatASendAsks of the store, besides the log: what may change at any time, and nothing else, once the conversation is known.
func TestWhatASendAsks(t *testing.T) {
	w := newWorld(t)
	couple, small, large := w.direct(t, w.ada, w.bob), w.newGroup(t, w.bob), w.newGroup(t, w.people(t, threshold)...)
	w.ahead.Store(int64(chat.RoomGrace) * int64(time.Millisecond))
	log := chatlog.New(w.store, chatlog.Options{})
	defer func() { require.NoError(t, log.Close(context.Background())) }()
	store := newCounting(w.store)
	w.messages = service.NewMessages(service.MessagesOptions{
		Store: store, Log: log, Attachments: files{}, Limiter: w.quota, Now: w.now,
		Announcer: service.NewAnnouncer(store, w.published, slog.New(slog.DiscardHandler)),
	})
	for _, c := range []struct {
		name        string
		id          chat.ConversationID
		first, then map[string]int
	}{
		{"direct", couple, map[string]int{"Conversation": 1, "MembersOf": 1, "BlocksAmong": 1}, map[string]int{"BlocksAmong": 1}},
		{"group", small, map[string]int{"Conversation": 1, "MembersOf": 1, "Revised": 1}, map[string]int{"Revised": 2}},
		{"room", large, map[string]int{"Conversation": 1, "Member": 1}, map[string]int{"Revised": 1}},
	} {
		for i, want := range []map[string]int{c.first, c.then, c.then} {
			w.send(t, w.ada, c.id, "x")
			require.Equal(t, want, store.take(), "%s, send %d", c.name, i)
		}
	}
}
