package chatlog

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/flaw"
)

const (
	// cachedConversations is of how many conversations a worker remembers the last seq.
	cachedConversations = 16384
	// contentionBackoff is the longest pause before a worker, that lost a seq to another node more
	// than once, tries again.
	contentionBackoff = 5 * time.Millisecond
	// flawedDelay is for how long a message is lost if the node dies, where the flaw is on.
	flawedDelay = 100 * time.Millisecond
)

// pending is one append on its way.
type pending struct {
	ctx       context.Context //nolint:containedctx // the caller's; the worker looks whether it still waits
	entry     chat.Entry
	first     bool
	committed func(chat.Entry)
	done      chan outcome // has room for the one outcome
	// unit is nil for an append of its own.
	unit *unit
}

// unit is appends that go in order: of what follows one that failed, nothing is made. Only the worker uses it.
type unit struct{ failed error }

func newPending(ctx context.Context, e chat.Entry, committed func(chat.Entry)) *pending {
	if e.Message != nil {
		own := *e.Message // the worker writes its seq, maybe after the caller has gone
		e.Message = &own
	}
	return &pending{ctx: ctx, entry: e, first: e.Seq == 1, committed: committed, done: make(chan outcome, 1)}
}

type outcome struct {
	result Result
	err    error
}

func (p *pending) finish(r Result, err error) {
	if p.unit != nil && err != nil && p.unit.failed == nil {
		p.unit.failed = err
	}
	p.answer(outcome{r, err})
}

// answer gives the caller the outcome; a second one is dropped.
func (p *pending) answer(o outcome) {
	select {
	case p.done <- o:
	default:
	}
}

// commitFunc is a store's Commit, or, where it has that, its CommitNext.
type commitFunc func(context.Context, []chat.Entry) ([]error, error)

// worker commits the appends of its share of conversations, one batch at a time.
type worker struct {
	store   Store
	write   commitFunc
	opts    Options
	metrics *metrics
	queue   chan *pending
	// last is the highest seq known to exist, by conversation. Only the worker's goroutine uses it.
	last *simplelru.LRU[chat.ConversationID, int64]
}

func newWorker(store Store, write commitFunc, opts Options, m *metrics) *worker {
	last, err := simplelru.NewLRU[chat.ConversationID, int64](cachedConversations, nil)
	if err != nil {
		panic(err) // the size is a positive constant
	}
	return &worker{store: store, write: write, opts: opts, metrics: m, queue: make(chan *pending, opts.MaxPending), last: last}
}

// run ends when the queue is closed and empty.
func (w *worker) run(ctx context.Context) {
	batch := make([]*pending, 0, w.opts.MaxBatch)
	for p := range w.queue {
		batch = w.gather(append(batch[:0], p))
		w.commit(ctx, batch)
		clear(batch)
	}
}

// gather takes what waits already; it never waits for more, so that a lone append is not delayed.
func (w *worker) gather(batch []*pending) []*pending {
	for len(batch) < w.opts.MaxBatch {
		select {
		case p, ok := <-w.queue:
			if !ok {
				return batch
			}
			batch = append(batch, p)
		default:
			return batch
		}
	}
	return batch
}

// commit brings every append of the batch to an outcome.
func (w *worker) commit(ctx context.Context, batch []*pending) {
	ctx, cancel := context.WithTimeout(ctx, w.opts.CommitTimeout)
	defer cancel()
	left := w.waiting(batch)
	for attempt := 0; len(left) > 0; attempt++ {
		if attempt > 1 {
			w.metrics.contention.Inc()
			pause(ctx, attempt)
		}
		left = w.place(ctx, left)
		if len(left) == 0 {
			return
		}
		var err error
		if left, err = w.try(ctx, left); err != nil {
			w.metrics.failures.Inc()
			for _, p := range left {
				p.finish(Result{}, err)
			}
			return
		}
	}
}

// waiting leaves out those whose caller has gone before anything was written.
func (w *worker) waiting(batch []*pending) []*pending {
	left := make([]*pending, 0, len(batch))
	for _, p := range batch {
		if err := p.ctx.Err(); err != nil {
			p.finish(Result{}, fmt.Errorf("append: %w", err))
			continue
		}
		left = append(left, p)
	}
	return left
}

