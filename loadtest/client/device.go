package client

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"
)

// Hooks tell what happens to a device. They are called one at a time for each kind, must not block, and may be nil.
type Hooks struct {
	// Delivered hears of every log entry once, in the order of seq within its conversation.
	Delivered func(Delivery)
	// Heard hears of every log entry that comes over a socket, as it comes, also if it comes again.
	Heard func(Event)
	// Frame hears of every frame that is neither log entry nor heartbeat: hello, read, typing, presence, resync, …
	Frame func(Frame)
	// Synced hears of every sync that is done: the device then has what was committed before it asked.
	Synced func()
	// Closed hears of every socket that ended, but for those that the device left itself: the close code (0 for a
	// connection that broke) and the error.
	Closed func(code int, err error)
	// Failed hears of every failed try to open a socket or to resume.
	Failed func(error)
}

// Stats count what happened to a device.
type Stats struct {
	// Reconnects are sockets after the first one; Moves those of them that the server asked for (drain).
	Reconnects, Moves int
	// Resyncs are frames of the server that asked to sync.
	Resyncs int
	// RawDuplicates are log entries that came over a socket though they were there. They are allowed, and dropped.
	RawDuplicates int
	// Conflicts are entries that came again with another content, or with a seq below 1; there must be none.
	Conflicts int
	// LongestGap is the longest time without a socket, from the end of one to the hello of the next.
	LongestGap time.Duration
}

// Device keeps a session's socket open and a replica of the log of every conversation. After any failure it comes
// back, and asks for what it missed. Make it with NewDevice, and let it Run.
type Device struct {
	// GapPatience is how long a missing entry may still come by itself before it is asked for. Not to be changed once
	// the device runs.
	GapPatience time.Duration

	session *Session
	hooks   Hooks
	work    *catchUp

	applying sync.Mutex // held while an entry is applied and told, which keeps the order for hooks

	mu        sync.Mutex // guards what follows
	logs      map[string]*log
	reads     map[string]map[string]int64
	stats     Stats
	current   *link
	connected chan struct{} // closed while there is a socket
	watched   []string
	idle      bool
	// without is since when there is no socket; zero before the first and while there is one.
	without time.Time
}

var reconnectBackoff = Backoff{First: 200 * time.Millisecond, Max: 5 * time.Second}

// NewDevice makes a device of a session; it does nothing before Run.
func NewDevice(s *Session, hooks Hooks) *Device {
	d := &Device{GapPatience: gapPatience, session: s, hooks: hooks, logs: map[string]*log{}, reads: map[string]map[string]int64{}, connected: make(chan struct{})}
	d.work = newCatchUp(d)
	return d
}

// Run holds a socket until the context ends (it then returns nil), the session has ended (ErrSignedOut), or the server
// refuses to sync.
func (d *Device) Run(ctx context.Context) error {
	running, stop := context.WithCancelCause(ctx)
	var working sync.WaitGroup
	working.Go(func() { stop(d.work.run(running)) })
	stop(d.hold(running))
	working.Wait()
	select {
	case <-ctx.Done():
		return nil
	default:
		return context.Cause(running)
	}
}

// hold connects again and again.
func (d *Device) hold(ctx context.Context) error {
	backoff := reconnectBackoff
	for {
		l, err := d.dial(ctx)
		if err == nil {
			began := time.Now()
			err = d.stay(ctx, l)
			if time.Since(began) > reconnectBackoff.Max {
				backoff.Reset()
			}
		}
		if ctx.Err() != nil || errors.Is(err, ErrSignedOut) {
			return err
		}
		d.failed(err)
		if err := sleep(ctx, backoff.Next(retryAfter(err))); err != nil {
			return err
		}
	}
}

// stay serves a socket, and those that take over from it, until there is none.
func (d *Device) stay(ctx context.Context, l *link) error {
	moves := make(chan time.Duration, 1)
	d.greet(l, moves)
	defer func() { d.setCurrent(nil) }()
	var moveAt <-chan time.Time
	backoff := reconnectBackoff
	for {
		select {
		case <-ctx.Done():
			l.leave()
			return ctx.Err()
		case <-l.ended:
			return d.ended(ctx, l)
		case after := <-moves:
			moveAt = time.After(after)
		case <-moveAt:
			moveAt = nil
			next, err := d.dial(ctx)
			if err != nil {
				d.failed(err)
				moveAt = time.After(backoff.Next(retryAfter(err)))
				continue
			}
			old := l
			l = next
			d.count(func(s *Stats) { s.Moves++ })
			d.greet(l, moves)
			old.leave()
		}
	}
}

// greet makes l the device's socket, starts reading it, and resumes.
func (d *Device) greet(l *link, moves chan time.Duration) {
	// Asked before anybody can see the socket, so that whoever waits for it and catches up then has no sync to come.
	d.work.askSync()
	d.setCurrent(l)
	d.frame(l.hello)
	go l.serve(func(f Frame) { d.receive(f, moves) })
	d.mu.Lock()
	watched := d.watched
	d.mu.Unlock()
	if len(watched) > 0 {
		_ = d.Watch(watched...) // fails only with the socket, whose successor repeats it
	}
}

// ended tells why l did, and sees to the session if that was the reason.
func (d *Device) ended(ctx context.Context, l *link) error {
	code := closeCode(l.err)
	if d.hooks.Closed != nil {
		d.hooks.Closed(code, l.err)
	}
	if code != CloseSignedOut {
		return l.err
	}
	return errors.Join(l.err, d.session.Refresh(ctx, d.session.AccessToken()))
}

