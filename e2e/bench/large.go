package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"text/tabwriter"
	"time"

	"github.com/parley-chat/parley/e2e/cluster"
	"github.com/parley-chat/parley/loadtest/client"
	"github.com/parley-chat/parley/loadtest/crowd"
)

// LargeOptions of a run with one large group.
type LargeOptions struct {
	// Members is how many it has in the end, up to as many as a group may have; Sockets how many of them are there, each with one.
	Members, Sockets int
	// Repeat is how often each thing is done that can be done again.
	Repeat int
	// Progress is written to now and then.
	Progress io.Writer
}

// LargeFigure is what one thing took: Milliseconds until all of it was done, and the processor time of the API node, with SQLite in it, and of
// both gateways.
type LargeFigure struct {
	Name         string  `json:"name"`
	Times        int     `json:"times"`
	Milliseconds float64 `json:"milliseconds"`
	APIMillis    float64 `json:"apiMillis"`
	GatewayMs    float64 `json:"gatewayMillis"`
}

// LargeResult is what a run found.
type LargeResult struct {
	Date    string        `json:"date"`
	Go      string        `json:"go"`
	CPUs    int           `json:"cpus"`
	Members int           `json:"members"`
	Sockets int           `json:"sockets"`
	Figures []LargeFigure `json:"figures"`
}

// membersPage is how many members a page of them has; addedAtOnce how many one request adds, which is the most that it may.
const (
	membersPage = 50
	addedAtOnce = 100
)

// ErrLarge says what of a run's options can't be.
var ErrLarge = errors.New("a large group needs at least 1000 members, and at least as many as sockets and one who has none")

// large is one group of many people, on one API node and two gateways.
type large struct {
	LargeOptions
	cluster *cluster.Cluster
	client  *client.Client
	// owner has no socket; others are members in the order in which they are added, and the first of them have sockets.
	owner  *client.Session
	others []*client.Session
	group  string
	result *LargeResult
}

// Large makes a group of many people, and measures what is done in it.
func Large(ctx context.Context, o LargeOptions) (*LargeResult, error) {
	if o.Members < 10*addedAtOnce || o.Sockets >= o.Members || o.Sockets < 1 {
		return nil, ErrLarge
	}
	dir, err := os.MkdirTemp("", "parley-large-")
	if err != nil {
		return nil, fmt.Errorf("large group: %w", err)
	}
	defer os.RemoveAll(dir)
	defer cluster.RemoveBinaries()
	c, err := cluster.Start(dir, "CLUSTER_APIS=1", "CLUSTER_GATEWAYS=2", "PARLEY_MESSAGE_RATE=0", "PARLEY_MAX_SOCKETS_PER_ADDRESS=100000", "PARLEY_ACCEPT_RATE=100000")
	if err != nil {
		return nil, fmt.Errorf("large group: %w", err)
	}
	defer c.Stop()
	l := &large{LargeOptions: o, cluster: c, result: &LargeResult{
		Date: time.Now().UTC().Format(time.RFC3339), Go: runtime.Version(), CPUs: runtime.NumCPU(), Members: o.Members, Sockets: o.Sockets,
	}}
	if l.client, err = client.New(client.Options{Base: c.API(1), Timeout: time.Minute}); err != nil { // past nginx, whose cost is not ours
		return nil, fmt.Errorf("large group: %w", err)
	}
	defer l.client.Close()
	if err := l.measure(ctx); err != nil {
		return nil, errors.Join(err, errors.New(c.Logs(5)))
	}
	return l.result, nil
}

func (l *large) say(format string, args ...any) { fmt.Fprintf(l.Progress, format+"\n", args...) }

func (l *large) measure(ctx context.Context) error {
	l.say("signing %d people up", l.Members)
	people, err := crowd.SignUp(ctx, l.client, crowd.NewRun(), l.Members, crowd.DefaultConcurrency, nil)
	if err != nil {
		return fmt.Errorf("large group: %w", err)
	}
	l.owner, l.others = people[0], people[1:]
	for _, step := range []func(context.Context) error{l.fill, l.read, l.talk} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// figure measures something that is done n times.
func (l *large) figure(ctx context.Context, name string, n int, do func(ctx context.Context, i int) error) error {
	l.say("measuring %s", name)
	before, err := l.used()
	if err != nil {
		return err
	}
	began := time.Now()
	for i := range n {
		if err := do(ctx, i); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	took := time.Since(began)
	after, err := l.used()
	if err != nil {
		return err
	}
	each := func(seconds float64) float64 { return seconds * 1000 / float64(n) }
	l.result.Figures = append(l.result.Figures, LargeFigure{
		Name: name, Times: n, Milliseconds: each(took.Seconds()), APIMillis: each(after[0] - before[0]), GatewayMs: each(after[1] - before[1]),
	})
	return nil
}

// used is the processor time of the API node, and of both gateways, in seconds.
func (l *large) used() (cpu [2]float64, err error) {
	for i, addresses := range [2][]string{{l.cluster.APIOps(1)}, {l.cluster.GatewayOps(1), l.cluster.GatewayOps(2)}} {
		u, err := used(addresses...)
		if err != nil {
			return cpu, err
		}
		cpu[i] = u.cpu
	}
	return cpu, nil
}

// Write prints it as a table.
func (r *LargeResult) Write(out io.Writer) error {
	fmt.Fprintf(out, "%s, %s, %d CPUs, %d members, of whom %d have a socket\n\n", r.Date, r.Go, r.CPUs, r.Members, r.Sockets)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "figure\ttimes\tms until done\tAPI node, ms CPU\tgateways, ms CPU")
	for _, f := range r.Figures {
		fmt.Fprintf(w, "%s\t%d\t%.3g\t%.3g\t%.3g\n", f.Name, f.Times, f.Milliseconds, f.APIMillis, f.GatewayMs)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print the result: %w", err)
	}
	return nil
}
