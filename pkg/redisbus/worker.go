package redisbus

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/parley-chat/parley/pkg/bus"
)

const (
	// batchMessages and batchBytes bound one pipeline. At least one message goes, however large.
	batchMessages = 512
	batchBytes    = 1 << 20
	// retryFor is how long a batch is tried again. After it, the server counts as down: all that is queued is dropped,
	// and so is what comes, because late messages are worth nothing to gateways that read the log meanwhile.
	retryFor = time.Second
	// retryPause is the first pause between tries; it doubles.
	retryPause = 20 * time.Millisecond
	// probeInterval is how often a server that is down is asked whether it is back.
	probeInterval = 250 * time.Millisecond
	// noticeInterval is how often subscribers are told of dropped messages, at most.
	noticeInterval = time.Second
)

// sender is what a worker needs of its Publisher. Each call is bounded in time.
type sender interface {
	// send tries the batch once and returns what Redis did not take.
	send(ctx context.Context, batch []bus.Message) (left []bus.Message, err error)
	ping(ctx context.Context) error
	// notify tells all subscribers that messages were dropped, the first of them so long ago.
	notify(ctx context.Context, age time.Duration) error
	dropped(reason string, n int)
}

// worker owns a bounded queue and sends it batch by batch, one at a time, which keeps the order.
type worker struct {
	sender      sender
	maxMessages int
	maxBytes    int
	wake        chan struct{}
	lastNotice  time.Time // run's own

	mu    sync.Mutex // guards the following
	queue []bus.Message
	// queuedSince is when the first message of the queue came.
	queuedSince time.Time
	// messages and bytes are what is queued and what is being sent.
	messages, bytes int
	workerState
}

type workerState struct {
	closed bool
	// down: nothing is queued until a probe is answered.
	down bool
	// err is why the last try failed.
	err error
	// gapSince is when the first message was to be sent that was dropped and that no subscriber has been told of.
	gapSince time.Time
}

func newWorker(s sender, maxMessages, maxBytes int) *worker {
	return &worker{
		sender: s, maxMessages: maxMessages, maxBytes: maxBytes, wake: make(chan struct{}, 1),
		workerState: workerState{err: errUntried},
	}
}

// push returns "" or the reason why m was dropped.
func (w *worker) push(m bus.Message) (reason string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.closed:
		return dropClosed
	case w.down:
		w.markGap(time.Now())
		return dropFailed
	case w.messages >= w.maxMessages, w.bytes+len(m.Payload) > w.maxBytes && w.messages > 0:
		w.markGap(time.Now())
		return dropFull
	}
	w.queue = append(w.queue, m)
	w.messages++
	w.bytes += len(m.Payload)
	if len(w.queue) == 1 {
		w.queuedSince = time.Now()
		w.signal()
	}
	return ""
}

// markGap is called with mu held.
func (w *worker) markGap(since time.Time) {
	if w.gapSince.IsZero() {
		w.gapSince = since
	}
}

func (w *worker) signal() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *worker) close() {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.signal()
}

// run sends until the worker is closed and its queue empty, or ctx ends.
func (w *worker) run(ctx context.Context) {
	var lot []bus.Message
	for {
		clear(lot)
		var since time.Time
		lot, since = w.swap(lot[:0])
		if len(lot) > 0 {
			w.sendLot(ctx, lot, since)
			continue
		}
		switch state := w.state(); {
		case state.closed:
			return
		case state.err != nil:
			w.probe(ctx)
		case state.gapSince.IsZero():
			<-w.wake
		default:
			w.tellGap(ctx, state.gapSince)
		}
	}
}

// swap takes the whole queue and leaves the array of the last one for the next.
func (w *worker) swap(empty []bus.Message) (lot []bus.Message, since time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	lot, w.queue = w.queue, empty
	return lot, w.queuedSince
}

func (w *worker) state() workerState {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.workerState
}

// sendLot sends the lot, of which the first came at since, in batches. If one can't be sent, it and all that follow are dropped.
func (w *worker) sendLot(ctx context.Context, lot []bus.Message, since time.Time) {
	for len(lot) > 0 {
		batch := lot[:batchLen(lot)]
		left, err := w.try(ctx, batch)
		if err != nil {
			w.giveUp(err, since, lot, len(lot)-len(batch)+len(left))
			return
		}
		w.settle(batch)
		lot = lot[len(batch):]
	}
}

// batchLen is how many messages of the lot go into one pipeline.
func batchLen(lot []bus.Message) int {
	bytes := 0
	for i, m := range lot[:min(len(lot), batchMessages)] {
		if bytes += len(m.Payload); bytes > batchBytes && i > 0 {
			return i
		}
	}
	return min(len(lot), batchMessages)
}

// try sends the batch, again and again for a while. It returns what was not sent, with the last error.
func (w *worker) try(ctx context.Context, batch []bus.Message) ([]bus.Message, error) {
	pause := retryPause
	for start := time.Now(); ; pause *= 2 {
		left, err := w.sender.send(ctx, batch)
		if err == nil {
			return nil, nil
		}
		w.mu.Lock()
		w.err = err
		w.mu.Unlock()
		if ctx.Err() != nil || time.Since(start)+pause > retryFor {
			return left, err
		}
		batch = left
		sleep(ctx, pause)
	}
}

// settle takes what was sent off the books.
func (w *worker) settle(sent []bus.Message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err = nil
	w.release(sent)
}

// release is called with mu held.
func (w *worker) release(msgs []bus.Message) {
	w.messages -= len(msgs)
	for _, m := range msgs {
		w.bytes -= len(m.Payload)
	}
}

// giveUp drops the lot, of which n messages were not sent, and what has queued up behind it.
func (w *worker) giveUp(err error, since time.Time, lot []bus.Message, n int) {
	w.mu.Lock()
	n += len(w.queue)
	w.release(lot)
	w.release(w.queue)
	clear(w.queue)
	w.queue = w.queue[:0]
	w.down, w.err = true, err
	w.markGap(since)
	w.mu.Unlock()
	w.sender.dropped(dropFailed, n)
}

// probe asks a server that failed, or was never tried, whether it answers, and waits a little if it does not.
func (w *worker) probe(ctx context.Context) {
	err := w.sender.ping(ctx)
	w.mu.Lock()
	w.down, w.err = w.down && err != nil, err
	w.mu.Unlock()
	if err != nil {
		w.pause(ctx, probeInterval)
	}
}

// tellGap tells subscribers to look into the log, which is all that helps for messages that are gone.
func (w *worker) tellGap(ctx context.Context, since time.Time) {
	if wait := noticeInterval - time.Since(w.lastNotice); wait > 0 {
		w.pause(ctx, wait)
		return
	}
	err := w.sender.notify(ctx, time.Since(since))
	w.lastNotice = time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err = err; err == nil {
		w.gapSince = time.Time{}
	}
}

// pause waits for d or until there is something to do.
func (w *worker) pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-w.wake:
	case <-ctx.Done():
	}
}

// sleep waits for d, give or take a quarter, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d*3/4 + rand.N(d/2))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
