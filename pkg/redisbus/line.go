package redisbus

import (
	"errors"
	"sync"
	"time"

	"github.com/parley-chat/parley/pkg/bus"
)

const (
	// commandChannels is how many channels one command names.
	commandChannels = 512
	// maxUnconfirmed bounds what Redis owes answers for, and so what it has to buffer for a connection.
	maxUnconfirmed = 16 * commandChannels
)

var (
	// errResubscribed: the client library has subscribed again by itself, so there was a gap.
	errResubscribed = errors.New("subscribed again unasked")
	// errUnsubscribed: Redis has taken a channel away, as when a Cluster moves its slot.
	errUnsubscribed = errors.New("unsubscribed by the server")
)

// phase is how far the present connection of a line has come.
type phase int

const (
	// connecting is before the first connection has answered or failed: callers wait.
	connecting phase = iota
	// down is from a loss until the next connection answers: callers are told so.
	down
	// catchingUp is while a connection subscribes to what was wanted when it came up.
	catchingUp
	up
	closed
)

// channelState is how far one channel has come on the present connection.
type channelState uint8

const (
	queued channelState = iota
	sent
	confirmed
)

// subscription is kept small: there is one for each channel.
type subscription struct {
	refs  int32
	state channelState
	// catchUp: the line is up only after this one is confirmed.
	catchUp bool
	// idleSince is when the last reference went, in nanoseconds of Unix time.
	idleSince int64
	waits     []*wait
}

// line is what one connection is to hear. It outlives the connection.
type line struct {
	s      *Subscriber
	notice bus.Channel
	wake   chan struct{}
	// lost is whether status counts this line as down; run's own.
	lost bool

	mu    sync.Mutex // guards the following
	phase phase
	subs  map[bus.Channel]*subscription
	// queue is what is still to be sent on this connection.
	queue       []bus.Channel
	unconfirmed int
	// missing is how many confirmations are wanted before the line is up.
	missing int
	// idle are channels without references; some may have got one again.
	idle []bus.Channel
}

func newLine(s *Subscriber, notice bus.Channel) *line {
	return &line{s: s, notice: notice, wake: make(chan struct{}, 1), subs: map[bus.Channel]*subscription{}}
}

func (l *line) signal() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// add takes a reference, and tells w when the channel is confirmed or that the line is down.
func (l *line) add(c bus.Channel, w *wait) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.phase == closed {
		w.end(bus.ErrClosed)
		return
	}
	sub := l.subs[c]
	if sub == nil {
		sub = &subscription{}
		l.subs[c] = sub
		l.s.metrics.channels.Inc()
		if l.phase == catchingUp || l.phase == up {
			l.queue = append(l.queue, c)
			l.signal()
		}
	}
	sub.refs++
	switch {
	case l.phase == down:
		w.end(bus.ErrDown)
	case sub.state == confirmed:
		w.confirm()
	default:
		sub.waits = append(sub.waits, w)
	}
}

// remove gives a reference back.
func (l *line) remove(c bus.Channel) {
	l.mu.Lock()
	defer l.mu.Unlock()
	sub := l.subs[c]
	if sub == nil || sub.refs == 0 {
		return
	}
	if sub.refs--; sub.refs == 0 {
		sub.idleSince = time.Now().UnixNano()
		l.idle = append(l.idle, c)
	}
}

// forget drops a channel; called with mu held.
func (l *line) forget(c bus.Channel) {
	delete(l.subs, c)
	l.s.metrics.channels.Dec()
}

// connected starts over on a connection that has answered: all that is wanted is to be sent. It tells whether the
// line is up, for want of anything to send.
func (l *line) connected() (nowUp bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.phase != connecting && l.phase != down {
		return false, errResubscribed
	}
	l.phase = catchingUp
	l.idle = nil
	for c, sub := range l.subs {
		if sub.refs == 0 {
			l.forget(c)
			continue
		}
		sub.state, sub.catchUp = queued, true
		l.queue = append(l.queue, c)
	}
	l.missing = len(l.queue)
	l.signal()
	return l.caughtUp(), nil
}

// disconnected ends what belongs to the connection. Who waits is told that the line is down.
func (l *line) disconnected() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.phase == closed {
		return
	}
	l.phase = down
	l.queue, l.unconfirmed, l.missing = nil, 0, 0
	for _, sub := range l.subs {
		sub.state, sub.catchUp = queued, false
		for _, w := range sub.waits {
			w.end(bus.ErrDown)
		}
		sub.waits = nil
	}
}

// close drops everything, also what is still to be sent: the writer may be on its way. Who waits is told.
func (l *line) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.phase = closed
	l.queue, l.idle = nil, nil
	for c, sub := range l.subs {
		for _, w := range sub.waits {
			w.end(bus.ErrClosed)
		}
		l.forget(c)
	}
}

// nextSubscribe takes the channels of the next command off the queue.
func (l *line) nextSubscribe() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := min(len(l.queue), commandChannels)
	if n == 0 || l.unconfirmed+n > maxUnconfirmed {
		return nil
	}
	names := make([]string, 0, n)
	for _, c := range l.queue[:n] {
		l.subs[c].state = sent
		names = append(names, string(c))
	}
	l.queue = l.queue[n:]
	l.unconfirmed += n
	return names
}

// nextUnsubscribe takes those that have been idle for the linger time, as many as one command names. A channel that
// is not confirmed yet stays, so that no answer to an old command can be taken for one to a new.
func (l *line) nextUnsubscribe(now time.Time) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var names []string
	keep := l.idle[:0]
	for _, c := range l.idle {
		sub := l.subs[c]
		switch {
		case sub == nil || sub.refs > 0:
		case sub.state != confirmed, now.UnixNano()-sub.idleSince < int64(l.s.opts.Linger), len(names) == commandChannels:
			keep = append(keep, c)
		default:
			names = append(names, string(c))
			l.forget(c)
		}
	}
	l.idle = keep
	return names
}

// subscribed takes Redis's confirmation. It tells whether the line is up with it.
func (l *line) subscribed(c bus.Channel) (nowUp bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	sub := l.subs[c]
	if sub == nil || sub.state != sent {
		return false, errResubscribed
	}
	sub.state = confirmed
	for _, w := range sub.waits {
		w.confirm()
	}
	sub.waits = nil
	if l.unconfirmed--; len(l.queue) > 0 {
		l.signal()
	}
	if !sub.catchUp {
		return false, nil
	}
	sub.catchUp = false
	l.missing--
	return l.caughtUp(), nil
}

// caughtUp is called with mu held.
func (l *line) caughtUp() bool {
	if l.missing > 0 {
		return false
	}
	l.phase = up
	return true
}

// unsubscribed takes Redis's word that a channel is gone.
func (l *line) unsubscribed(c bus.Channel) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	// Confirmed means that somebody came back and Redis has answered that already, so this is no answer to us.
	if sub := l.subs[c]; sub != nil && sub.state == confirmed {
		return errUnsubscribed
	}
	return nil
}
