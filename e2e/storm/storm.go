// Package storm kills a gateway that holds thousands of sockets, and measures how long it takes until all of them are back on
// the others and have what they missed, while people go on writing.
package storm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/parley-chat/parley/e2e/cluster"
	"github.com/parley-chat/parley/loadtest/check"
	"github.com/parley-chat/parley/loadtest/client"
	"github.com/parley-chat/parley/loadtest/crowd"
)

// Options of a run.
type Options struct {
	// Sockets are how many the gateway holds.
	Sockets int
	// Rate is how many messages are sent a second, all the time.
	Rate float64
	// Within is how soon all have to be back and caught up.
	Within time.Duration
	// Progress is written to.
	Progress io.Writer
}

const (
	// devicesEach is how many sockets each person has.
	devicesEach = 5
	// before is how long people write before the gateway dies, after at least as long as others have to be back.
	before = 3 * time.Second
	// patience bounds whatever is waited for.
	patience = 2 * time.Minute
	// room is how many sockets each of the other gateways takes, for a whole: little more than its half.
	room = 0.6
	// victim is who dies.
	victim = "gateway-1"
)

// errShort says that the gateway was not filled.
var errShort = errors.New("the gateway does not hold all sockets")

var retry = client.Backoff{First: 100 * time.Millisecond, Max: 2 * time.Second}

// run is one run.
type run struct {
	Options
	name    string
	cluster *cluster.Cluster
	door    *client.Client
	people  []*client.Session
	couples []couple
	devices []*device
	watch   *watch

	mu     sync.Mutex // guards what follows
	sent   map[string]*check.Sent
	errors map[string]int
}

// couple is two people who write to each other.
type couple struct {
	id      string
	members [2]int
}

// Run makes a run.
func Run(ctx context.Context, o Options) (*Result, error) {
	dir, err := os.MkdirTemp("", "parley-storm-")
	if err != nil {
		return nil, fmt.Errorf("storm: %w", err)
	}
	defer os.RemoveAll(dir)
	r := &run{Options: o, name: crowd.NewRun(), sent: map[string]*check.Sent{}, errors: map[string]int{}}
	most := fmt.Sprint("PARLEY_MAX_SOCKETS=", int(float64(o.Sockets)*room))
	r.cluster, err = cluster.Start(dir, "PARLEY_MESSAGE_RATE=0", "PARLEY_MAX_SOCKETS_PER_ADDRESS=100000", "CLUSTER_ENV_GATEWAY_2="+most, "CLUSTER_ENV_GATEWAY_3="+most)
	if err != nil {
		return nil, fmt.Errorf("storm: %w", err)
	}
	defer r.cluster.Stop()
	result, err := r.make(ctx)
	if err != nil {
		return nil, errors.Join(err, errors.New(r.cluster.Logs(10)))
	}
	return result, nil
}

func (r *run) say(format string, args ...any) { fmt.Fprintf(r.Progress, format+"\n", args...) }

func (r *run) make(ctx context.Context) (*Result, error) {
	others := []string{"gateway-2", "gateway-3"}
	if err := r.meet(ctx); err != nil {
		return nil, err
	}
	// While it is the only one, all come to it.
	if err := r.cluster.Kill(others...); err != nil {
		return nil, err
	}
	r.say("opening %d sockets on %s", len(r.devices), victim)
	var devices []*client.Device
	for _, d := range r.devices {
		devices = append(devices, d.Device)
	}
	running, err := crowd.Start(ctx, devices, nil)
	if err != nil {
		return nil, err
	}
	defer running.Stop()
	if err := r.cluster.Restart(others...); err != nil {
		return nil, err
	}
	r.watch = watchGateways(ctx, r.cluster)
	defer r.watch.stop()
	if held := r.watch.now(victim).sockets; held < len(devices) {
		return nil, fmt.Errorf("%w: %d of %d", errShort, held, len(devices))
	}
	writing, stop := context.WithCancel(ctx)
	defer stop()
	wrote := r.write(writing, ctx)
	time.Sleep(before)
	r.say("kill -9 of %s", victim)
	for _, d := range r.devices {
		d.expect()
	}
	killed := time.Now()
	if err := r.cluster.Kill(victim); err != nil {
		return nil, err
	}
	result := &Result{Sockets: len(devices), Within: r.Within.Seconds()}
	result.times(r.devices, killed, patience)
	r.say("all are back")
	time.Sleep(before)
	stop()
	wrote()
	r.watch.stop()
	r.watch.fill(result, int(float64(r.Sockets)*room))
	return result, r.check(ctx, result)
}

