// Package tracker tells the presence store which users have sockets on this node, and tells those who watch them
// when one comes online, goes away or offline. One goroutine does it, in batches; what fails is tried again.
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
	Idle(ctx context.Context, node presence.Node, users ...chat.UserID) (now map[chat.UserID]presence.State, err error)
	Leave(ctx context.Context, node presence.Node, users ...chat.UserID) (now map[chat.UserID]presence.State, err error)
	Beat(ctx context.Context, node presence.Node) error
	States(ctx context.Context, users ...chat.UserID) (map[chat.UserID]presence.State, error)
	Reap(ctx context.Context) (now map[chat.UserID]presence.State, err error)
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
	// Grace is how long a user without sockets still counts as online, and one whose sockets are all idle as active: a page
	// that is loaded again is neither a going nor a resting, and who rests and wakes on purpose is told of once in it.
	Grace time.Duration
	// Back is called when the store answers again after a failure; nil for nobody. It must not wait.
	Back   func()
	Logger *slog.Logger
}

// Tracker follows the users of one node. Add, Remove and SetIdle may be called concurrently, before Run too.
type Tracker struct {
	opts Options
	wake chan struct{}

	mu    sync.Mutex // guards the following
	users map[chat.UserID]*user
	// changed are users to look at, oldest first; each at most once.
	changed []chat.UserID
	// resting are users without an active socket, in the order in which their grace ends.
	resting []rest
	failing bool

	// unseen are users whose last-seen time is still to be written; of Run.
	unseen []sighting
}

type user struct {
	sockets, idle int32
	// told is what the store knows, as far as that is sure. asked: it may know, whatever it answered, so it must be told
	// when the user goes.
	told   presence.State
	asked  bool
	queued bool
	// since is when the user began to have no active socket, or none at all.
	since time.Time
}

// now is how the user is on this node, once the grace is over.
func (u *user) now() presence.State {
	switch u.sockets {
	case 0:
		return presence.Offline
	case u.idle:
		return presence.Away
	default:
		return presence.Online
	}
}

type rest struct {
	id    chat.UserID
	since time.Time
}

type sighting struct {
	id chat.UserID
	at chat.Time
}

// New makes a tracker of nobody.
func New(opts Options) *Tracker {
	return &Tracker{opts: opts, wake: make(chan struct{}, 1), users: map[chat.UserID]*user{}}
}

// Add counts a socket of the user, which may be idle from the start.
func (t *Tracker) Add(id chat.UserID, idle bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	u := t.users[id]
	if u == nil {
		u = &user{}
		t.users[id] = u
	}
	u.sockets++
	if idle {
		u.idle++
	}
	t.look(id, u)
}

// Remove takes a socket of the user away, idle or not; when it was the last, the user goes offline after the grace.
func (t *Tracker) Remove(id chat.UserID, idle bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	u := t.users[id]
	if u == nil {
		return
	}
	u.sockets--
	if idle {
		u.idle--
	}
	// Others of the user are active, or were idle before: nothing has changed.
	if u.sockets == 0 || !idle {
		t.look(id, u)
	}
}

// SetIdle says that a socket of the user, counted as the opposite before, is idle or active.
func (t *Tracker) SetIdle(id chat.UserID, idle bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	u := t.users[id]
	if u == nil {
		return
	}
	if idle {
		u.idle++
	} else {
		u.idle--
	}
	t.look(id, u)
}

// look has the store told what is new of a user: coming at once, and resting or going after the grace. The caller holds mu.
func (t *Tracker) look(id chat.UserID, u *user) {
	switch now := u.now(); {
	case now == u.told && now != presence.Offline:
	case now > u.told:
		t.change(id, u)
	default:
		u.since = time.Now()
		t.resting = append(t.resting, rest{id, u.since})
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
		todo, next := t.due(time.Now())
		if todo.empty() {
			return next
		}
		if !t.join(ctx, todo.joins) || !t.rest(ctx, todo.rests) || !t.leave(ctx, todo.leaves) {
			return retryAfter
		}
	}
	return retryAfter
}

// batch is what the store is to be told next.
type batch struct{ joins, rests, leaves []chat.UserID }

func (b batch) empty() bool { return len(b.joins)+len(b.rests)+len(b.leaves) == 0 }

// due takes up to a batch of those who have changed; next is when the next grace ends.
func (t *Tracker) due(now time.Time) (todo batch, next time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	next = t.endGrace(now)
	n := 0
	for ; n < len(t.changed) && max(len(todo.joins), len(todo.rests), len(todo.leaves)) < batchUsers; n++ {
		id := t.changed[n]
		u := t.users[id]
		if u == nil {
			continue
		}
		u.queued = false
		over := now.Sub(u.since) >= t.opts.Grace
		switch state := u.now(); {
		case state == presence.Offline && !u.asked:
			delete(t.users, id)
		case state == presence.Offline && over:
			todo.leaves = append(todo.leaves, id)
		case state == u.told || state == presence.Offline:
		case state == presence.Online:
			u.asked = true
			todo.joins = append(todo.joins, id)
		case over || u.told == presence.Offline:
			u.asked = true
			todo.rests = append(todo.rests, id)
		}
	}
	t.changed = t.changed[n:]
	if len(t.changed) == 0 {
		t.changed = nil
	}
	return todo, next
}

// endGrace marks those to be looked at whose grace is over, and says when the next one is. The caller holds mu.
func (t *Tracker) endGrace(now time.Time) (next time.Duration) {
	next = time.Hour
	for len(t.resting) > 0 {
		r := t.resting[0]
		if wait := r.since.Add(t.opts.Grace).Sub(now); wait > 0 {
			next = wait
			break
		}
		t.resting = t.resting[1:]
		// One who came back, and perhaps went again, has a later rest, or none.
		if u := t.users[r.id]; u != nil && u.now() != presence.Online && u.since.Equal(r.since) {
			t.change(r.id, u)
		}
	}
	if len(t.resting) == 0 {
		t.resting = nil
	}
	return next
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
