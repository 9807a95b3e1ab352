// Package faults knows all that can be done to a cluster, and draws from it an order that a seed repeats.
package faults

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/parley-chat/parley/e2e/clock"
	"github.com/parley-chat/parley/e2e/cluster"
	"github.com/parley-chat/parley/pkg/faultwire"
)

// Fault is something that breaks, and how it is mended.
type Fault struct {
	Kind, Name string
	// Begin breaks, End mends; either may be nil. Begin may take long: a rolling restart is one.
	Begin, End func() error
}

func (f Fault) String() string { return f.Kind + ": " + f.Name }

// Target is what is broken.
type Target struct {
	Cluster *cluster.Cluster
	// Wires lead from somebody to somebody: "api-1 to redis", "nginx to gateway-2", "west to nginx".
	Wires map[string]*faultwire.Wire
	// Clocks are those of nodes that were built for it; there may be none.
	Clocks map[string]*clock.Hand
}

// The processes that die.
var (
	apis      = []string{"api-1", "api-2"}
	gateways  = []string{"gateway-1", "gateway-2", "gateway-3"}
	processes = slices.Concat(apis, gateways, []string{"redis", "nginx"})
)

// Catalogue is every fault there is.
func Catalogue(t Target) []Fault {
	var all []Fault
	for _, names := range slices.Concat(alone(), pairs()) {
		suffix := ""
		if len(names) > 1 {
			suffix = " two"
		}
		all = append(all,
			Fault{"kill" + suffix, strings.Join(names, " and "), func() error { return t.Cluster.Kill(names...) }, func() error { return t.Cluster.Restart(names...) }},
			Fault{"freeze" + suffix, strings.Join(names, " and "), each(names, t.Cluster.Freeze), each(names, t.Cluster.Thaw)})
	}
	all = append(all, t.redis()...)
	all = append(all, t.network()...)
	all = append(all, t.clocks()...)
	return append(all,
		Fault{"rolling restart", "gateways", each(gateways, t.restart), nil},
		Fault{"rolling restart", "API nodes", each(apis, t.restart), nil},
		Fault{"rolling restart", "everything", each(slices.Concat(gateways, apis, []string{"nginx", "redis"}), t.restart), nil})
}

func (t Target) restart(name string) error { return t.Cluster.Restart(name) }

func alone() [][]string {
	var all [][]string
	for _, p := range processes {
		all = append(all, []string{p})
	}
	return all
}

func pairs() [][]string {
	var all [][]string
	for i, a := range processes {
		for _, b := range processes[i+1:] {
			all = append(all, []string{a, b})
		}
	}
	return all
}

func each(names []string, do func(string) error) func() error {
	return func() error {
		var errs []error
		for _, name := range names {
			errs = append(errs, do(name))
		}
		return errors.Join(errs...)
	}
}

// redis is what an operator, or a lack of memory, does to it.
func (t Target) redis() []Fault {
	command := func(lines ...string) func() error {
		return func() error { return t.redisCLI(lines...) }
	}
	return []Fault{
		{"redis", "forgets all", command("FLUSHALL"), nil},
		{"redis", "drops subscribers", command("CLIENT KILL TYPE pubsub"), nil},
		{"redis", "drops everybody", command("CLIENT KILL TYPE pubsub", "CLIENT KILL TYPE normal"), nil},
		{
			"redis", "refuses writes", command("CONFIG SET maxmemory-policy noeviction", "CONFIG SET maxmemory 1"),
			command("CONFIG SET maxmemory 256mb", "CONFIG SET maxmemory-policy allkeys-lru"),
		},
		{"redis", "restarts empty", each([]string{"redis"}, t.restart), nil},
	}
}

// redisCLI runs commands, one after the other.
func (t Target) redisCLI(lines ...string) error {
	host, port, err := net.SplitHostPort(t.Cluster.Listens("redis"))
	if err != nil {
		return fmt.Errorf("address of Redis: %w", err)
	}
	for _, line := range lines {
		ctx, stop := context.WithTimeout(context.Background(), 10*time.Second)
		out, err := exec.CommandContext(ctx, "redis-cli", append([]string{"-h", host, "-p", port}, strings.Fields(line)...)...).CombinedOutput()
		stop()
		if err != nil || strings.HasPrefix(string(out), "ERR") {
			return fmt.Errorf("redis-cli %s: %w %s", line, err, out)
		}
	}
	return nil
}

// network is what happens between processes: on each wire alone, and on all that lead to Redis, or to the database.
func (t Target) network() []Fault {
	states := []struct {
		kind, name string
		state      faultwire.State
	}{
		{"cut", "cut", faultwire.State{Cut: true}},
		{"cut", "silent", faultwire.State{Silent: true}},
		{"slow", "200 ms", faultwire.State{Delay: 200 * time.Millisecond}},
		{"slow", "16 KiB a second", faultwire.State{BytesPerSecond: 16 << 10}},
	}
	groups := map[string][]*faultwire.Wire{}
	for name, w := range t.Wires {
		groups[name] = []*faultwire.Wire{w}
		if _, to, _ := strings.Cut(name, " to "); to == "redis" || to == "database" {
			groups["all to "+to] = append(groups["all to "+to], w)
		}
	}
	var all []Fault
	for name, wires := range groups {
		set := func(s faultwire.State) func() error {
			return func() error {
				for _, w := range wires {
					w.Set(s)
				}
				return nil
			}
		}
		for _, s := range states {
			all = append(all, Fault{s.kind, name + ", " + s.name, set(s.state), set(faultwire.State{})})
		}
	}
	slices.SortFunc(all, func(a, b Fault) int { return cmp.Compare(a.String(), b.String()) })
	return all
}

// clocks step: a little, as a time server does it, and far, as after a machine's sleep. They step back at the end.
func (t Target) clocks() []Fault {
	var all []Fault
	for _, name := range slices.Sorted(maps.Keys(t.Clocks)) {
		for _, off := range []time.Duration{-5 * time.Minute, -2 * time.Second, 2 * time.Second, 5 * time.Minute} {
			set := func(off time.Duration) func() error { return func() error { return t.Clocks[name].Set(off) } }
			all = append(all, Fault{"clock", fmt.Sprintf("%s, off by %v", name, off), set(off), set(0)})
		}
	}
	return all
}

// Plan draws n faults: a kind after the other, and of each kind every fault once before any comes again.
func Plan(all []Fault, seed uint64, n int) []Fault {
	random := rand.New(rand.NewPCG(seed, 1))
	decks := map[string][]Fault{}
	var kinds []string
	for _, f := range all {
		if !slices.Contains(kinds, f.Kind) {
			kinds = append(kinds, f.Kind)
		}
		decks[f.Kind] = append(decks[f.Kind], f)
	}
	for _, kind := range kinds {
		random.Shuffle(len(decks[kind]), func(i, j int) { decks[kind][i], decks[kind][j] = decks[kind][j], decks[kind][i] })
	}
	var plan []Fault
	for round := 0; len(plan) < n && len(kinds) > 0; round++ {
		random.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
		for _, kind := range kinds {
			plan = append(plan, decks[kind][round%len(decks[kind])])
		}
	}
	return plan[:min(n, len(plan))]
}
