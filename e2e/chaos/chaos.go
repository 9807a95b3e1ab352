// Package chaos lets people write to each other on a cluster whose parts die, hang and lose each other, by a plan that a
// seed repeats; then mends everything, and proves what became of each message, read position and presence.
package chaos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/parley-chat/parley/e2e/chaos/faults"
	"github.com/parley-chat/parley/e2e/clock"
	"github.com/parley-chat/parley/e2e/cluster"
	"github.com/parley-chat/parley/loadtest/client"
	"github.com/parley-chat/parley/loadtest/crowd"
	"github.com/parley-chat/parley/pkg/faultwire"
)

// Options of a run.
type Options struct {
	// Duration is how long people write, calm times included.
	Duration time.Duration
	// Seed repeats a plan: faults, who writes when to whom, whose device sleeps.
	Seed uint64
	// Faults is how many there are, evenly spread; a fault that takes longer than its share delays the next one.
	Faults int
	// Users is how many people there are; Rate is how many messages all of them together send a second.
	Users int
	Rate  float64
	// Only, if not nil, picks faults by name; Hold, if not 0, is how long each lasts.
	Only *regexp.Regexp
	Hold time.Duration
	// Steady devices neither drop nor sleep, and nobody joins or leaves.
	Steady bool
	// Calm is how long people write at the end while nothing happens, and everything has to be live.
	Calm time.Duration
	// Database is the servers' PARLEY_DATABASE_URL; "" for a file of the cluster's own.
	Database string
	// Server, if not empty and there is no Database, is the command of a MongoDB server of the run's own, which dies and hangs as
	// other processes do. A directory for its data and the address where it has to listen are added; it ends with its standard input.
	Server []string
	// Within is how many of 100 deliveries of messages sent during a fault have to come within two seconds to devices that keep
	// their socket, and Duplicates how many of 100 may come to devices twice; 0 for no such bound.
	Within, Duplicates float64
	// Clocks says that the cluster's servers were built for stepping clocks; see package clock. Then they are.
	Clocks bool
	// Settings go to the servers, "NAME=value" each.
	Settings []string
	// Progress is written to.
	Progress io.Writer
}

// The times of a run.
const (
	// warmUp is how long people write before the first fault.
	warmUp = 5 * time.Second
	// recovery is how long after the last fault it may take until nothing is out of the ordinary: gateways ask clients
	// to sync for up to ten seconds after Redis is back.
	recovery = 15 * time.Second
	// DefaultCalm is how long people then write while nothing happens.
	DefaultCalm = 10 * time.Second
	// settle bounds whatever is waited for when people have stopped writing.
	settle = 60 * time.Second
	// presenceWithin is how long presence may be wrong.
	presenceWithin = 30 * time.Second
	// longestHold is the longest that a fault lasts, unless Hold says otherwise.
	longestHold = 10 * time.Second
)

// minBroken is the least time that faults need.
const minBroken = 10 * time.Second

func (o Options) validate() error {
	switch least := warmUp + minBroken + recovery + o.Calm; {
	case o.Calm < time.Second:
		return fmt.Errorf("calm: %v is less than a second", o.Calm)
	case o.Duration < least:
		return fmt.Errorf("duration: %v is less than %v", o.Duration, least)
	case o.Faults < 1:
		return fmt.Errorf("faults: %d is not above 0", o.Faults)
	case o.Users < 4 || o.Users > 2000:
		return fmt.Errorf("users: %d is not between 4 and 2000", o.Users)
	case o.Rate <= 0:
		return fmt.Errorf("rate: %g is not above 0", o.Rate)
	default:
		return nil
	}
}

// run is one run.
type run struct {
	Options
	name    string
	cluster *cluster.Cluster
	wires   map[string]*faultwire.Wire
	clocks  map[string]*clock.Hand
	plan    []faults.Fault
	people  []*person
	// rooms are all conversations: couples of two people, and groups.
	rooms, couples, groups []*room
	book                   *book
	nodes                  *nodes
	server                 *process // the database's, if it is the run's own
	devices                sync.WaitGroup
	saying                 sync.Mutex // one line at a time
}

// errHarness says that a run could not be made, whatever the servers did.
var errHarness = errors.New("chaos could not be made")

// Run makes a run. An error says that it could not be made; what was wrong with the servers is in the result.
func Run(ctx context.Context, o Options) (_ *Result, err error) {
	if o.Calm == 0 {
		o.Calm = DefaultCalm
	}
	if err := o.validate(); err != nil {
		return nil, err
	}
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	dir, err := os.MkdirTemp("", "parley-chaos-")
	if err != nil {
		return nil, errors.Join(errHarness, err)
	}
	defer os.RemoveAll(dir)
	r := &run{Options: o, name: crowd.NewRun(), book: newBook()}
	if err := r.build(dir); err != nil {
		return nil, errors.Join(errHarness, err)
	}
	defer r.tearDown()
	result, err := r.make(ctx)
	if err != nil {
		return nil, errors.Join(errHarness, err, errors.New(r.cluster.Logs(20)))
	}
	return result, nil
}

