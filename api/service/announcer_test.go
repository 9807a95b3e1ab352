package service_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/chatlog"
)

// slowLog has something happen between the decision to write and the commit, as with a database that takes its time.
type slowLog struct {
	*chatlog.Log
	meanwhile func()
}

func (l *slowLog) Append(ctx context.Context, e chat.Entry, committed func(chat.Entry)) (chatlog.Result, error) {
	l.meanwhile()
	return l.Log.Append(ctx, e, committed)
}

// slow makes messages whose commits take as long as what happens meanwhile. The store is what the announcer asks.
func (w *world) slow(t *testing.T, store service.AnnouncerStore, meanwhile func()) *service.Messages {
	t.Helper()
	log := chatlog.New(w.store, chatlog.Options{})
	t.Cleanup(func() { require.NoError(t, log.Close(context.Background())) })
	return service.NewMessages(service.MessagesOptions{
		Store: w.store, Log: &slowLog{log, meanwhile}, Attachments: files{}, Limiter: w.quota, Now: w.now,
		Announcer: service.NewAnnouncer(store, w.published, slog.New(slog.DiscardHandler)),
	})
}

// What is committed after somebody was removed isn't told to them, and what is committed after somebody came is, whatever was known when
// it was decided.
func TestWhoIsToldIsKnownAfterTheCommit(t *testing.T) {
	for name, do := range map[string]func(*testing.T, *service.Messages, service.Viewer, chat.ConversationID, chat.MessageID){
		"message.created": func(t *testing.T, m *service.Messages, v service.Viewer, id chat.ConversationID, _ chat.MessageID) {
			_, _, err := m.Send(t.Context(), v, id, service.NewMessage{ClientID: "late", Text: "not for eve"})
			require.NoError(t, err)
		},
		"message.updated": func(t *testing.T, m *service.Messages, v service.Viewer, id chat.ConversationID, message chat.MessageID) {
			_, _, err := m.Edit(t.Context(), v, id, message, "not for eve")
			require.NoError(t, err)
		},
		"reaction.added": func(t *testing.T, m *service.Messages, v service.Viewer, id chat.ConversationID, message chat.MessageID) {
			_, _, err := m.React(t.Context(), v, id, message, "👍")
			require.NoError(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			id := w.newGroup(t, w.eve)
			said := w.send(t, w.ada, id, "before")
			messages := w.slow(t, w.store, func() {
				require.NoError(t, w.groups.Remove(t.Context(), w.ada, id, w.eve.UserID))
				_, err := w.groups.Add(t.Context(), w.ada, id, []chat.UserID{w.bob.UserID})
				require.NoError(t, err)
				w.published.forget()
			})
			do(t, messages, w.ada, id, said.ID)
			require.Equal(t, []string{name}, w.published.on(t, bus.UserChannel(w.ada.UserID)))
			require.Equal(t, []string{name}, w.published.on(t, bus.UserChannel(w.bob.UserID)))
			require.Empty(t, w.published.on(t, bus.UserChannel(w.eve.UserID)))
		})
	}
}

func TestNothingIsSaidInAGroupThatHasEnded(t *testing.T) {
	w := newWorld(t)
	id := w.newGroup(t, w.bob)
	said := w.send(t, w.ada, id, "before")
	var once sync.Once
	messages := w.slow(t, w.store, func() {
		once.Do(func() {
			require.NoError(t, w.groups.Delete(t.Context(), w.ada, id))
			w.published.forget()
		})
	})
	_, _, err := messages.Send(t.Context(), w.bob, id, service.NewMessage{ClientID: "late", Text: "anybody there?"})
	requireCode(t, service.CodeNotFound, err)
	_, _, err = messages.React(t.Context(), w.ada, id, said.ID, "👍")
	requireCode(t, service.CodeNotFound, err)
	require.Empty(t, w.published.on(t, bus.UserChannel(w.ada.UserID)))
	require.Empty(t, w.published.on(t, bus.UserChannel(w.bob.UserID)))
}

// unsure can't say who is in a group now.
type unsure struct{ service.AnnouncerStore }

var errStore = errors.New("the store is away")