func (d *Device) receive(f Frame, moves chan time.Duration) {
	switch {
	case f.isEntry():
		if d.hooks.Heard != nil {
			d.hooks.Heard(f.Event)
		}
		d.apply(Delivery{f.Event, Live, time.Now()})
		return
	case f.Type == "read":
		d.read(f.ConversationID, f.UserID, f.Seq)
	case f.Type == "reconnect":
		select {
		case moves <- time.Duration(f.AfterMs) * time.Millisecond:
		default: // it is moving already
		}
	case f.Type == "resync":
		d.count(func(s *Stats) { s.Resyncs++ })
		d.work.askSync()
	}
	d.frame(f)
}

// apply offers an entry to its log, tells of what that made whole, and asks for what is missing.
func (d *Device) apply(delivery Delivery) {
	d.applying.Lock()
	defer d.applying.Unlock()
	d.mu.Lock()
	l := d.logOf(delivery.ConversationID)
	before := l.conflicts
	applied, known := l.offer(delivery)
	if known && delivery.Source == Live {
		d.stats.RawDuplicates++
	}
	d.stats.Conflicts += l.conflicts - before
	gap := l.gap()
	d.mu.Unlock()
	if gap {
		d.work.askFill(delivery.ConversationID)
	}
	if d.hooks.Delivered != nil {
		for _, one := range applied {
			d.hooks.Delivered(one)
		}
	}
}

// read moves a user's read position forward.
func (d *Device) read(conversationID, userID string, seq int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	positions, known := d.reads[conversationID]
	if !known {
		positions = map[string]int64{}
		d.reads[conversationID] = positions
	}
	positions[userID] = max(positions[userID], seq)
}

// Reads are the read positions of a conversation's members, as far as the device was told, by user.
func (d *Device) Reads(conversationID string) map[string]int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.reads[conversationID])
}

// logOf is the replica of a conversation's log. The caller holds mu.
func (d *Device) logOf(conversationID string) *log {
	l, ok := d.logs[conversationID]
	if !ok {
		l = &log{}
		d.logs[conversationID] = l
	}
	return l
}

func (d *Device) setCurrent(l *link) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if l != nil && d.current == nil {
		close(d.connected)
		if !d.without.IsZero() {
			d.stats.LongestGap = max(d.stats.LongestGap, time.Since(d.without))
		}
	}
	if l == nil && d.current != nil {
		d.connected = make(chan struct{})
		d.without = time.Now()
	}
	d.current = l
}

func (d *Device) count(change func(*Stats)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(&d.stats)
}

func (d *Device) frame(f Frame) {
	if f.Type == "hello" {
		d.count(func(s *Stats) { s.Reconnects++ })
	}
	if d.hooks.Frame != nil {
		d.hooks.Frame(f)
	}
}

func (d *Device) failed(err error) {
	if d.hooks.Failed != nil {
		d.hooks.Failed(err)
	}
}

// Stats are the counts until now.
func (d *Device) Stats() Stats {
	d.mu.Lock()
	defer d.mu.Unlock()
	stats := d.stats
	stats.Reconnects = max(0, stats.Reconnects-1) // the first hello is a connect
	return stats
}

// Log is the replica of a conversation's log, as far as it is whole.
func (d *Device) Log(conversationID string) []Event {
	d.mu.Lock()
	defer d.mu.Unlock()
	if l, ok := d.logs[conversationID]; ok {
		return l.snapshot()
	}
	return nil
}

// Cursors are the last seq of every conversation that the device knows. Hooks have heard of all up to there, so none may
// call this.
func (d *Device) Cursors() map[string]int64 {
	d.applying.Lock()
	defer d.applying.Unlock()
	d.mu.Lock()
	defer d.mu.Unlock()
	cursors := make(map[string]int64, len(d.logs))
	for id, l := range d.logs {
		cursors[id] = l.last()
	}
	return cursors
}

// AwaitConnected waits for a socket.
func (d *Device) AwaitConnected(ctx context.Context) error {
	d.mu.Lock()
	connected := d.connected
	d.mu.Unlock()
	select {
	case <-connected:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for a socket: %w", ctx.Err())
	}
}

// CatchUp syncs and waits until that is done, so that the device has all that was committed before the call.
func (d *Device) CatchUp(ctx context.Context) error { return d.work.wait(ctx) }

// Node is the gateway that the device is on, "" while it has no socket.
func (d *Device) Node() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.current == nil {
		return ""
	}
	return d.current.hello.Node
}

// Cut breaks the connection as a lost network does; the device comes back by itself.
func (d *Device) Cut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.current != nil {
		d.current.cut()
	}
}

// Typing tells the others of a conversation that the user types, or stopped.
func (d *Device) Typing(conversationID string, active bool) error {
	return d.write(map[string]any{"type": "typing", "conversationId": conversationID, "active": active})
}

// Watch asks for the presence of users, now and when it changes, in place of those asked for before. Each new socket
// asks again.
func (d *Device) Watch(userIDs ...string) error {
	d.mu.Lock()
	d.watched = userIDs
	d.mu.Unlock()
	return d.write(map[string]any{"type": "watch", "userIds": userIDs})
}

// SetIdle says whether anybody is at the device; it is kept for the sockets to come.
func (d *Device) SetIdle(idle bool) error {
	d.mu.Lock()
	d.idle = idle
	d.mu.Unlock()
	return d.write(map[string]any{"type": "activity", "idle": idle})
}

// dial opens a socket, which tells from the start whether anybody is there.
func (d *Device) dial(ctx context.Context) (*link, error) {
	d.mu.Lock()
	idle := d.idle
	d.mu.Unlock()
	return d.session.dial(ctx, idle)
}

// errNoSocket says that a frame could not be sent.
var errNoSocket = errors.New("no socket")

func (d *Device) write(frame any) error {
	d.mu.Lock()
	l := d.current
	d.mu.Unlock()
	if l == nil {
		return errNoSocket
	}
	return l.write(frame)
}
