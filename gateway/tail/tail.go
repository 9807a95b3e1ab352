// Package tail reads the log while the bus can't be trusted: what has been committed since, of all conversations, goes
// to the local sockets of their members, without a question to any API node. While the bus can be trusted it goes
// on patrol: what was committed and never published, because its node died in between, is found as well.
package tail

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/flaw"
)

const (
	// Interval is between two rounds; with what a round may take, a message is live within two seconds.
	Interval = 500 * time.Millisecond
	// RoundTimeout bounds one round.
	RoundTimeout = 1500 * time.Millisecond
	// Overlap is how far the time in an entry may lie behind its commit: a commit is tried for ten seconds, the rest
	// is for clocks that differ.
	Overlap = 15 * time.Second
	// DeepEvery is how often a round looks back as far as Overlap; the others look back by Slack, which is ample
	// while the database is well.
	DeepEvery = 4 * time.Second
	Slack     = 2 * time.Second
	// Linger is how long reading goes on after the bus is back, before one last deep round.
	Linger = 2 * time.Second
	// PageSize and MaxPages bound what one round reads, about 4,000 entries a second of the whole system; MaxSeen is
	// how many are remembered.
	PageSize = 1000
	MaxPages = 80
	MaxSeen  = 160_000
	// MaxBehind is for how long rounds may fail before what was missed is left to the clients' own calls.
	MaxBehind = 10 * time.Second
)

// Store is what is read.
type Store interface {
	// EntriesSince are those of all conversations that come after the cursor, in its order; at most limit.
	EntriesSince(ctx context.Context, after chat.EntryCursor, limit int) ([]chat.Entry, error)
	// MembersOf are the members by conversation; at most perConversation of each.
	MembersOf(ctx context.Context, ids []chat.ConversationID, perConversation int) (map[chat.ConversationID][]chat.Member, error)
	// MembersUntil are the users who were members up to an entry, and are none since.
	MembersUntil(ctx context.Context, id chat.ConversationID, seq int64) ([]chat.UserID, error)
	// Revised are those of the conversations whose logs have a revision above the given one.
	Revised(ctx context.Context, known map[chat.ConversationID]int64) ([]chat.ConversationID, error)
	// ConversationsByID leaves out unknown ids, and deleted conversations.
	ConversationsByID(ctx context.Context, ids []chat.ConversationID) ([]chat.Conversation, error)
	// MessagesByID leaves out unknown ids; any order; at most 1,000 ids.
	MessagesByID(ctx context.Context, ids []chat.MessageID) ([]chat.Message, error)
}

// Hub is where the sockets are.
type Hub interface {
	// Since is when the channel got the first of its sockets here; false if it has none.
	Since(c bus.Channel) (time.Time, bool)
	// DeliverTo queues a payload for the sockets of all the channels, framed once.
	DeliverTo(payload []byte, channels ...bus.Channel)
	// DeliverBut does so for those of one channel, but for one user's.
	DeliverBut(payload []byte, c bus.Channel, user chat.UserID)
}

// Recent is what was delivered lately, by the bus or from the log. It may forget, and is not wrong otherwise.
type Recent interface {
	Has(c bus.Channel, id chat.ConversationID, seq int64) bool
	Note(c bus.Channel, id chat.ConversationID, seq int64)
}

// Metrics is what is counted.
type Metrics struct {
	// Entries are those read because the bus was lost; Missed those that a patrol delivered.
	Entries, Missed prometheus.Counter
	// Rounds has the label result: ok, failed, behind.
	Rounds *prometheus.CounterVec
}

// Options of New.
type Options struct {
	Store  Store
	Hub    Hub
	Recent Recent
	// Found is called for each entry that is handed over, once it is.
	Found func(chat.Entry)
	// Doubt is told whether clients have to find what they miss by themselves, because the tail can't. It is called
	// after each round, and must not wait.
	Doubt   func(bool)
	Logger  *slog.Logger
	Metrics Metrics
}

// Tail reads from Lost until some time after Restored. All methods may be called concurrently.
type Tail struct {
	opts Options
	wake chan struct{}

	mu sync.Mutex // guards need
	need
}

// need is what the node asks for.
type need struct {
	lost bool
	// from is since when messages may have been missed; zero: since the last round.
	from time.Time
	// restored is when the bus was back.
	restored time.Time
	// reading: not all that may have been missed has been read.
	reading bool
}

// New makes a tail that rests.
func New(opts Options) *Tail { return &Tail{opts: opts, wake: make(chan struct{}, 1)} }

// Lost says that of what was published at or after since, some may not have been heard, nor may what comes.
func (t *Tail) Lost(since time.Time) {
	t.mu.Lock()
	t.lost, t.reading = true, true
	t.lookBack(since)
	t.mu.Unlock()
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// Restored says that what is published from now on is heard.
func (t *Tail) Restored() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lost, t.restored = false, time.Now()
}

// lookBack is called with mu held.
func (t *Tail) lookBack(since time.Time) {
	if t.from.IsZero() || since.Before(t.from) {
		t.from = since
	}
}

// take is what is needed now; from is the caller's to see to.
func (t *Tail) take() need {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.need
	t.from = time.Time{}
	return n
}

// Run reads whenever it is needed, until ctx ends.
func (t *Tail) Run(ctx context.Context) {
	if flaw.On(flaw.LostPublish) {
		return
	}
	p := newPatrol(t.opts, time.Now())
	timer := time.NewTimer(rand.N(PatrolEvery)) // so that gateways that start together don't read together
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			p.round(ctx, time.Now())
			timer.Reset(PatrolEvery)
		case <-t.wake:
			t.follow(ctx)
		}
	}
}

// follow makes rounds until the bus is back and all is read, or ctx ends.
func (t *Tail) follow(ctx context.Context) {
	timer := time.NewTimer(Interval)
	defer timer.Stop()
	s := newSession(t.opts)
	for !t.finished() {
		if s.round(ctx, t.take(), time.Now()) && t.settle() {
			return
		}
		timer.Reset(Interval)
		select {
		case <-ctx.Done():
			return
		case <-t.wake:
		case <-timer.C:
		}
	}
}

// settle ends the need, unless a new one has come up since the last round.
func (t *Tail) settle() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reading = t.lost || !t.from.IsZero()
	return !t.reading
}

func (t *Tail) finished() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !t.reading
}
