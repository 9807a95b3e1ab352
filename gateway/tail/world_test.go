package tail_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/parley-chat/parley/gateway/gatewaytest"
	"github.com/parley-chat/parley/gateway/recent"
	"github.com/parley-chat/parley/gateway/tail"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type at struct {
	conversation chat.ConversationID
	seq          int64
}

// ears are the sockets of some users: one each.
type ears struct {
	mu    sync.Mutex
	heard map[bus.Channel][]at
	since map[bus.Channel]time.Time
	last  []byte // the last payload
	but   []chat.UserID
}

func (e *ears) Since(c bus.Channel) (time.Time, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	since, here := e.since[c]
	return since, here
}

// join is a socket's hello.
func (e *ears) join(user chat.UserID) {
	e.joinChannel(bus.UserChannel(user))
}

func (e *ears) joinChannel(c bus.Channel) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.heard[c] == nil {
		e.heard[c] = []at{}
		e.since[c] = time.Now()
	}
}

func (e *ears) DeliverTo(payload []byte, channels ...bus.Channel) {
	var event struct {
		ConversationID chat.ConversationID
		Seq            int64
	}
	if err := json.Unmarshal(payload, &event); err != nil {
		panic(err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.last = payload
	for _, c := range channels {
		e.heard[c] = append(e.heard[c], at{event.ConversationID, event.Seq})
	}
}

func (e *ears) DeliverBut(payload []byte, c bus.Channel, user chat.UserID) {
	e.DeliverTo(payload, c)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.but = append(e.but, user)
}

func (e *ears) of(user chat.UserID) []at { return e.on(bus.UserChannel(user)) }

func (e *ears) on(c bus.Channel) []at {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.heard[c])
}

// world is a tail over a store in memory, within a bubble of time.
type world struct {
	*tail.Tail
	store  *gatewaytest.Store
	ears   *ears
	recent *recent.Window
	missed prometheus.Counter

	mu sync.Mutex
	// read is called once, after the next read.
	read   func()
	doubt  bool
	doubts int
	seqs   map[chat.ConversationID]int64
	// entries are those that Found was told of.
	entries []at
}

func (w *world) found() []at {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.entries)
}

func newWorld(t testing.TB, here ...chat.UserID) (*world, func()) {
	t.Helper()
	w := &world{
		store: gatewaytest.NewStore(), ears: &ears{heard: map[bus.Channel][]at{}, since: map[bus.Channel]time.Time{}}, seqs: map[chat.ConversationID]int64{},
		recent: recent.New(), missed: prometheus.NewCounter(prometheus.CounterOpts{Name: "z"}),
	}
	for _, user := range here {
		w.ears.join(user)
	}
	w.Tail = tail.New(tail.Options{
		Store: hooked{w.store, w}, Hub: w.ears, Recent: w.recent, Logger: slog.New(slog.DiscardHandler),
		Found: func(e chat.Entry) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.entries = append(w.entries, at{e.ConversationID, e.Seq})
		},
		Doubt: func(doubt bool) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.doubt = doubt
			if doubt {
				w.doubts++
			}
		},
		Metrics: tail.Metrics{
			Entries: prometheus.NewCounter(prometheus.CounterOpts{Name: "x"}), Missed: w.missed,
			Rounds: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "y"}, []string{"result"}),
		},
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); w.Run(ctx) }()
	return w, func() { cancel(); <-done }
}

// hooked calls the world back.
type hooked struct {
	*gatewaytest.Store
	world *world
}

func (s hooked) EntriesSince(ctx context.Context, after chat.EntryCursor, limit int) ([]chat.Entry, error) {
	page, err := s.Store.EntriesSince(ctx, after, limit)
	s.world.mu.Lock()
	read := s.world.read
	s.world.read = nil
	s.world.mu.Unlock()
	if read != nil {
		read()
	}
	return page, err
}

func (w *world) doubting() (bool, int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.doubt, w.doubts
}

// begin makes a conversation.
func (w *world) begin(members ...chat.UserID) chat.Entry {
	e := chat.Entry{
		ConversationID: chat.NewID[chat.ConversationID](), Seq: 1, Kind: chat.ConversationCreated, SenderID: members[0],
		CreatedAt: chat.TimeOf(time.Now()), Created: &chat.Creation{Type: chat.Group},
	}
	for _, m := range members {
		e.Created.Members = append(e.Created.Members, chat.NewMember{UserID: m, Role: chat.RoleMember})
	}
	w.seqs[e.ConversationID] = 1
	w.store.Commit(e)
	return e
}

// say commits a message that was made some time ago.
func (w *world) say(id chat.ConversationID, ago time.Duration) at {
	w.seqs[id]++
	seq := w.seqs[id]
	w.store.Commit(chat.Entry{
		ConversationID: id, Seq: seq, Kind: chat.MessageCreated, CreatedAt: chat.TimeOf(time.Now().Add(-ago)),
		Message: &chat.Message{ID: chat.NewID[chat.MessageID](), ConversationID: id, Seq: seq, Text: "x"},
	})
	return at{id, seq}
}

// member commits that somebody has come or gone.
func (w *world) member(id chat.ConversationID, kind chat.Kind, user chat.UserID) at {
	w.seqs[id]++
	w.store.Commit(chat.Entry{
		ConversationID: id, Seq: w.seqs[id], Kind: kind, CreatedAt: chat.TimeOf(time.Now()),
		Member: &chat.NewMember{UserID: user, Role: chat.RoleMember}, Revision: 1,
	})
	return at{id, w.seqs[id]}
}

// end commits the end of a conversation.
func (w *world) end(id chat.ConversationID) at {
	w.seqs[id]++
	w.store.Commit(chat.Entry{ConversationID: id, Seq: w.seqs[id], Kind: chat.ConversationDeleted, CreatedAt: chat.TimeOf(time.Now()), Revision: 1})
	w.store.End(id, w.seqs[id])
	return at{id, w.seqs[id]}
}

// publish lets the bus bring an entry to the users who are here.
func (w *world) publish(said at, to ...chat.UserID) at {
	for _, user := range to {
		if c := bus.UserChannel(user); w.here(c) {
			w.recent.Note(c, said.conversation, said.seq)
		}
	}
	return said
}

func (w *world) here(c bus.Channel) bool {
	_, here := w.ears.Since(c)
	return here
}

func users(n int) []chat.UserID {
	ids := make([]chat.UserID, n)
	for i := range ids {
		ids[i] = chat.NewID[chat.UserID]()
	}
	return ids
}
