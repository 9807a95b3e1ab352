package e2e_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/e2e/cluster"
	"github.com/parley-chat/parley/loadtest/client"
	"github.com/parley-chat/parley/pkg/chat"
)

const (
	// patience is for a busy machine.
	patience = 30 * time.Second
	// patrols is until a gateway has looked for what nobody published.
	patrols = 6 * time.Second
)

// heard is what a socket brought of a conversation, and when.
type heard struct {
	mu      sync.Mutex
	entries []client.Frame
	at      []time.Time
	// loaded is the end of the log as a newcomer loads it; see comes.
	loaded int64
}

// overhear reads a socket until it ends; each, if not nil, is called with what it hears.
func overhear(conn *websocket.Conn, conversation string, each func(*heard, client.Frame)) *heard {
	h := &heard{}
	_ = conn.SetReadDeadline(time.Time{})
	go func() {
		for {
			var f client.Frame
			if err := conn.ReadJSON(&f); err != nil {
				return
			}
			switch {
			case f.Type == "ping":
				_ = conn.WriteJSON(map[string]string{"type": "pong"})
			case f.ConversationID == conversation:
				h.mu.Lock()
				h.entries, h.at = append(h.entries, f), append(h.at, time.Now())
				h.mu.Unlock()
				if each != nil {
					each(h, f)
				}
			}
		}
	}()
	return h
}

func (h *heard) last() (seq int64, at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, f := range h.entries {
		if f.Seq >= seq {
			seq, at = f.Seq, h.at[i]
		}
	}
	return seq, at
}

// fromTheLog counts what gateways have read from the log, and how often they have looked while the bus was lost. What is read between its
// commit and its publishing comes twice, which clients drop.
func fromTheLog(t *testing.T, c *cluster.Cluster) (counts []string) {
	t.Helper()
	for n := 1; n <= cluster.Gateways; n++ {
		_, text := ask(t, http.MethodGet, c.GatewayOps(n)+"/metrics", "", nil)
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "parley_gateway_tail_rounds_total") || strings.HasPrefix(line, "parley_gateway_patrol_found_total") {
				counts = append(counts, line)
			}
		}
	}
	return counts
}

// calm waits until no gateway reads the log, as it does for some seconds after Redis is back; it gives what was counted until then.
func calm(t *testing.T, c *cluster.Cluster) []string {
	t.Helper()
	before := fromTheLog(t, c)
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		time.Sleep(3 * time.Second / 2) // three rounds of a tail
		now := fromTheLog(t, c)
		if slices.Equal(now, before) {
			return now
		}
		before = now
	}
	t.Fatal("the gateways go on reading the log")
	return nil
}

// exactly tells whether what was heard is all entries from a seq to another, each once. What is before may come, too: a patrol can't
// know that it was there before the socket.
func (h *heard) exactly(from, to int64, once bool) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	times := map[int64]int{}
	for _, f := range h.entries {
		if f.Seq >= from {
			times[f.Seq]++
		}
	}
	for seq := from; seq <= to; seq++ {
		if times[seq] == 0 || once && times[seq] > 1 {
			return fmt.Errorf("entry %d of %d to %d came %d times", seq, from, to, times[seq])
		}
		delete(times, seq)
	}
	if len(times) > 0 {
		return fmt.Errorf("%v came, too", times)
	}
	return nil
}

// talk has people write, each through a door of their own, until stop is called.
func talk(t *testing.T, doors []string, conversation string, people ...*client.Session) (stop func()) {
	t.Helper()
	var talking sync.WaitGroup
	over := make(chan struct{})
	for i, s := range people {
		via := s.Via(reach(t, doors[i]))
		talking.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-over:
					return
				case <-time.After(20 * time.Millisecond):
				}
				_, err := via.Deliver(t.Context(), quickly, conversation, client.NewMessage{ClientID: fmt.Sprint("t", n), Text: fmt.Sprint(i, " says ", n)}, nil)
				report(t, err)
			}
		})
	}
	stop = sync.OnceFunc(func() {
		close(over)
		talking.Wait()
	})
	t.Cleanup(stop)
	return stop
}

// growing is a group of the two who talk in it, to which others come until it has its room channel, and on.
type growing struct {
	*testing.T
	*cluster.Cluster
	id       string
	doors    []string
	ann, bob *client.Session
	stop     func()
}

func newGrowing(t *testing.T, c *cluster.Cluster, doors ...string) *growing {
	t.Helper()
	g := &growing{T: t, Cluster: c, doors: doors, ann: signUp(t, doors[0], "ann"), bob: signUp(t, doors[1], "bob")}
	made, err := g.ann.Group(t.Context(), "Growing", g.bob.User().ID)
	require.NoError(t, err)
	g.id = made.ID
	return g
}

// talk begins once those who are to hear it all have ears.
func (g *growing) talk() { g.stop = talk(g.T, g.doors, g.id, g.ann, g.bob) }

func (g *growing) at(s *client.Session, gateway int) *heard {
	return overhear(open(g.T, g.Gateway(gateway), s.AccessToken()), g.id, nil)
}

// comes is at for somebody who will be added, and loads the conversation when told so, as a client does: between being added and being
// on the room's channel nothing is live.
func (g *growing) comes(s *client.Session, gateway int) *heard {
	return overhear(open(g.T, g.Gateway(gateway), s.AccessToken()), g.id, func(h *heard, f client.Frame) {
		if f.Type != "member.added" || f.UserID != s.User().ID {
			return
		}
		log, err := s.AllEvents(g.Context(), g.id, f.Seq-1)
		report(g.T, err)
		if len(log) == 0 {
			return
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		h.loaded = log[len(log)-1].Seq
	})
}

// since is the end of the log as it was loaded; 0 where it was not.
func (h *heard) since() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.loaded
}

