package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/parley-chat/parley/loadtest/check"
	"github.com/parley-chat/parley/loadtest/client"
	"github.com/parley-chat/parley/loadtest/crowd"
)

const (
	// usersPerGroup is how many people there are to one group.
	usersPerGroup = 10
	// groupSize is how many stay in a group; the first group has most people there are, up to largeGroup.
	groupSize, largeGroup = 6, 40
	// guestsPerGroup is how many come and go.
	guestsPerGroup = 2
	// inGroups is how many of ten messages go to groups.
	inGroups = 3
	// leaveGrace is how long after they were removed somebody may hear what is written to a group: the promise is one
	// second, the rest is for a busy machine.
	leaveGrace = 2 * time.Second
)

// guest is somebody's coming and going in a group: they hear what is written while they are in it, and nothing that is
// written after they were removed.
type guest struct {
	person *person
	room   *room

	mu  sync.Mutex // guards what follows
	in  bool
	out time.Time // since when they are surely out; zero otherwise
	// late is what they heard that was made long after they had gone, by the clock of the node that made it.
	late []late
}

// late is an entry that somebody heard who had gone.
type late struct {
	seq    int64
	detail string
}

// gather makes groups of people who stay, and picks those who come and go.
func (r *run) gather(ctx context.Context) error {
	making, ctx := errgroup.WithContext(ctx)
	making.SetLimit(crowd.DefaultConcurrency)
	for i := range len(r.people) / usersPerGroup {
		size := groupSize
		if i == 0 {
			size = max(groupSize, min(largeGroup, len(r.people)-guestsPerGroup))
		}
		g := &room{}
		for j := range size + guestsPerGroup {
			p := r.people[(i*usersPerGroup/2+j)%len(r.people)]
			if j < size {
				g.members = append(g.members, p)
			} else {
				g.guests = append(g.guests, &guest{person: p, room: g, out: time.Now()})
			}
		}
		r.groups = append(r.groups, g)
		making.Go(func() error {
			var others []string
			for _, p := range g.members[1:] {
				others = append(others, p.id)
			}
			made, err := g.members[0].Group(ctx, fmt.Sprint("Group ", i), others...)
			g.id = made.ID
			return err
		})
	}
	if err := making.Wait(); err != nil {
		return fmt.Errorf("make groups: %w", err)
	}
	for _, g := range r.groups {
		for _, one := range g.guests {
			one.person.guests[g.id] = one
		}
	}
	r.rooms = append(r.rooms, r.groups...)
	return nil
}

// churn lets guests come and go until the context ends; what is under way then goes on as long as sending may.
func (r *run) churn(ctx, sending context.Context, seed uint64) {
	var all sync.WaitGroup
	for i, g := range r.groups {
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		all.Go(func() {
			for sleep(ctx, time.Second+time.Duration(random.IntN(2000))*time.Millisecond) {
				one := g.guests[random.IntN(len(g.guests))]
				if err := one.move(sending, random.IntN(2) == 0, r.book.failed); err == nil {
					r.book.moved()
				}
			}
		})
	}
	all.Wait()
}

// move adds the guest, or lets them leave or be removed.
func (g *guest) move(ctx context.Context, leaves bool, failed func(error)) error {
	owner := g.room.members[0].Session
	g.mu.Lock()
	in := g.in
	g.out = time.Time{}
	g.mu.Unlock()
	err := client.Retry(ctx, sendBackoff, failed, func(ctx context.Context) error {
		switch {
		case !in:
			return owner.AddMembers(ctx, g.room.id, g.person.id)
		case leaves:
			return g.person.RemoveMember(ctx, g.room.id, g.person.id)
		default:
			return owner.RemoveMember(ctx, g.room.id, g.person.id)
		}
	})
	if err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.in = !in
	if in {
		g.out = time.Now()
	}
	return nil
}

func (g *guest) isIn() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.in
}

// gone is how long the guest had been out at a time; 0 if they were in it then, or may have been.
func (g *guest) gone(at time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.out.IsZero() || at.Before(g.out) {
		return 0
	}
	return at.Sub(g.out)
}

// heard looks at what comes over a device's socket: is it for somebody who has left? leaks decides about what seems not to be.
func (r *run) heard(d *device, e client.Event) {
	g := d.person.guests[e.ConversationID]
	if g == nil {
		return
	}
	now := time.Now()
	begun := now
	if e.At != nil {
		begun = *e.At
	}
	if e.IsMessage() {
		begun = e.Message.CreatedAt
	}
	if begun.After(now) {
		begun = now // said by a node whose clock is ahead
	}
	if gone := g.gone(begun); gone > leaveGrace {
		detail := fmt.Sprintf("%s, at %s: heard entry %d (%s), made %v after they had gone", e.ConversationID, d.person.id, e.Seq, e.Type, gone)
		g.mu.Lock()
		g.late = append(g.late, late{e.Seq, detail})
		g.mu.Unlock()
	}
}

// leaks are the entries that guests heard after they had gone, and that are not theirs by the order of the log either: a node
// whose clock is ahead dates what it makes while they are in the group to when they are not.
func (r *run) leaks() []string {
	var leaks []string
	for _, room := range r.groups {
		log := room.members[0].devices[0].Log(room.id)
		for _, g := range room.guests {
			g.mu.Lock()
			for _, l := range g.late {
				if !isFor(log, g.person.id, l.seq) {
					leaks = append(leaks, l.detail)
				}
			}
			g.mu.Unlock()
		}
	}
	return leaks
}

// isFor tells whether the entry of this seq is for a person who came and went: one from their coming to their going, both included.
func isFor(log []client.Event, user string, seq int64) bool {
	in := false
	for _, e := range log {
		if e.Seq >= seq && in {
			return true
		}
		if e.Seq > seq {
			return false
		}
		if e.UserID == user && (e.Type == "member.added" || e.Type == "member.removed") {
			in = e.Type == "member.added"
		}
	}
	return in
}

// settleGuests makes those who are in a group now members like others.
func (r *run) settleGuests() {
	for _, g := range r.groups {
		for _, one := range g.guests {
			if one.isIn() {
				one.person.rooms = append(one.person.rooms, g)
				g.final = append(g.final, one.person)
			}
		}
	}
}

// past are the logs that devices of those have who have left.
func (r *run) past() []check.Log {
	var logs []check.Log
	for _, g := range r.groups {
		for _, one := range g.guests {
			if one.isIn() {
				continue
			}
			for _, d := range one.person.devices {
				logs = append(logs, check.Log{Holder: one.person.id, ConversationID: g.id, Entries: check.Entries(d.Log(g.id)), Left: true})
			}
		}
	}
	return logs
}
