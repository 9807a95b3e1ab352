// Package tracker tells the presence store which users have sockets on this node, and tells those who watch them
// when one comes online or goes offline. One goroutine does it, in batches; what fails is tried again.
package tracker

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/presence"
)

// Presence is what the tracker needs of a presence adapter.
type Presence interface {
	Join(ctx context.Context, node presence.Node, users ...chat.UserID) (cameOnline []chat.UserID, err error)
	Leave(ctx context.Context, node presence.Node, users ...chat.UserID) (wentOffline []chat.UserID, err error)
	Beat(ctx context.Context, node presence.Node) error
	Online(ctx context.Context, users ...chat.UserID) (map[chat.UserID]bool, error)
	Reap(ctx context.Context) (wentOffline []chat.UserID, err error)
}

// Store keeps when users were last seen.
type Store interface {
	SetLastSeen(ctx context.Context, at chat.Time, ids ...chat.UserID) error
}

// Publisher sends what happened to those who watch. It never waits.
type Publisher interface {
	Publish(msgs ...bus.Message) bool
}

const (
	// batchUsers is how many users one command names.
	batchUsers = 500
	// callTimeout bounds one command.
	callTimeout = 3 * time.Second
	// retryAfter is how long to wait after a failure.
	retryAfter = time.Second
	// gather is how long the first change waits for others, so that many users who come at once are one command.
	gather = 20 * time.Millisecond
	// maxUnseen bounds those whose last-seen time could not be written yet.
	maxUnseen = 10_000
)

// Options of New.
type Options struct {
	Node      presence.Node
	Presence  Presence
	Store     Store
	Publisher Publisher
	// Grace is how long a user without sockets still counts as online.
	Grace time.Duration
	// Back is called when the store answers again after a failure; nil for nobody. It must not wait.
	Back   func()
	Logger *slog.Logger
}

// Tracker follows the users of one node. Add and Remove may be called concurrently, before Run too.
type Tracker struct {
	opts Options
	wake chan struct{}

	mu    sync.Mutex // guards the following
	users map[chat.UserID]*user
	// changed are users to look at, oldest first; each at most once.
	changed []chat.UserID
	// leaving are users without sockets, in the order in which their grace ends.
	leaving []departure
	failing bool

	// unseen are users whose last-seen time is still to be written; of Run.
	unseen []sighting
}

type user struct {
	sockets int
	// joined: the store knows. asked: it may know, whatever it answered, so it must be told when the user goes.
	joined, asked bool
	queued        bool
	// gone is when the last socket went.
	gone time.Time
}

type departure struct {
	id   chat.UserID
	gone time.Time
}

type sighting struct {
	id chat.UserID
	at chat.Time
}

// New makes a tracker of nobody.
func New(opts Options) *Tracker {
	return &Tracker{opts: opts, wake: make(chan struct{}, 1), users: map[chat.UserID]*user{}}
}

// Add counts a socket of the user.
func (t *Tracker) Add(id chat.UserID) {
	t.mu.Lock()
	u := t.users[id]
	if u == nil {
		u = &user{}
		t.users[id] = u
	}
	u.sockets++
	if !u.joined {
		t.change(id, u)
	}
	t.mu.Unlock()
}

// Remove takes a socket of the user away; when it was the last, the user goes offline after the grace.
func (t *Tracker) Remove(id chat.UserID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	u := t.users[id]
	if u == nil {
		return
	}
	if u.sockets--; u.sockets == 0 {
		u.gone = time.Now()
		t.leaving = append(t.leaving, departure{id, u.gone})
		t.signal()
	}
}

// Users counts those on this node, with those in their grace.
func (t *Tracker) Users() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.users)
}

// Failing tells whether the presence store could not be reached the last time.
func (t *Tracker) Failing() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.failing
}

// change marks a user to be looked at. The caller holds mu.
func (t *Tracker) change(id chat.UserID, u *user) {
	if !u.queued {
		u.queued = true
		t.changed = append(t.changed, id)
		t.signal()
	}
}

func (t *Tracker) signal() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// Run works until ctx ends.
func (t *Tracker) Run(ctx context.Context) {
	beat := time.NewTicker(presence.BeatInterval)
	defer beat.Stop()
	timer := time.NewTimer(0)
	defer timer.Stop()
	t.beat(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
			t.beat(ctx)
			t.reap(ctx)
			t.writeUnseen(ctx)
		case <-t.wake:
			if t.Failing() {
				// The timer is set for the next try.
				continue
			}
			if !sleep(ctx, gather) {
				return
			}
		case <-timer.C:
		}
		timer.Reset(t.settle(ctx))
	}
}

// settle makes the store agree with what is so here, and says when to look again.
func (t *Tracker) settle(ctx context.Context) time.Duration {
	for ctx.Err() == nil {
		joins, leaves, next := t.due(time.Now())
		if len(joins) == 0 && len(leaves) == 0 {
			return next
		}
		if !t.join(ctx, joins) || !t.leave(ctx, leaves) {
			return retryAfter
		}
	}
	return retryAfter
}

// due takes up to a batch of those who are to join and to leave now; next is when the next grace ends.
func (t *Tracker) due(now time.Time) (joins, leaves []chat.UserID, next time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	next = time.Hour
	for len(t.leaving) > 0 {
		d := t.leaving[0]
		if wait := d.gone.Add(t.opts.Grace).Sub(now); wait > 0 {
			next = wait
			break
		}
		t.leaving = t.leaving[1:]
		// One who came back, and perhaps went again, has a later departure, or none.
		if u := t.users[d.id]; u != nil && u.sockets == 0 && u.gone.Equal(d.gone) {
			t.change(d.id, u)
		}
	}
	if len(t.leaving) == 0 {
		t.leaving = nil
	}
	n := 0
	for ; n < len(t.changed) && len(joins) < batchUsers && len(leaves) < batchUsers; n++ {
		id := t.changed[n]
		u := t.users[id]
		if u == nil {
			continue
		}
		u.queued = false
		switch {
		case u.sockets > 0 && !u.joined:
			u.asked = true
			joins = append(joins, id)
		case u.sockets == 0 && !u.asked:
			delete(t.users, id)
		case u.sockets == 0 && now.Sub(u.gone) >= t.opts.Grace:
			leaves = append(leaves, id)
		}
	}
	t.changed = t.changed[n:]
	if len(t.changed) == 0 {
		t.changed = nil
	}
	return joins, leaves, next
}

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