// meet makes accounts, conversations and devices.
func (r *run) meet(ctx context.Context) (err error) {
	n := r.Sockets / devicesEach
	r.say("signing %d people up", n)
	if r.door, err = client.New(client.Options{Base: r.cluster.Base(), Timeout: 5 * time.Second}); err != nil {
		return err
	}
	if r.people, err = crowd.SignUp(ctx, r.door, r.name, n, crowd.DefaultConcurrency, nil); err != nil {
		return err
	}
	r.couples = make([]couple, n)
	opening, opened := errgroup.WithContext(ctx)
	opening.SetLimit(crowd.DefaultConcurrency)
	for i := range r.couples {
		opening.Go(func() error {
			r.couples[i].members = [2]int{i, (i + 1) % n}
			return client.Retry(opened, retry, nil, func(ctx context.Context) error {
				made, err := r.people[i].Direct(ctx, r.people[(i+1)%n].User().ID)
				r.couples[i].id = made.ID
				return err
			})
		})
	}
	for _, p := range r.people {
		for range devicesEach {
			r.devices = append(r.devices, newDevice(p, r.failed))
		}
	}
	return opening.Wait()
}

// write lets people write until writing ends; wrote waits until all have their acknowledgement.
func (r *run) write(writing, living context.Context) (wrote func()) {
	var all sync.WaitGroup
	began := time.Now()
	beat := time.Duration(float64(time.Second) / r.Rate)
	all.Go(func() {
		for i := 0; writing.Err() == nil; i++ {
			c := r.couples[rand.IntN(len(r.couples))]
			sender := r.people[c.members[i%2]]
			all.Go(func() { r.send(living, sender, c, fmt.Sprintf("%s-%d", r.name, i)) })
			time.Sleep(time.Until(began.Add(time.Duration(i+1) * beat)))
		}
	})
	return all.Wait
}

func (r *run) send(ctx context.Context, sender *client.Session, c couple, clientID string) {
	s := &check.Sent{ConversationID: c.id, SenderID: sender.User().ID, ClientID: clientID, Text: "This is message " + clientID + ".", Started: time.Now()}
	r.mu.Lock()
	r.sent[clientID] = s
	r.mu.Unlock()
	m, err := sender.Deliver(ctx, retry, c.id, client.NewMessage{ClientID: clientID, Text: s.Text}, r.failed)
	if err != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	s.Acknowledged, s.MessageID, s.Seq = time.Now(), m.ID, m.Seq
}

func (r *run) failed(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errors[client.Kind(err)]++
}

// check holds every device's logs against what was sent.
func (r *run) check(ctx context.Context, result *Result) error {
	r.say("reading %d logs", len(r.couples))
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	members, readers := map[string][]string{}, map[string]*client.Session{}
	var logs []check.Log
	for _, c := range r.couples {
		for _, m := range c.members {
			members[c.id] = append(members[c.id], r.people[m].User().ID)
			for _, d := range r.devices[m*devicesEach : (m+1)*devicesEach] {
				logs = append(logs, check.Log{Holder: d.user, ConversationID: c.id, Entries: check.Entries(d.Log(c.id))})
			}
		}
		readers[c.id] = r.people[c.members[0]]
	}
	server, err := check.ServerLogs(ctx, readers, retry, nil)
	if err != nil {
		return err
	}
	var sent []check.Sent
	for _, s := range r.sent {
		result.Acknowledged += map[bool]int{true: 1}[!s.Acknowledged.IsZero()]
		sent = append(sent, *s)
	}
	result.Sent, result.Errors = len(sent), r.errors
	result.Report = *check.Logs(members, sent, append(logs, server...))
	return nil
}
