package service_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/chatlog"
	"github.com/parley-chat/parley/pkg/ratelimit"
	"github.com/parley-chat/parley/pkg/sqlitestore"
)

// recorder keeps what was published.
type recorder struct {
	mu   sync.Mutex
	msgs []bus.Message
}

func (r *recorder) Publish(msgs ...bus.Message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.msgs = append(r.msgs, msgs...)
}

// heard are the types of the frames on a user's channel, with their seq, in order.
func (r *recorder) heard(t *testing.T, user chat.UserID) []string {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	var types []string
	for _, m := range r.msgs {
		if m.Channel != bus.UserChannel(user) {
			continue
		}
		var f struct {
			Type string
			Seq  int64
		}
		payload := m.Payload
		if bus.IsOrder(payload) {
			order, err := bus.DecodeOrder(payload)
			require.NoError(t, err)
			if order.Kind == bus.AudienceChanged {
				continue
			}
			payload = order.Frame
		}
		require.NoError(t, json.Unmarshal(payload, &f))
		types = append(types, fmt.Sprintf("%s %d", f.Type, f.Seq))
	}
	return types
}

// audiences is how many orders there are to look at an audience again.
func (r *recorder) audiences(t *testing.T) (n int) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.msgs {
		if !bus.IsOrder(m.Payload) {
			continue
		}
		order, err := bus.DecodeOrder(m.Payload)
		require.NoError(t, err)
		if order.Kind == bus.AudienceChanged {
			n++
		}
	}
	return n
}

// quota lets a number of things through.
type quota struct{ left atomic.Int64 }

func (q *quota) Allow(context.Context, ratelimit.Limit, string) (ratelimit.Decision, error) {
	left := q.left.Add(-1)
	if left < 0 {
		return ratelimit.Decision{Limit: 10, RetryAfter: 6 * time.Second}, nil
	}
	return ratelimit.Decision{Allowed: true, Limit: 10, Remaining: int(left)}, nil
}

// files gives every id an attachment, but for those that begin with "foreign".
type files struct{}

func (files) Attachable(_ context.Context, _ service.Viewer, ids []chat.UploadID) ([]chat.Attachment, error) {
	var found []chat.Attachment
	for _, id := range ids {
		if strings.HasPrefix(string(id), "foreign") {
			return nil, &service.Error{Code: service.CodeValidation}
		}
		found = append(found, chat.Attachment{ID: id, URL: "/u/" + string(id)})
	}
	return found, nil
}

func (files) Claim(context.Context, []chat.Attachment) error { return nil }
func (files) Release(context.Context, string) error          { return nil }

// Avatar gives every id an address.
func (files) Avatar(_ context.Context, _ service.Viewer, id chat.UploadID) (string, error) {
	return "/u/" + string(id), nil
}

// threshold is how many members a group has without a room channel.
const threshold = 32

type world struct {
	store         *sqlitestore.Store
	published     *recorder
	quota         *quota
	conversations *service.Conversations
	groups        *service.Groups
	messages      *service.Messages
	ada, bob, eve service.Viewer
	// ahead is by how much the services' clock is.
	ahead atomic.Int64
}

func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }

