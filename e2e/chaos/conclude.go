package chaos

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/parley-chat/parley/loadtest/check"
	"github.com/parley-chat/parley/loadtest/client"
)

const (
	// pollEvery is how often it is looked whether all is as it should be.
	pollEvery = 200 * time.Millisecond
	// readers is how many logs are read at the same time.
	readers = 8
	// beginning is the first entry, which all have read with whom a conversation begins.
	beginning = int64(1)
	// maxDetails is how many faults of a kind are described.
	maxDetails = 20
)

// conclude waits until it is quiet, collects everything, and checks it.
func (r *run) conclude(ctx context.Context, wrote time.Duration) (*Result, error) {
	result := &Result{Seed: r.Seed, Users: r.Users, Devices: len(r.allDevices()), Seconds: wrote.Seconds(), Asked: len(r.plan)}
	r.settleGuests()
	r.say("waiting until presence is right")
	r.presence(result)
	r.bringBack()
	r.say("waiting until everybody has everything")
	sent := r.book.all()
	result.Unheard = r.awaitQuiet(sent)
	result.Growth, result.Usage = r.nodes.grown(result.Devices), r.nodes.use()
	r.book.fill(result)
	for _, d := range r.allDevices() {
		stats := d.Stats()
		result.Reconnects += stats.Reconnects
		result.Moves += stats.Moves
		result.Resyncs += stats.Resyncs
		result.RawDuplicates += stats.RawDuplicates
		result.Conflicts += stats.Conflicts
	}
	result.TailEntries = r.nodes.total("parley_gateway_tail_entries_total")
	result.PatrolFound = r.nodes.total("parley_gateway_patrol_found_total")
	result.BusLosses = r.nodes.total("parley_gateway_bus_losses_total")
	result.bound(r.Options)
	r.say("reading %d logs", len(r.rooms))
	if err := r.logs(ctx, sent, result); err != nil {
		return nil, err
	}
	return result, nil
}

// presence waits until every device that is awake sees everybody whom it watches as they are.
func (r *run) presence(result *Result) {
	end := r.book.calmSince().Add(presenceWithin)
	for {
		wrong := r.wrongPresence()
		if len(wrong) == 0 || time.Now().After(end) {
			result.WrongPresence = wrong
			return
		}
		time.Sleep(pollEvery)
	}
}

func (r *run) wrongPresence() []string {
	online := map[string]bool{}
	for _, p := range r.people {
		for _, d := range p.devices {
			online[p.id] = online[p.id] || d.awake()
		}
	}
	var wrong []string
	for _, d := range r.allDevices() {
		if !d.awake() {
			continue
		}
		d.mu.Lock()
		for _, other := range d.person.watched {
			if seen, told := d.seen[other]; !told || seen != online[other] {
				wrong = append(wrong, fmt.Sprintf("%s sees %s online: %t (told: %t), which is wrong", d.person.id, other, seen, told))
			}
		}
		d.mu.Unlock()
	}
	return wrong
}

// awaitQuiet waits until every device has every acknowledged message, without asking for any. It returns how many are
// unheard of when the time is over.
func (r *run) awaitQuiet(sent []check.Sent) []string {
	last := map[string]int64{}
	for _, m := range sent {
		if !m.Acknowledged.IsZero() {
			last[m.ConversationID] = max(last[m.ConversationID], m.Seq)
		}
	}
	for end := time.Now().Add(settle); ; time.Sleep(pollEvery) {
		var unheard []string
		for _, d := range r.allDevices() {
			have := d.Cursors()
			for _, c := range d.person.rooms {
				if have[c.id] < last[c.id] {
					unheard = append(unheard, fmt.Sprintf("%s, at %s: has %d of %d entries", c.id, d.person.id, have[c.id], last[c.id]))
				}
			}
		}
		if len(unheard) == 0 || time.Now().After(end) {
			return unheard
		}
	}
}

