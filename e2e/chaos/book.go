package chaos

import (
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/parley-chat/parley/loadtest/check"
	"github.com/parley-chat/parley/loadtest/client"
)

// soon is the promise: live within two seconds. calmLimit is what a device may wait in calm times on a busy machine.
const (
	soon      = 2 * time.Second
	calmLimit = 3 * time.Second
)

// book keeps account. Safe for concurrent use.
type book struct {
	mu     sync.Mutex // guards all
	sent   map[string]*entry
	reads  map[position]*bounds
	counts Counts
	kinds  map[string]int
	broken int // faults that are on now
	since  time.Time
	errors map[string]int
}

// entry is a message with when it was sent.
type entry struct {
	check.Sent
	inFault bool
}

// position is a person's read position in a conversation; bounds are the last that was acknowledged, and the furthest
// that was tried.
type position struct{ user, conversation string }

type bounds struct{ acknowledged, tried int64 }

// Counts are what happened.
type Counts struct {
	Sent         int `json:"sent"`
	Acknowledged int `json:"acknowledged"`
	// Live and Resumed are deliveries to devices of others.
	Live    int `json:"deliveredLive"`
	Resumed int `json:"deliveredByResume"`
	// Steady are deliveries to devices that had their socket since before the message was sent; SteadySoon those of
	// them within two seconds of the send's start. InFault are those of messages sent while something was broken.
	Steady         int `json:"steady"`
	SteadySoon     int `json:"steadySoon"`
	InFault        int `json:"inFault"`
	InFaultSoon    int `json:"inFaultSoon"`
	InFaultAll     int `json:"inFaultAll"`
	InFaultAllSoon int `json:"inFaultAllSoon"`
	// LongestGap is the longest time from an acknowledgement to such a device.
	LongestGap time.Duration `json:"longestGapNs"`
	Calm       int           `json:"calm"`
	CalmLate   int           `json:"calmLate"`
	Drops      int           `json:"drops"`
	Sleeps     int           `json:"sleeps"`
	// JoinsAndLeaves are those of guests of groups; Leaked is what they heard after they had left.
	JoinsAndLeaves           int `json:"joinsAndLeaves"`
	Leaked                   int `json:"leaked"`
	RawDuplicates            int `json:"rawDuplicates"`
	RawDuplicatesWhileBroken int `json:"rawDuplicatesWhileBroken"`
	Reconnects               int `json:"reconnects"`
	Moves                    int `json:"moves"`
	Resyncs                  int `json:"resyncs"`
	Conflicts                int `json:"conflicts"`
	TailEntries              int `json:"tailEntries"`
	PatrolFound              int `json:"patrolFound"`
	BusLosses                int `json:"busLosses"`
	details                  []string
}

func newBook() *book {
	return &book{sent: map[string]*entry{}, reads: map[position]*bounds{}, kinds: map[string]int{}, errors: map[string]int{}}
}

func (b *book) starts(s check.Sent) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sent[s.ClientID] = &entry{s, b.broken > 0}
	b.counts.Sent++
}

func (b *book) acknowledged(clientID string, m client.Message, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.sent[clientID]
	s.Acknowledged, s.MessageID, s.Seq = at, m.ID, m.Seq
	b.counts.Acknowledged++
}

// delivered counts what came to a device of another person.
func (b *book) delivered(d *device, one client.Delivery) {
	if !one.IsMessage() || one.Message.SenderID == d.person.id {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	s, ok := b.sent[one.Message.ClientID]
	if !ok {
		return // the check will find it
	}
	c := &b.counts
	live, late := one.Source == client.Live, one.At.Sub(s.Started)
	inTime := late <= soon
	add(&c.Live, live)
	add(&c.Resumed, !live)
	add(&c.InFaultAll, s.inFault)
	add(&c.InFaultAllSoon, s.inFault && inTime)
	guest := d.person.guests[one.ConversationID] != nil
	calm := !b.since.IsZero() && !s.Started.Before(b.since)
	if !d.steadySince(s.Started) || guest && !calm {
		return // a guest is given what was written before they came
	}
	add(&c.Steady, true)
	add(&c.SteadySoon, inTime)
	add(&c.InFault, s.inFault)
	add(&c.InFaultSoon, s.inFault && inTime)
	if !s.Acknowledged.IsZero() {
		c.LongestGap = max(c.LongestGap, one.At.Sub(s.Acknowledged))
	}
	if !calm || !d.patient {
		return
	}
	add(&c.Calm, true)
	if late > calmLimit { // a lost one is asked for after gapPatience; what came sooner may have been met by a sync
		c.CalmLate++
		c.details = append(c.details, fmt.Sprintf("%s, at %s: message %s, entry %d, came %v after it was sent (live: %t), with nothing broken",
			one.ConversationID, d.person.id, s.ClientID, one.Seq, late.Round(time.Millisecond), live))
	}
}

func add(counter *int, yes bool) {
	if yes {
		*counter++
	}
}

func (b *book) tries(at position, seq int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.reads[at] == nil {
		b.reads[at] = &bounds{}
	}
	b.reads[at].tried = max(b.reads[at].tried, seq)
}

func (b *book) read(at position, seq int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reads[at].acknowledged = max(b.reads[at].acknowledged, seq)
}

func (b *book) positions() map[position]bounds {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := map[position]bounds{}
	for at, bounds := range b.reads {
		all[at] = *bounds
	}
	return all
}

func (b *book) faultBegins() { b.change(func() { b.broken++ }) }
func (b *book) faultEnds()   { b.change(func() { b.broken-- }) }

func (b *book) survived(kind string) { b.change(func() { b.kinds[kind]++ }) }
func (b *book) dropped()             { b.change(func() { b.counts.Drops++ }) }
func (b *book) moved()               { b.change(func() { b.counts.JoinsAndLeaves++ }) }
func (b *book) slept()               { b.change(func() { b.counts.Sleeps++ }) }
func (b *book) calmBegins()          { b.change(func() { b.since = time.Now() }) }
func (b *book) failed(err error)     { b.change(func() { b.errors[client.Kind(err)]++ }) }

func (b *book) calmSince() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.since
}

func (b *book) mended(rawDuplicates int) {
	b.change(func() { b.counts.RawDuplicatesWhileBroken = rawDuplicates })
}

func (b *book) change(do func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	do()
}

// all are the messages so far.
func (b *book) all() []check.Sent {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make([]check.Sent, 0, len(b.sent))
	for _, s := range b.sent {
		all = append(all, s.Sent)
	}
	return all
}

func (b *book) line() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return fmt.Sprintf("%d sent, %d acknowledged, %d live, %d by resume", b.counts.Sent, b.counts.Acknowledged, b.counts.Live, b.counts.Resumed)
}

func (b *book) fill(r *Result) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r.Counts, r.Kinds, r.Errors = b.counts, maps.Clone(b.kinds), maps.Clone(b.errors)
}