func newWorld(t *testing.T) *world {
	t.Helper()
	ctx := t.Context()
	store, err := sqlitestore.Open(ctx, filepath.Join(t.TempDir(), "parley.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close(context.Background())) })
	require.NoError(t, store.Migrate(ctx))
	log := chatlog.New(store, chatlog.Options{})
	t.Cleanup(func() { require.NoError(t, log.Close(context.Background())) })

	w := &world{store: store, published: &recorder{}, quota: &quota{}}
	w.quota.left.Store(1_000_000)
	quiet := slog.New(slog.DiscardHandler)
	w.conversations = service.NewConversations(store, log, w.published, quiet, w.now)
	announcer := service.NewAnnouncer(store, w.published, quiet)
	w.groups = service.NewGroups(service.GroupsOptions{
		Store: store, Log: log, Conversations: w.conversations, Avatars: files{}, Announcer: announcer, Now: w.now, RoomThreshold: threshold,
	})
	w.messages = service.NewMessages(service.MessagesOptions{
		Store: store, Log: log, Attachments: files{}, Limiter: w.quota, Limit: ratelimit.Limit{Name: "message", PerMinute: 10, Burst: 10},
		EditLimit: ratelimit.Limit{Name: "edit", PerMinute: 10, Burst: 10}, ReactionLimit: ratelimit.Limit{Name: "reaction", PerMinute: 10, Burst: 10}, Announcer: announcer, Now: w.now,
	})
	w.ada, w.bob, w.eve = w.signUp(t, "Ada"), w.signUp(t, "Bob"), w.signUp(t, "Eve")
	return w
}

func (w *world) signUp(t *testing.T, name string) service.Viewer {
	t.Helper()
	id := chat.NewID[chat.UserID]()
	require.NoError(t, w.store.CreateUser(t.Context(), chat.User{ID: id, FullName: name, Email: string(id) + "@example.org", CreatedAt: chat.TimeOf(time.Now())}))
	return service.Viewer{UserID: id, SessionID: chat.NewID[chat.SessionID]()}
}

func (w *world) direct(t *testing.T, a, b service.Viewer) chat.ConversationID {
	t.Helper()
	view, _, err := w.conversations.CreateDirect(t.Context(), a, b.UserID)
	require.NoError(t, err)
	return view.ID
}

func (w *world) send(t *testing.T, from service.Viewer, id chat.ConversationID, text string) chat.Message {
	t.Helper()
	sent, _, err := w.messages.Send(t.Context(), from, id, service.NewMessage{ClientID: string(chat.NewID[chat.MessageID]()), Text: text})
	require.NoError(t, err)
	return sent.Message
}

func requireCode(t *testing.T, code service.Code, err error) {
	t.Helper()
	var refusal *service.Error
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, code, refusal.Code)
}

func TestCreateDirect(t *testing.T) {
	w := newWorld(t)
	view, created, err := w.conversations.CreateDirect(t.Context(), w.ada, w.bob.UserID)
	require.NoError(t, err)
	require.True(t, created)
	require.Equal(t, chat.Direct, view.Type)
	require.EqualValues(t, 1, view.LastSeq)
	require.Len(t, view.Members, 2)
	require.Nil(t, view.LastMessage)
	require.Zero(t, view.Unread)

	again, created, err := w.conversations.CreateDirect(t.Context(), w.bob, w.ada.UserID)
	require.NoError(t, err)
	require.False(t, created, "the other one finds the same")
	require.Equal(t, view.ID, again.ID)
	for _, v := range []service.Viewer{w.ada, w.bob} {
		require.Equal(t, []string{"conversation.created 1"}, w.published.heard(t, v.UserID))
	}
}

func TestCreateDirectBothAtOnce(t *testing.T) {
	w := newWorld(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	made := 0
	for n := range 16 {
		a, b := w.ada, w.bob
		if n%2 == 0 {
			a, b = b, a
		}
		wg.Go(func() {
			_, created, err := w.conversations.CreateDirect(t.Context(), a, b.UserID)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			if created {
				made++
			}
		})
	}
	wg.Wait()
	require.Equal(t, 1, made)
	require.Equal(t, []string{"conversation.created 1"}, w.published.heard(t, w.ada.UserID))
	require.Equal(t, 2, w.published.audiences(t), "one for each of the two, by whoever made it")
}

func TestCreateDirectRefusals(t *testing.T) {
	w := newWorld(t)
	for name, partner := range map[string]chat.UserID{
		"oneself": w.ada.UserID, "nobody": chat.NewID[chat.UserID](), "not an id": "x' OR 1=1",
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := w.conversations.CreateDirect(t.Context(), w.ada, partner)
			requireCode(t, service.CodeValidation, err)
		})
	}
}