func (g *growing) add(s *client.Session, api int) {
	g.Helper()
	require.NoError(g, g.ann.Via(reach(g.T, g.API(api))).AddMembers(g.Context(), g.id, s.User().ID))
}

func (g *growing) log() []client.Event {
	g.Helper()
	log, err := g.ann.AllEvents(g.Context(), g.id, 0)
	require.NoError(g, err)
	return log
}

// joined is the entry that brought somebody in.
func joined(log []client.Event, s *client.Session) int64 {
	at := slices.IndexFunc(log, func(e client.Event) bool { return e.Type == "member.added" && e.UserID == s.User().ID })
	return log[at].Seq
}

// inRoom waits until what is written goes to the room channel.
func (g *growing) inRoom(since time.Time) {
	time.Sleep(time.Until(since.Add(time.Duration(chat.RoomGrace)*time.Millisecond + time.Second)))
}

// Growing over the threshold in the middle of a lively talk: who is a member hears everything, live, once; who comes hears
// everything from their coming on; who goes hears nothing a second later, on no gateway, and reads nothing from after it.
func TestAGroupGrowsIntoItsRoom(t *testing.T) {
	t.Parallel()
	c := shared(t)
	before := calm(t, c)
	g := newGrowing(t, c, c.API(1), c.API(2))
	members := []*heard{g.at(g.ann, 1), g.at(g.bob, 2), g.at(g.bob, 3)}
	g.talk()
	began := time.Now()
	young := map[*client.Session]*heard{}
	var newcomers []*client.Session
	for i := range 12 {
		s := signUp(t, g.API(1+i%2), fmt.Sprint("new", i))
		newcomers = append(newcomers, s)
		if i%3 == 0 {
			young[s] = g.comes(s, i%3+1)
		}
		g.add(s, 1+i%2)
	}
	g.inRoom(began)
	gone, late := newcomers[1], signUp(t, g.Base(), "late")
	his := []*heard{g.at(gone, 1), g.at(gone, 2), g.at(gone, 3)}
	young[late] = g.comes(late, 2)
	g.add(late, 1)
	for _, h := range his {
		before, _ := h.last()
		eventually(t, patience, func() bool { now, _ := h.last(); return now > before }, "he hears while he is a member")
	}
	require.NoError(t, g.ann.RemoveMember(t.Context(), g.id, gone.User().ID))
	removed := time.Now()
	time.Sleep(1500 * time.Millisecond)
	g.stop()

	log := g.log()
	last := log[len(log)-1].Seq
	for _, h := range members {
		eventually(t, patience, func() bool { seq, _ := h.last(); return seq == last }, "everything")
	}
	time.Sleep(patrols) // a patrol comes by, and finds nothing to do
	once := slices.Equal(before, fromTheLog(t, c))
	t.Logf("nothing came by the log: %v", once)
	for _, h := range members {
		require.NoError(t, h.exactly(2, last, once))
	}
	for s, h := range young {
		require.GreaterOrEqual(t, h.since(), joined(log, s), "%s was told, and loaded the log", s.User().FullName)
		require.NoError(t, h.exactly(h.since()+1, last, once), s.User().FullName)
	}
	at := slices.IndexFunc(log, func(e client.Event) bool { return e.Type == "member.removed" })
	for _, h := range his {
		_, when := h.last()
		require.Less(t, when, removed.Add(time.Second), "what came last")
		require.NotEmpty(t, slices.DeleteFunc(slices.Clone(h.entries), func(f client.Frame) bool { return f.Seq != log[at].Seq }), "his going")
	}
	_, err := gone.History(t.Context(), g.id, 0, 50)
	require.Equal(t, 404, refusal(t, err).Status)
	_, err = gone.AllEvents(t.Context(), g.id, log[at].Seq)
	require.Equal(t, 404, refusal(t, err).Status)
}

// The same while Redis goes and comes, and nodes die, at the moment of the change: every device has the whole log in the end, each
// entry once, and all who were to hear it live have.
func TestAGroupGrowsWhileThingsDie(t *testing.T) {
	c := shared(t)
	g := newGrowing(t, c, c.Base(), c.Base())
	t.Cleanup(func() {
		if t.Failed() { // others use them
			report(t, c.Restart("redis", "api-1", "gateway-2"))
		}
	})
	ears := []*listener{listenAt(t, g.ann, c.Base(), c.Gateway(1)), listenAt(t, g.bob, c.Base(), c.Gateway(2)), listen(t, g.bob, c.Base())}
	g.talk()
	add := func(name string, gateway int) {
		s := signUp(t, c.Base(), name)
		ears = append(ears, listenAt(t, s, c.Base(), c.Gateway(gateway)))
		eventually(t, patience, func() bool {
			return g.ann.AddMembers(t.Context(), g.id, s.User().ID) == nil
		}, "%s is added", name)
	}
	report(t, c.Kill("redis"))
	began := time.Now()
	add("cid", 1)
	add("dot", 2) // over the threshold, while nobody can be told
	report(t, c.Kill("api-1"))
	report(t, c.Restart("redis"))
	g.inRoom(began)
	report(t, c.Kill("gateway-2"))
	add("eve", 3)
	report(t, c.Restart("gateway-2", "api-1"))
	report(t, c.Kill("redis"))
	add("fay", 1) // in its room, read from the log
	report(t, c.Restart("redis"))
	time.Sleep(time.Second)
	g.stop()
	log := g.log()
	for _, ear := range ears {
		eventually(t, patience, func() bool { return len(ear.Log(g.id)) == len(log) }, "the whole log at %s", ear.Node())
		require.Equal(t, seqs(log), seqs(ear.Log(g.id)))
	}
}
