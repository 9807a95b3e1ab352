package client

import (
	"slices"
	"time"
)

// Source is how an entry came.
type Source int

// Live entries came over the socket, resumed ones were asked for over HTTP.
const (
	Live Source = iota
	Resumed
)

// Delivery is a log entry with how and when it came.
type Delivery struct {
	Event
	Source Source
	At     time.Time
}

// maxHeld is how many entries of one log may wait for a missing one. Those above are dropped and asked for later.
const maxHeld = 4096

// log is a replica of one conversation's log: it takes entries in any order and any number of times, and has each
// once, in the order of seq, without holes. Not safe for concurrent use.
type log struct {
	disorder
	entries []Event // entry n is at n-1
	held    map[int64]Delivery
	// conflicts counts entries that came again as another one (the server changed its mind about the order), and those
	// that can't be.
	conflicts int
}

func (l *log) last() int64 { return int64(len(l.entries)) }

// gap tells whether something is held back because an entry before it is missing.
func (l *log) gap() bool { return len(l.held) > 0 }

// offer takes an entry and returns what is to be applied because of it, in order. known tells that the log had it.
func (l *log) offer(d Delivery) (applied []Delivery, known bool) {
	if d.Seq < 1 {
		l.conflicts++ // no log has such an entry
		return nil, false
	}
	if d.Seq <= l.last() {
		l.compare(l.entries[d.Seq-1], d.Event)
		return nil, true
	}
	if first, waiting := l.held[d.Seq]; waiting {
		l.compare(first.Event, d.Event)
		return nil, true
	}
	if d.Seq > l.last()+1 {
		if l.held == nil {
			l.held = map[int64]Delivery{}
		}
		if len(l.held) < maxHeld {
			l.came(d.Event)
			l.held[d.Seq] = d
		}
		return nil, false
	}
	l.came(d.Event)
	for next := d; ; {
		l.entries = append(l.entries, next.Event)
		applied = append(applied, next)
		delete(l.held, next.Seq)
		var ok bool
		if next, ok = l.held[l.last()+1]; !ok {
			return applied, false
		}
	}
}

func (l *log) compare(a, b Event) {
	if a.Type != b.Type || (a.Message == nil) != (b.Message == nil) || a.Message != nil && a.Message.ID != b.Message.ID {
		l.conflicts++
	}
}

func (l *log) snapshot() []Event { return slices.Clone(l.order(l.entries)) }