func TestListIsNewestFirstWithLastMessageAndUnread(t *testing.T) {
	w := newWorld(t)
	withBob, withEve := w.direct(t, w.ada, w.bob), w.direct(t, w.ada, w.eve)
	w.send(t, w.bob, withBob, "one")
	w.send(t, w.bob, withBob, "two")
	w.send(t, w.ada, withBob, "mine")
	time.Sleep(2 * time.Millisecond) // the list's order has milliseconds
	w.send(t, w.eve, withEve, "latest")

	list, next, err := w.conversations.List(t.Context(), w.ada, chat.ConversationCursor{}, 50)
	require.NoError(t, err)
	require.Nil(t, next)
	require.Len(t, list, 2)
	require.Equal(t, withEve, list[0].ID)
	require.Equal(t, "latest", list[0].LastMessage.Text)
	require.EqualValues(t, 1, list[0].Unread)
	require.Equal(t, "mine", list[1].LastMessage.Text)
	require.EqualValues(t, 2, list[1].Unread, "one's own do not count")

	first, next, err := w.conversations.List(t.Context(), w.ada, chat.ConversationCursor{}, 1)
	require.NoError(t, err)
	require.Equal(t, withEve, first[0].ID)
	second, last, err := w.conversations.List(t.Context(), w.ada, *next, 1)
	require.NoError(t, err)
	require.Equal(t, withBob, second[0].ID)
	require.Nil(t, last)
}

func TestMarkRead(t *testing.T) {
	w := newWorld(t)
	id := w.direct(t, w.ada, w.bob)
	m := w.send(t, w.ada, id, "read me")

	seq, err := w.conversations.MarkRead(t.Context(), w.bob, chat.ReadPosition{ConversationID: id, Seq: m.Seq})
	require.NoError(t, err)
	require.Equal(t, m.Seq, seq)
	seq, err = w.conversations.MarkRead(t.Context(), w.bob, chat.ReadPosition{ConversationID: id, Seq: 1})
	require.NoError(t, err)
	require.Equal(t, m.Seq, seq, "forward only")
	require.Equal(t, []string{"conversation.created 1", "message.created 2", "read 2"}, w.published.heard(t, w.ada.UserID))

	view, err := w.conversations.Get(t.Context(), w.bob, id)
	require.NoError(t, err)
	require.Zero(t, view.Unread)
	for _, bad := range []int64{0, -1, m.Seq + 1} {
		_, err := w.conversations.MarkRead(t.Context(), w.bob, chat.ReadPosition{ConversationID: id, Seq: bad})
		requireCode(t, service.CodeValidation, err)
	}
}

func TestStrangersFindNothing(t *testing.T) {
	w := newWorld(t)
	id := w.direct(t, w.ada, w.bob)
	m := w.send(t, w.ada, id, "secret")
	ctx := t.Context()
	for name, call := range map[string]func() error{
		"get": func() error { _, err := w.conversations.Get(ctx, w.eve, id); return err },
		"read": func() error {
			_, err := w.conversations.MarkRead(ctx, w.eve, chat.ReadPosition{ConversationID: id, Seq: 1})
			return err
		},
		"events": func() error { _, err := w.conversations.Events(ctx, w.eve, id, 0, 10); return err },
		"history": func() error {
			_, err := w.messages.History(ctx, w.eve, id, service.HistoryQuery{Limit: 10})
			return err
		},
		"send": func() error {
			_, _, err := w.messages.Send(ctx, w.eve, id, service.NewMessage{ClientID: "k", Text: "let me in"})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) { requireCode(t, service.CodeNotFound, call()) })
	}
	result, err := w.conversations.Sync(ctx, w.eve, map[chat.ConversationID]int64{id: 0})
	require.NoError(t, err)
	require.Equal(t, []chat.ConversationID{id}, result.Removed)
	require.Empty(t, result.Events)

	elsewhere := w.direct(t, w.eve, w.bob)
	_, _, err = w.messages.Send(ctx, w.eve, elsewhere, service.NewMessage{ClientID: "k", Text: "quote", ReplyTo: &m.ID})
	requireCode(t, service.CodeValidation, err)
	_, err = w.messages.History(ctx, w.eve, elsewhere, service.HistoryQuery{Around: string(m.ID), Limit: 10})
	requireCode(t, service.CodeValidation, err)
}
