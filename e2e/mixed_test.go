package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/e2e/cluster"
	"github.com/parley-chat/parley/loadtest/client"
)

// mixed is three people with two devices each, who do everything that can be done in a group and in a direct
// conversation, at the same time. The plan follows from the seed; how it interleaves does not.
type mixed struct {
	t             *testing.T
	people        []*person
	group, direct string

	crown sync.Mutex // held while the group may get another owner, and while somebody leaves who must not be it
	// turns, if not nil, lets one step be taken at a time.
	turns *sync.Mutex

	mu       sync.Mutex // guards what follows
	messages []said
	done     map[string]int
}

// person is one of them. Each device has an API node and a gateway of its own.
type person struct {
	name    string
	id      string
	doors   []*client.Session
	devices []*device
}

// device may be switched off and on, and keeps its replica meanwhile.
type device struct {
	*listener
	off bool
}

// said is a message that somebody has sent.
type said struct {
	conversation, id string
	by               *person
}

// step is one thing that one person does.
type step struct {
	kind   string
	device int
	// a and b choose among what there is at that time.
	a, b int
}

// kinds are what people do, as often as their weights say.
var kinds = []struct {
	kind   string
	weight int
}{
	{"send", 26},
	{"resend", 3},
	{"reply", 4},
	{"forward", 3},
	{"edit", 14},
	{"delete", 6},
	{"react", 14},
	{"unreact", 7},
	{"pin", 3},
	{"unpin", 2},
	{"read", 8},
	{"add", 16},
	{"remove", 1},
	{"leave", 1},
	{"role", 2},
	{"hand over", 1},
	{"rename", 1},
	{"cut", 3},
	{"away", 1},
	{"back", 2},
}

var emojis = []string{"👍", "👍🏽", "🎉", "❤️", "👨‍👩‍👧‍👦", "1️⃣"}

// plan is what one person does.
func plan(random *rand.Rand, n int) []step {
	total := 0
	for _, k := range kinds {
		total += k.weight
	}
	steps := make([]step, n)
	for i := range steps {
		at := random.IntN(total)
		for _, k := range kinds {
			if at -= k.weight; at < 0 {
				steps[i] = step{k.kind, random.IntN(2), random.IntN(1 << 20), random.IntN(1 << 20)}
				break
			}
		}
	}
	return steps
}

// newMixed has the two of them make a group, with bystanders or without.
func newMixed(t *testing.T, c *cluster.Cluster, bystanders ...string) *mixed {
	t.Helper()
	m := &mixed{t: t, done: map[string]int{}}
	for i, name := range []string{"ann", "bob", "cy"} {
		s := signUp(t, c.API(1), name)
		p := &person{name: name, id: s.User().ID}
		for d := range 2 {
			through := s.Via(reach(t, c.API(1+(i+d)%2)))
			p.doors = append(p.doors, through)
			p.devices = append(p.devices, &device{listenAt(t, s, c.API(1+d), c.Gateway(1+(i+d)%3)), false})
		}
		m.people = append(m.people, p)
	}
	ann, bob := m.people[0], m.people[1]
	group, err := ann.doors[0].Group(t.Context(), "Crew", append(bystanders, bob.id)...) // the third is added by one of the two
	require.NoError(t, err)
	m.group, m.direct = group.ID, direct(t, ann.doors[0], bob.doors[0])
	return m
}

// run lets all of them do n things each, with a pause after each, and meanwhile something else.
func (m *mixed) run(seed uint64, n int, pause time.Duration, meanwhile func()) {
	var running sync.WaitGroup
	for i, p := range m.people {
		steps := plan(rand.New(rand.NewPCG(seed, uint64(i))), n)
		running.Go(func() {
			for at, s := range steps {
				if err := m.take(p, at, s); err != nil {
					m.t.Errorf("seed %d: %s, step %d, %+v: %v", seed, p.name, at, s, err)
					return
				}
				time.Sleep(pause)
			}
		})
	}
	running.Go(meanwhile)
	running.Wait()
}

// take does one step. A node that is dead is asked until it lives again; what the rules forbid is no error.
func (m *mixed) take(p *person, at int, s step) error {
	ctx, cancel := context.WithTimeout(m.t.Context(), 2*soon)
	defer cancel()
	act, ok := m.actions()[s.kind]
	if !ok {
		return fmt.Errorf("nobody knows how to %s", s.kind)
	}
	if m.turns != nil {
		m.turns.Lock()
		defer m.turns.Unlock()
	}
	err := client.Retry(ctx, quickly, nil, func(ctx context.Context) error { return act(ctx, p, p.doors[s.device], at, s) })
	var refused *client.Error
	if errors.As(err, &refused) && slices.Contains([]string{"forbidden", "not_found", "conflict", "validation_failed"}, refused.Code) {
		m.count(s.kind + ": " + refused.Code)
		return nil
	}
	if err == nil {
		m.count(s.kind)
	}
	return err
}

func (m *mixed) count(what string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.done[what]++
}

// pick is one of the messages until now, mostly a late one; only p's own if that is wanted.
func (m *mixed) pick(p *person, own bool, a, b int) (said, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	from := m.messages
	if b%4 > 0 {
		from = from[max(0, len(from)-12):]
	}
	if own {
		from = slices.DeleteFunc(slices.Clone(from), func(s said) bool { return s.by != p })
	}
	if len(from) == 0 {
		return said{}, false
	}
	return from[a%len(from)], true
}

// where is a conversation: the group, mostly.
func (m *mixed) where(p *person, n int) string {
	if n%4 == 0 && p.name != "cy" {
		return m.direct
	}
	return m.group
}

func (m *mixed) other(p *person, n int) *person {
	others := slices.DeleteFunc(slices.Clone(m.people), func(o *person) bool { return o == p })
	return others[n%len(others)]
}

func (m *mixed) send(ctx context.Context, p *person, through *client.Session, conversation string, message client.NewMessage) error {
	sent, _, err := through.Send(ctx, conversation, message)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.messages = append(m.messages, said{conversation, sent.ID, p})
	return nil
}

// text is one that mentions somebody now and then.
func (m *mixed) text(p *person, at int, s step) string {
	text := fmt.Sprintf("%s %d %s", p.name, at, []string{"Grüße", "e\u0301", "👋", "שלום", "**bold**\n> x"}[s.b%5])
	switch s.a % 8 {
	case 0:
		text += " <@" + m.other(p, s.b).id + ">"
	case 1:
		text += " <@all>"
	}
	return text
}

// away switches the device off: it hears nothing until it is back.
func (d *device) away() {
	if !d.off {
		d.stop()
		d.off = true
	}
}

// back switches it on again, with the replica that it had.
func (d *device) back() {
	if !d.off {
		return
	}
	d.off = false
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = d.Run(ctx)
	}()
	d.stop = func() { cancel(); <-ended }
	d.t.Cleanup(d.stop)
}

// seed is E2E_SEED, or always the same.
func seed(t *testing.T) uint64 {
	t.Helper()
	given, err := strconv.ParseUint(os.Getenv("E2E_SEED"), 10, 64)
	if err != nil {
		given = 4
	}
	t.Logf("E2E_SEED=%d", given)
	return given
}
