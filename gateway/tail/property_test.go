package tail_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/parley-chat/parley/gateway/tail"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
)

// act is one thing that happens.
type act struct {
	kind  string
	which int
	ms    int
}

// history is what happens to a node, and how much may be asked of it.
type history struct {
	acts []act
	// slow commits and publishers that drop reach far back: then all comes, but not always in order.
	slow bool
}

func drawHistory(rt *rapid.T) history {
	h := history{slow: rapid.Bool().Draw(rt, "slow")}
	kinds := []string{"say", "say", "say", "say", "forget", "lose", "restore", "sleep", "sleep", "fail", "join", "begin"}
	if h.slow {
		kinds = append(kinds, "drop", "gap")
	}
	h.acts = rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) act {
		return act{rapid.SampledFrom(kinds).Draw(rt, "kind"), rapid.IntRange(0, 3).Draw(rt, "which"), rapid.IntRange(0, 3000).Draw(rt, "ms")}
	}), 1, 80).Draw(rt, "acts")
	return h
}

// play is a history on its way.
type play struct {
	*world
	history
	users []chat.UserID
	rooms []chat.Entry
	lost  bool
	// fails is until when the database is down; dropped is since when something dropped is not told of.
	fails, dropped time.Time
	// owed is what each user on this node must hear; byBus is what they heard through the bus.
	owed, byBus map[chat.UserID][]at
}

// publish tells who is here, as far as the bus carries it.
func (p *play) publish(said at, members []chat.NewMember, carried bool) {
	for _, m := range members {
		if !p.here(bus.UserChannel(m.UserID)) {
			continue
		}
		p.owed[m.UserID] = append(p.owed[m.UserID], said)
		if carried && !p.lost {
			p.world.publish(said, m.UserID)
			p.byBus[m.UserID] = append(p.byBus[m.UserID], said)
		}
	}
}

func (p *play) mend() {
	p.store.SetErr(nil)
	p.fails = time.Time{}
}

func (p *play) tellGap() {
	if !p.dropped.IsZero() {
		p.Lost(p.dropped)
		if !p.lost {
			p.Restored()
		}
		p.dropped = time.Time{}
	}
}

func (p *play) do(a act) {
	ms := time.Duration(a.ms) * time.Millisecond
	if !p.fails.IsZero() && time.Since(p.fails) > tail.MaxBehind/4 {
		p.mend()
	}
	switch a.kind {
	case "say", "drop", "forget":
		room := p.rooms[a.which%len(p.rooms)]
		ago := ms / 4
		if p.slow && a.kind != "forget" {
			ago = 3 * ms
		}
		carried := a.kind == "say"
		// Of what is forgotten nobody ever tells: its node has died.
		if a.kind == "drop" && p.dropped.IsZero() {
			p.dropped = time.Now()
		}
		p.publish(p.say(room.ConversationID, ago), room.Created.Members, carried)
	case "begin":
		room := p.begin(p.users[a.which], p.users[(a.which+1+a.ms%3)%4])
		p.rooms = append(p.rooms, room)
		p.publish(at{room.ConversationID, 1}, room.Created.Members, true)
	case "lose":
		p.lost = true
		p.Lost(time.Now())
	case "restore":
		if p.lost {
			p.lost = false
			p.Restored()
		}
	case "gap":
		p.tellGap()
	case "fail":
		if p.fails.IsZero() {
			p.fails = time.Now()
			p.store.SetErr(errors.New("down"))
		}
	case "join":
		p.ears.join(p.users[a.which])
	case "sleep":
		time.Sleep(ms)
	}
	// What the tail does at this instant it has done, before the next act: an entry that it reads between its commit and its publishing
	// comes twice, which clients drop.
	synctest.Wait()
}

// verdict is what went wrong.
func (p *play) verdict() error {
	for user, owed := range p.owed {
		byTail := p.ears.of(user)
		times := map[at]int{}
		for _, e := range p.byBus[user] {
			times[e]++
		}
		high := map[chat.ConversationID]int64{}
		for _, e := range byTail {
			if times[e]++; times[e] > 1 {
				return fmt.Errorf("%v came %d times", e, times[e])
			}
			if !p.slow && slices.Contains(owed, e) && e.seq < high[e.conversation] {
				return fmt.Errorf("%v came after %d", e, high[e.conversation])
			}
			high[e.conversation] = max(high[e.conversation], e.seq)
			if !slices.ContainsFunc(p.rooms, func(r chat.Entry) bool { return r.ConversationID == e.conversation && isMember(r, user) }) {
				return fmt.Errorf("%v reached one who is no member", e)
			}
		}
		for _, e := range owed {
			if times[e] == 0 {
				return fmt.Errorf("%v is missing", e)
			}
		}
	}
	return nil
}

func isMember(room chat.Entry, user chat.UserID) bool {
	return slices.ContainsFunc(room.Created.Members, func(m chat.NewMember) bool { return m.UserID == user })
}

// TestNothingFallsBetween: whatever comes before and after what, each socket gets each entry that is committed after its hello, by
// the bus or by the tail, and nothing else.
func TestNothingFallsBetween(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := drawHistory(rt)
		var failed error
		synctest.Test(t, func(t *testing.T) {
			ids := users(4)
			w, stop := newWorld(t, ids[:2]...)
			defer stop()
			p := &play{world: w, history: h, users: ids, owed: map[chat.UserID][]at{}, byBus: map[chat.UserID][]at{}}
			p.rooms = []chat.Entry{w.begin(ids[0], ids[1]), w.begin(ids...), w.begin(ids[1], ids[3])}
			time.Sleep(time.Minute)
			for _, a := range h.acts {
				p.do(a)
			}
			p.mend()
			p.tellGap()
			p.do(act{kind: "restore"})
			time.Sleep(time.Minute)
			failed = p.verdict()
		})
		if failed != nil {
			rt.Fatal(failed)
		}
	})
}
