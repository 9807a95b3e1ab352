package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// gapPatience is how long a missing entry may still come by itself: entries that two nodes commit at the same time
// may be published the other way round.
const gapPatience = 100 * time.Millisecond

var catchUpBackoff = Backoff{First: 100 * time.Millisecond, Max: 2 * time.Second}

// catchUp asks the server for what a device misses, one question at a time, until it is answered.
type catchUp struct {
	device *Device
	wake   chan struct{}

	mu      sync.Mutex // guards what follows
	sync    bool
	fill    map[string]bool
	waiters []chan struct{}
}

func newCatchUp(d *Device) *catchUp {
	return &catchUp{device: d, wake: make(chan struct{}, 1), fill: map[string]bool{}}
}

func (c *catchUp) ask(change func()) {
	c.mu.Lock()
	change()
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (c *catchUp) askSync()                      { c.ask(func() { c.sync = true }) }
func (c *catchUp) askFill(conversationID string) { c.ask(func() { c.fill[conversationID] = true }) }

// wait asks for a sync and waits for its end.
func (c *catchUp) wait(ctx context.Context) error {
	done := make(chan struct{})
	c.ask(func() {
		c.sync = true
		c.waiters = append(c.waiters, done)
	})
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("catch up: %w", ctx.Err())
	}
}

// run works until the context ends, or the session has: it then returns ErrSignedOut.
func (c *catchUp) run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-c.wake:
		}
		if err := c.all(ctx); err != nil {
			return err
		}
	}
}

// all does what was asked for until nothing is.
func (c *catchUp) all(ctx context.Context) error {
	for {
		c.mu.Lock()
		syncing, filling, waiters := c.sync, c.fill, c.waiters
		c.sync, c.fill, c.waiters = false, map[string]bool{}, nil
		c.mu.Unlock()
		if !syncing && len(filling) == 0 {
			return nil
		}
		if syncing {
			if err := Retry(ctx, catchUpBackoff, c.device.failed, c.syncOnce); err != nil {
				return err
			}
			if c.device.hooks.Synced != nil {
				c.device.hooks.Synced()
			}
		}
		if len(filling) > 0 {
			if err := sleep(ctx, c.device.GapPatience); err != nil {
				return err
			}
		}
		for id := range filling {
			if err := c.fillGap(ctx, id); err != nil {
				return err
			}
		}
		for _, done := range waiters {
			close(done)
		}
	}
}

// syncOnce asks once for everything, and reads the logs that the answer only names.
func (c *catchUp) syncOnce(ctx context.Context) error {
	d := c.device
	have := d.Cursors()
	missed, err := d.session.Sync(ctx, have)
	if err != nil {
		return err
	}
	for _, events := range missed.Events {
		d.applyAll(events)
	}
	for id, positions := range missed.Reads {
		for user, seq := range positions {
			d.read(id, user, seq)
		}
	}
	toRead := missed.Reset
	for _, conversation := range missed.Conversations {
		for _, m := range conversation.Members {
			d.read(conversation.ID, m.UserID, m.ReadSeq)
		}
		if _, known := have[conversation.ID]; !known {
			toRead = append(toRead, conversation.ID)
		}
	}
	if missed.ResetAll {
		all, err := d.session.Conversations(ctx)
		if err != nil {
			return err
		}
		for _, conversation := range all {
			toRead = append(toRead, conversation.ID)
		}
	}
	for _, id := range toRead {
		if err := c.read(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// fillGap reads what is missing before an entry that is held back, if it has not come by now.
func (c *catchUp) fillGap(ctx context.Context, conversationID string) error {
	return Retry(ctx, catchUpBackoff, c.device.failed, func(ctx context.Context) error {
		c.device.mu.Lock()
		gap := c.device.logOf(conversationID).gap()
		c.device.mu.Unlock()
		if !gap {
			return nil
		}
		return c.read(ctx, conversationID)
	})
}

// read fetches a log from where the replica ends. A conversation that the user has no access to stays as it is.
func (c *catchUp) read(ctx context.Context, conversationID string) error {
	c.device.mu.Lock()
	after := c.device.logOf(conversationID).last()
	c.device.mu.Unlock()
	events, err := c.device.session.AllEvents(ctx, conversationID, after)
	var refused *Error
	if errors.As(err, &refused) && refused.Status == http.StatusNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	c.device.applyAll(events)
	return nil
}

func (d *Device) applyAll(events []Event) {
	now := time.Now()
	for _, e := range events {
		d.apply(Delivery{e, Resumed, now})
	}
}