func (unsure) Revised(context.Context, map[chat.ConversationID]int64) ([]chat.ConversationID, error) {
	return nil, errStore
}

// Who is not known to be a member is not told; the message is durable, and found by the gateways' patrols.
func TestNobodyIsToldWhileMembersCantBeKnown(t *testing.T) {
	w := newWorld(t)
	id, couple := w.newGroup(t, w.bob), w.direct(t, w.ada, w.bob)
	messages := w.slow(t, unsure{w.store}, func() {})
	w.published.forget()
	for _, to := range []chat.ConversationID{id, couple} {
		sent, _, err := messages.Send(t.Context(), w.ada, to, service.NewMessage{ClientID: "k", Text: "hello"})
		require.NoError(t, err)
		require.True(t, sent.Created)
	}
	require.Equal(t, []string{"message.created 2"}, w.published.heard(t, w.bob.UserID), "in a direct conversation they are")
}

// However sends and a removal fall together, the removal is the last that the removed one is told, and all is told in order.
func TestRemovalIsTheLastThatIsTold(t *testing.T) {
	for range 5 {
		w := newWorld(t)
		id := w.newGroup(t, w.bob, w.eve)
		w.published.forget()
		var sending sync.WaitGroup
		for i := range 16 {
			sending.Go(func() {
				_, _, err := w.messages.Send(t.Context(), w.bob, id, service.NewMessage{ClientID: fmt.Sprint(i), Text: "hello"})
				require.NoError(t, err)
			})
		}
		require.NoError(t, w.groups.Remove(t.Context(), w.ada, id, w.eve.UserID))
		sending.Wait()
		toBob, toEve := w.published.heard(t, w.bob.UserID), w.published.heard(t, w.eve.UserID)
		for i, f := range toBob {
			require.True(t, strings.HasSuffix(f, fmt.Sprint(" ", i+2)), f)
		}
		require.Len(t, toBob, 17)
		// What comes just before her removal may be told to her or not; all else is told as to him.
		before := toEve[:len(toEve)-1]
		require.Equal(t, toBob[:len(before)], before)
		require.Contains(t, toEve[len(before)], chat.MemberRemoved)
		require.Contains(t, toBob, toEve[len(before)])
	}
}

// slowReads has something happen for a second while a position moves.
type slowReads struct {
	service.ConversationStore
	meanwhile func()
}

func (s *slowReads) AdvanceRead(ctx context.Context, user chat.UserID, to chat.ReadPosition) (int64, bool, error) {
	s.meanwhile()
	return s.ConversationStore.AdvanceRead(ctx, user, to)
}

func (s *slowReads) AdvanceDelivered(ctx context.Context, user chat.UserID, to []chat.ReadPosition) error {
	s.meanwhile()
	return s.ConversationStore.AdvanceDelivered(ctx, user, to)
}

func TestWhoWasRemovedMeanwhileIsToldOfNoReading(t *testing.T) {
	for name, mark := range map[string]func(*service.Conversations, service.Viewer, chat.ConversationID) error{
		"read": func(c *service.Conversations, v service.Viewer, id chat.ConversationID) error {
			_, err := c.MarkRead(t.Context(), v, chat.ReadPosition{ConversationID: id, Seq: 2})
			return err
		},
		"delivered": func(c *service.Conversations, v service.Viewer, id chat.ConversationID) error {
			return c.MarkDelivered(t.Context(), v, map[chat.ConversationID]int64{id: 2})
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			id := w.newGroup(t, w.bob, w.eve)
			w.send(t, w.ada, id, "hello")
			store := &slowReads{w.store, func() {
				w.ahead.Add(int64(time.Second))
				require.NoError(t, w.groups.Remove(t.Context(), w.ada, id, w.eve.UserID))
				w.published.forget()
			}}
			conversations := service.NewConversations(store, nil, w.published, slog.New(slog.DiscardHandler), w.now)
			require.NoError(t, mark(conversations, w.bob, id))
			require.Equal(t, []string{name}, w.published.on(t, bus.UserChannel(w.ada.UserID)))
			require.Empty(t, w.published.on(t, bus.UserChannel(w.eve.UserID)))
		})
	}
}
