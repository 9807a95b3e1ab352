// Package chatlog appends to the logs of conversations: it finds each entry its seq, commits
// in batches, and makes a repeated append give the first result.
//
// The store's unique index on (conversation, seq) is the sequencer. The log guesses the next seq
// from what it saw last, and where another node was faster, it reads the last one and tries again.
// So any number of nodes may append to one conversation, and an entry exists only if its
// predecessor does.
package chatlog

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-chat/parley/pkg/chat"
)

// ErrOverloaded says that the log has no room for another append; nothing was written.
var ErrOverloaded = errors.New("log overloaded")

// ErrClosed says that the log takes no more appends; nothing was written.
var ErrClosed = errors.New("log closed")

// Store is what the log needs of a store; see store.Log for the contract.
type Store interface {
	Commit(ctx context.Context, entries []chat.Entry) (results []error, err error)
	LastSeq(ctx context.Context, id chat.ConversationID) (int64, error)
	EntryByClientID(ctx context.Context, id chat.ConversationID, sender chat.UserID, clientID string) (chat.Entry, error)
}

// Placer is a Store that never has an entry lose its seq to another node, because it has one writer at a time.
type Placer interface {
	// CommitNext is Commit, but that an entry other than a first one whose seq is taken, and those of its conversation that follow,
	// get the next ones, which are written into entries.
	CommitNext(ctx context.Context, entries []chat.Entry) (results []error, err error)
}

// Options of a Log; zero values take the defaults.
type Options struct {
	// Workers commit at the same time. The entries of one conversation always meet the same one. By default it is one where
	// the store has one writer: several would wait for each other, each with a part of what could be one batch.
	Workers int
	// MaxBatch is the most entries of one commit.
	MaxBatch int
	// MaxPending is how many appends may wait for one worker; more are refused with ErrOverloaded.
	MaxPending int
	// CommitTimeout bounds one commit with its retries.
	CommitTimeout time.Duration
	// Registry takes the metrics; nil for none.
	Registry prometheus.Registerer
}

// The defaults of Options.
const (
	DefaultWorkers       = 4
	DefaultMaxBatch      = 512
	DefaultMaxPending    = 4096
	DefaultCommitTimeout = 10 * time.Second
)

func (o Options) withDefaults(workers int) Options {
	if o.Workers <= 0 {
		o.Workers = workers
	}
	if o.MaxBatch <= 0 {
		o.MaxBatch = DefaultMaxBatch
	}
	if o.MaxPending <= 0 {
		o.MaxPending = DefaultMaxPending
	}
	if o.CommitTimeout <= 0 {
		o.CommitTimeout = DefaultCommitTimeout
	}
	return o
}

// Log appends to conversations. Safe for concurrent use.
type Log struct {
	workers []*worker
	seed    maphash.Seed
	stop    context.CancelFunc
	running sync.WaitGroup

	mu     sync.RWMutex // guards closed, and keeps it false while an append is handed over
	closed bool
}

// New starts a log on store.
func New(store Store, opts Options) *Log {
	write, workers := store.Commit, DefaultWorkers
	if p, ok := store.(Placer); ok {
		write, workers = p.CommitNext, 1
	}
	opts = opts.withDefaults(workers)
	ctx, stop := context.WithCancel(context.Background())
	l := &Log{seed: maphash.MakeSeed(), stop: stop}
	m := newMetrics(opts.Registry)
	for range opts.Workers {
		w := newWorker(store, write, opts, m)
		l.workers = append(l.workers, w)
		l.running.Go(func() { w.run(ctx) })
	}
	return l
}

// Result is an append's outcome.
type Result struct {
	Entry chat.Entry
	// Created is false when the entry was there already: the same sender's, with the same ClientID.
	Created bool
}

// Append gives e the next seq of its conversation and commits it, or returns the entry that its
// sender has already made with the same ClientID. A conversation without a log is refused with
// chat.ErrNotFound. committed, if not nil, is called once for a new entry before Append returns, in the
// order of seq for those of one conversation on this node; it must not block.
//
// Errors: ErrOverloaded and ErrClosed (nothing was written), chat.ErrNotFound, and others, after which
// nothing is known of the entry: repeating the append with the same ClientID is safe.
func (l *Log) Append(ctx context.Context, e chat.Entry, committed func(chat.Entry)) (Result, error) {
	e.Seq = 0
	return l.append(ctx, e, committed)
}

// Begin commits e as the first entry of a conversation, or tells by Created false that the
// conversation exists already; Entry is then empty. Otherwise as Append.
func (l *Log) Begin(ctx context.Context, e chat.Entry, committed func(chat.Entry)) (Result, error) {
	e.Seq = 1
	return l.append(ctx, e, committed)
}

// AppendAll appends entries of one conversation in their order, and stops at the first that fails: made are those before
// it. The seqs of two neighbours need not be. Errors are those of Append, and chat.ErrConflict, when the first
// entry that was not made has a revision that another entry has.
func (l *Log) AppendAll(ctx context.Context, entries []chat.Entry, committed func(chat.Entry)) (made []chat.Entry, err error) {
	u := &unit{}
	all := make([]*pending, 0, len(entries))
	for _, e := range entries {
		e.Seq = 0
		p := newPending(ctx, e, committed)
		p.unit = u
		if err = l.hand(p); err != nil {
			break
		}
		all = append(all, p)
	}
	for _, p := range all {
		result, failed := await(ctx, p)
		if failed != nil {
			return made, failed
		}
		made = append(made, result.Entry)
	}
	return made, err
}

func (l *Log) append(ctx context.Context, e chat.Entry, committed func(chat.Entry)) (Result, error) {
	p := newPending(ctx, e, committed)
	if err := l.hand(p); err != nil {
		return Result{}, err
	}
	return await(ctx, p)
}

func await(ctx context.Context, p *pending) (Result, error) {
	select {
	case out := <-p.done:
		return out.result, out.err
	case <-ctx.Done():
		return Result{}, fmt.Errorf("append: %w", ctx.Err())
	}
}

func (l *Log) hand(p *pending) error {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.closed {
		return ErrClosed
	}
	w := l.workers[maphash.String(l.seed, string(p.entry.ConversationID))%uint64(len(l.workers))]
	select {
	case w.queue <- p:
		return nil
	default:
		return ErrOverloaded
	}
}

// Close takes no more appends, finishes those that wait, and returns when all workers have
// gone; when ctx ends first, it gives up on what is left.
func (l *Log) Close(ctx context.Context) error {
	l.mu.Lock()
	already := l.closed
	l.closed = true
	l.mu.Unlock()
	if already {
		return nil
	}
	for _, w := range l.workers {
		close(w.queue)
	}
	defer l.stop()
	gone := make(chan struct{})
	go func() {
		l.running.Wait()
		close(gone)
	}()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		l.stop()
		<-gone
		return fmt.Errorf("close log: %w", ctx.Err())
	}
}