// place gives each append the next seq of its conversation. Those that can't have one get their outcome.
func (w *worker) place(ctx context.Context, batch []*pending) []*pending {
	next := make(map[chat.ConversationID]int64, len(batch))
	placed := batch[:0]
	for _, p := range batch {
		if p.unit != nil && p.unit.failed != nil {
			p.finish(Result{}, p.unit.failed)
			continue
		}
		if p.first {
			placed = append(placed, p)
			continue
		}
		id := p.entry.ConversationID
		seq, ok := next[id]
		if !ok {
			last, err := w.lastSeq(ctx, id)
			if err != nil {
				p.finish(Result{}, err)
				continue
			}
			seq = last + 1
		}
		next[id] = seq + 1
		p.entry.Seq = seq
		if p.entry.Message != nil && p.entry.Kind == chat.MessageCreated {
			p.entry.Message.Seq = seq
		}
		placed = append(placed, p)
	}
	return placed
}

// lastSeq fails with chat.ErrNotFound for a conversation without a log.
func (w *worker) lastSeq(ctx context.Context, id chat.ConversationID) (int64, error) {
	if last, ok := w.last.Get(id); ok {
		return last, nil
	}
	last, err := w.store.LastSeq(ctx, id)
	if err != nil {
		return 0, fmt.Errorf("last seq: %w", err)
	}
	if last == 0 {
		return 0, fmt.Errorf("log: %w", chat.ErrNotFound)
	}
	w.last.Add(id, last)
	return last, nil
}

// try commits the batch once and gives those appends that need another try. With an error,
// those are the ones of which nothing is known.
func (w *worker) try(ctx context.Context, batch []*pending) ([]*pending, error) {
	entries := make([]chat.Entry, len(batch))
	for i, p := range batch {
		entries[i] = p.entry
	}
	if flaw.On(flaw.EarlyAcknowledgement) {
		acknowledge(batch)
	}
	began := time.Now()
	results, err := w.write(ctx, entries)
	w.metrics.observe(len(entries), time.Since(began))
	if err != nil {
		for _, p := range batch {
			w.last.Remove(p.entry.ConversationID)
		}
		return batch, fmt.Errorf("commit: %w", err)
	}
	var again []*pending
	for i, p := range batch {
		p.entry.Seq = entries[i].Seq
		if !w.settle(ctx, p, results[i]) {
			again = append(again, p)
		}
	}
	return again, nil
}

// acknowledge is a deliberate bug: messages get their outcome some time before they are committed.
func acknowledge(batch []*pending) {
	for _, p := range batch {
		if p.entry.Kind == chat.MessageCreated {
			p.answer(outcome{Result{p.entry, true}, nil})
		}
	}
	time.Sleep(flawedDelay)
}

// settle acts on one result and tells whether the append has its outcome.
func (w *worker) settle(ctx context.Context, p *pending, result error) bool {
	id := p.entry.ConversationID
	switch {
	case result == nil:
		w.last.Add(id, p.entry.Seq)
		if p.committed != nil {
			p.committed(p.entry)
		}
		p.finish(Result{p.entry, true}, nil)
		return true
	case p.first && (errors.Is(result, chat.ErrSeqTaken) || errors.Is(result, chat.ErrClientIDUsed)):
		p.finish(Result{}, nil)
		return true
	case errors.Is(result, chat.ErrClientIDUsed):
		w.last.Remove(id)
		first, err := w.store.EntryByClientID(ctx, id, p.entry.SenderID, p.entry.ClientID)
		if err != nil {
			err = fmt.Errorf("first result: %w", err)
		}
		p.finish(Result{Entry: first}, err)
		return true
	case errors.Is(result, chat.ErrSeqTaken), errors.Is(result, chat.ErrNotAttempted):
		w.last.Remove(id)
		return false
	default:
		w.last.Remove(id)
		p.finish(Result{}, fmt.Errorf("commit: %w", result))
		return true
	}
}

// pause waits a random time that grows with the attempt, so that nodes that fight for one
// conversation part.
func pause(ctx context.Context, attempt int) {
	longest := min(time.Duration(attempt)*time.Millisecond, contentionBackoff)
	t := time.NewTimer(rand.N(longest))
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
