// Package gather makes one question of many. Who asks while a question is with the store waits for the next one, which is asked for
// all who have come meanwhile.
package gather

import (
	"context"
	"sync"
	"time"
)

// DefaultRest is how long nothing is asked after an answer, so that what comes meanwhile is one question: of a question about a few
// things most is the same for one about many.
const DefaultRest = 2 * time.Millisecond

// patience is how long a question may take until the next one is asked beside it: one that hangs doesn't hold up the others.
const patience = 100 * time.Millisecond

// Options of Questions. Ask is needed.
type Options[K comparable, V any] struct {
	// Ask answers for many keys at once, each of them there once; keys that it leaves out have no answer.
	Ask func(ctx context.Context, keys []K) (map[K]V, error)
	// Most is how many keys one question may have; 0 for any number.
	Most int
	// Rest is how long to wait after an answer; 0 for DefaultRest. Who comes when nobody has asked for so long waits for nobody.
	Rest time.Duration
}

// Questions asks for many at once. What is answered was read after it was asked for, never before, so an answer is as exact as one
// to a question of one's own. Safe for concurrent use.
type Questions[K comparable, V any] struct {
	opts Options[K, V]

	mu      sync.Mutex // guards the following
	waiting []*lot[K, V]
	running bool
}

// lot is who shares one question.
type lot[K comparable, V any] struct {
	keys  []K
	known map[K]struct{}
	// done is closed when the following are set.
	done    chan struct{}
	answers map[K]V
	err     error
}

// New asks nothing yet.
func New[K comparable, V any](opts Options[K, V]) *Questions[K, V] {
	if opts.Rest == 0 {
		opts.Rest = DefaultRest
	}
	return &Questions[K, V]{opts: opts}
}

// Ask is the answer for key; ok is false where there is none. When ctx ends first, the question goes on for the others.
func (q *Questions[K, V]) Ask(ctx context.Context, key K) (v V, ok bool, err error) {
	l := q.join(key)
	select {
	case <-l.done:
		v, ok = l.answers[key]
		return v, ok, l.err
	case <-ctx.Done():
		return v, false, ctx.Err()
	}
}

func (q *Questions[K, V]) join(key K) *lot[K, V] {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.last()
	if l == nil || !l.has(key) && q.opts.Most > 0 && len(l.keys) >= q.opts.Most {
		l = &lot[K, V]{known: map[K]struct{}{}, done: make(chan struct{})}
		q.waiting = append(q.waiting, l)
	}
	if !l.has(key) {
		l.known[key] = struct{}{}
		l.keys = append(l.keys, key)
	}
	if !q.running {
		q.running = true
		go q.goOn()
	}
	return l
}

// last is called with mu held.
func (q *Questions[K, V]) last() *lot[K, V] {
	if len(q.waiting) == 0 {
		return nil
	}
	return q.waiting[len(q.waiting)-1]
}

func (l *lot[K, V]) has(key K) bool {
	_, ok := l.known[key]
	return ok
}

// goOn asks for the next lot, if there is one. After the answer and a rest, or when that is late, it goes on by itself.
func (q *Questions[K, V]) goOn() {
	l := q.next()
	if l == nil {
		return
	}
	late := time.AfterFunc(patience, q.goOn)
	// Each of them has a context of their own, and may go.
	l.answers, l.err = q.opts.Ask(context.Background(), l.keys)
	close(l.done)
	if late.Stop() {
		time.AfterFunc(q.opts.Rest, q.goOn)
	}
}

func (q *Questions[K, V]) next() *lot[K, V] {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		q.waiting, q.running = nil, false
		return nil
	}
	l := q.waiting[0]
	q.waiting = q.waiting[1:]
	return l
}
