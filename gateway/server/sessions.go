package server

import (
	"context"
	"sync"

	"github.com/parley-chat/parley/pkg/chat"
)

// Sessions looks up sessions.
type Sessions interface {
	// SessionsByID leaves out unknown ids; revoked and expired ones are found; at most 1,000 ids.
	SessionsByID(ctx context.Context, ids []chat.SessionID) ([]chat.Session, error)
}

const (
	// looksAtOnce is how many questions are with the database at the same time. What comes meanwhile waits, and is one question
	// then: when thousands connect at once, it is asked some hundred times.
	looksAtOnce = 2
	// sessionsBatch is how many sessions one question is about at most.
	sessionsBatch = 500
)

// looks asks for many sessions at once. One that is asked for is read after that, never before.
type looks struct {
	sessions Sessions

	mu      sync.Mutex // guards the following
	waiting []*look
	running int
}

// look is one socket's question.
type look struct {
	id   chat.SessionID
	done chan struct{}
	// Set before done is closed.
	session chat.Session
	err     error
}

// session fails with chat.ErrNotFound.
func (l *looks) session(ctx context.Context, id chat.SessionID) (chat.Session, error) {
	mine := &look{id: id, done: make(chan struct{})}
	l.mu.Lock()
	l.waiting = append(l.waiting, mine)
	start := l.running < looksAtOnce
	if start {
		l.running++
	}
	l.mu.Unlock()
	if start {
		go l.run()
	}
	select {
	case <-mine.done:
		return mine.session, mine.err
	case <-ctx.Done():
		return chat.Session{}, ctx.Err()
	}
}

// run asks until nobody waits.
func (l *looks) run() {
	for {
		some := l.take()
		if len(some) == 0 {
			return
		}
		l.ask(some)
	}
}

func (l *looks) take() []*look {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := min(len(l.waiting), sessionsBatch)
	if n == 0 {
		l.running--
		return nil
	}
	some := l.waiting[:n:n]
	if l.waiting = l.waiting[n:]; len(l.waiting) == 0 {
		l.waiting = nil
	}
	return some
}

func (l *looks) ask(some []*look) {
	ctx, cancel := context.WithTimeout(context.Background(), entryTimeout)
	defer cancel()
	ids := make([]chat.SessionID, 0, len(some))
	asked := make(map[chat.SessionID]struct{}, len(some))
	for _, s := range some {
		if _, twice := asked[s.id]; !twice {
			asked[s.id] = struct{}{}
			ids = append(ids, s.id)
		}
	}
	sessions, err := l.sessions.SessionsByID(ctx, ids)
	found := make(map[chat.SessionID]chat.Session, len(sessions))
	for _, s := range sessions {
		found[s.ID] = s
	}
	for _, s := range some {
		var known bool
		s.session, known = found[s.id]
		if s.err = err; err == nil && !known {
			s.err = chat.ErrNotFound
		}
		close(s.done)
	}
}