// logs collects the logs of all devices, after a last sync, and then the server's, and checks them and what hangs on them.
func (r *run) logs(ctx context.Context, sent []check.Sent, result *Result) error {
	ctx, stop := context.WithTimeout(ctx, settle+r.Duration)
	defer stop()
	group, catching := errgroup.WithContext(ctx)
	group.SetLimit(readers)
	for _, d := range r.allDevices() {
		group.Go(func() error { return d.CatchUp(catching) })
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("last sync: %w", err)
	}
	members := map[string][]string{}
	var logs []check.Log
	for _, c := range r.rooms {
		for _, p := range slices.Concat(c.members, c.final) {
			members[c.id] = append(members[c.id], p.id)
			for _, d := range p.devices {
				logs = append(logs, check.Log{Holder: p.id, ConversationID: c.id, Entries: check.Entries(d.Log(c.id))})
			}
		}
	}
	logs = append(append(logs, r.foreign()...), r.past()...)
	server, err := r.serverLogs(ctx)
	if err != nil {
		return err
	}
	for _, events := range server {
		logs = append(logs, events)
	}
	result.Report = *check.Logs(members, sent, logs)
	leaks := r.leaks()
	result.Leaked, result.details = len(leaks), append(result.details, leaks...)
	return r.unread(ctx, server, result)
}

// foreign are logs that devices have of conversations of others.
func (r *run) foreign() []check.Log {
	var logs []check.Log
	for _, d := range r.allDevices() {
		own := map[string]bool{}
		for _, c := range d.person.rooms {
			own[c.id] = true
		}
		for id := range d.person.guests {
			own[id] = true
		}
		for id := range d.Cursors() {
			if !own[id] {
				logs = append(logs, check.Log{Holder: d.person.id, ConversationID: id, Entries: check.Entries(d.Log(id))})
			}
		}
	}
	return logs
}

// serverLogs reads every conversation from its beginning.
func (r *run) serverLogs(ctx context.Context) (map[string]check.Log, error) {
	members := map[string]*client.Session{}
	for _, c := range r.rooms {
		members[c.id] = c.members[0].Session
	}
	read, err := check.ServerLogs(ctx, members, sendBackoff, nil)
	logs := make(map[string]check.Log, len(read))
	for _, l := range read {
		logs[l.ConversationID] = l
	}
	return logs, err
}

// unread checks each person's read positions and unread counts.
func (r *run) unread(ctx context.Context, server map[string]check.Log, result *Result) error {
	positions := r.book.positions()
	var errs []error
	for _, p := range r.people {
		var conversations []client.Conversation
		errs = append(errs, client.Retry(ctx, sendBackoff, nil, func(ctx context.Context) (err error) {
			conversations, err = p.Conversations(ctx)
			return err
		}))
		for _, c := range conversations {
			guest := p.guests[c.ID]
			if guest != nil && !guest.isIn() {
				result.WrongUnread = append(result.WrongUnread, fmt.Sprintf("%s, at %s: is listed, though they have left", c.ID, p.id))
				continue
			}
			bounds := positions[position{p.id, c.ID}]
			if guest != nil {
				bounds.tried = c.ReadSeq // joining moves it as well
			}
			if c.ReadSeq < bounds.acknowledged || c.ReadSeq > max(bounds.tried, ownLast(server[c.ID], p.id), beginning) {
				result.WrongUnread = append(result.WrongUnread, fmt.Sprintf("%s, at %s: read up to %d, told %d (tried %d)", c.ID, p.id, c.ReadSeq, bounds.acknowledged, bounds.tried))
			}
			if want := unreadAfter(server[c.ID], p.id, c.ReadSeq); c.Unread != want {
				result.WrongUnread = append(result.WrongUnread, fmt.Sprintf("%s, at %s: %d unread after %d, should be %d", c.ID, p.id, c.Unread, c.ReadSeq, want))
			}
		}
	}
	return errors.Join(errs...)
}

// unreadAfter counts the messages of others after a seq.
func unreadAfter(l check.Log, user string, seq int64) int64 {
	n := int64(0)
	for _, e := range l.Entries {
		if e.ClientID != "" && e.SenderID != user && e.Seq > seq {
			n++
		}
	}
	return n
}

// ownLast is the seq of a person's own last message, up to which sending may have moved their read position.
func ownLast(l check.Log, user string) int64 {
	last := int64(0)
	for _, e := range l.Entries {
		if e.SenderID == user {
			last = e.Seq
		}
	}
	return last
}