// build lays the wires and starts the cluster with them.
func (r *run) build(dir string) (err error) {
	settings := append([]string{
		"PARLEY_MESSAGE_RATE=0", "PARLEY_PING_INTERVAL=2s", "PARLEY_PRESENCE_GRACE=1s", "PARLEY_MAX_SOCKETS_PER_ADDRESS=15000",
	}, r.Settings...)
	if err := r.ownServer(dir); err != nil {
		return err
	}
	if r.Database != "" {
		settings = append(settings, "PARLEY_DATABASE_URL="+r.Database)
	}
	r.wires, r.clocks = map[string]*faultwire.Wire{}, map[string]*clock.Hand{}
	doors := map[string][]string{}
	database, by := server(r.Database)
	for _, node := range []string{"api-1", "api-2", "gateway-1", "gateway-2", "gateway-3"} {
		toRedis, err := r.lay(node + " to redis")
		if err != nil {
			return err
		}
		fromNginx, err := r.lay("nginx to " + node)
		if err != nil {
			return err
		}
		own := "PARLEY_REDIS_URL=redis://" + toRedis.Addr() + "/0"
		if database != "" {
			toDatabase, err := r.lay(node + " to database")
			if err != nil {
				return err
			}
			toDatabase.LeadTo(database)
			own += " PARLEY_DATABASE_URL=" + by(toDatabase.Addr())
		}
		if r.Clocks {
			hand := filepath.Join(dir, "clock-"+node)
			if r.clocks[node], err = clock.NewHand(hand); err != nil {
				return err
			}
			own += " " + clock.Setting + "=" + hand
		}
		settings = append(settings, "CLUSTER_ENV_"+strings.ReplaceAll(strings.ToUpper(node), "-", "_")+"="+own)
		kind, _, _ := strings.Cut(node, "-")
		_, port, _ := strings.Cut(fromNginx.Addr(), ":")
		doors[kind] = append(doors[kind], port)
	}
	for kind, ports := range doors {
		settings = append(settings, "CLUSTER_"+strings.ToUpper(kind)+"_DOORS="+strings.Join(ports, " "))
	}
	for _, side := range sides {
		if _, err := r.lay(side + " to nginx"); err != nil {
			return err
		}
	}
	r.say("starting a cluster")
	r.cluster, err = cluster.StartThrough(dir, r.lead, settings...)
	return err
}

func (r *run) lay(name string) (*faultwire.Wire, error) {
	w, err := faultwire.New()
	if err == nil {
		r.wires[name] = w
	}
	return w, err
}

// lead connects the wires' ends, once it is known where everybody will listen.
func (r *run) lead(c *cluster.Cluster) {
	for name, w := range r.wires {
		if _, to, _ := strings.Cut(name, " to "); c.Listens(to) != "" {
			w.LeadTo(c.Listens(to))
		}
	}
}

func (r *run) tearDown() {
	if r.cluster != nil {
		r.cluster.Stop()
	}
	for _, w := range r.wires {
		_ = w.Close()
	}
	for _, hand := range r.clocks {
		_ = hand.Close()
	}
	if r.server != nil {
		r.server.kill()
	}
}

// make is the run itself.
func (r *run) make(ctx context.Context) (*Result, error) {
	if err := r.meet(ctx); err != nil {
		return nil, err
	}
	r.plan = faults.Plan(r.picked(), r.Seed, r.Faults)
	if len(r.plan) == 0 {
		return nil, fmt.Errorf("no fault has a name like %q", r.Only)
	}
	living, end := context.WithCancel(context.WithoutCancel(ctx))
	defer r.devices.Wait()
	defer end()
	if err := r.connect(ctx, living); err != nil {
		return nil, err
	}
	r.nodes = watchNodes(living, r.cluster)
	began := time.Now()
	writing, stop := context.WithDeadline(ctx, began.Add(r.Duration))
	defer stop()
	wait := r.write(writing, living)
	broken := r.breakThings(writing, began)
	// A fault that could not be mended leaves nothing to be checked.
	if err := <-broken; err != nil {
		stop()
		end()
		wait()
		return nil, err
	}
	wait()
	return r.conclude(context.WithoutCancel(ctx), time.Since(began))
}

func (r *run) picked() []faults.Fault {
	all := faults.Catalogue(faults.Target{Cluster: r.cluster, Wires: r.wires, Clocks: r.clocks})
	if r.Database == "" {
		all = append(all, hogs(r.cluster)...)
	}
	if r.server != nil {
		all = append(all, r.server.faults()...)
	}
	var picked []faults.Fault
	for _, f := range all {
		if r.Only == nil || r.Only.MatchString(f.String()) {
			picked = append(picked, f)
		}
	}
	return picked
}

func (r *run) say(format string, args ...any) {
	r.saying.Lock()
	defer r.saying.Unlock()
	fmt.Fprintf(r.Progress, format+"\n", args...)
}

// via is a client on one side of town.
func (r *run) via(side string) (*client.Client, error) {
	return client.New(client.Options{Base: "http://" + r.wires[side+" to nginx"].Addr(), Timeout: 5 * time.Second})
}
