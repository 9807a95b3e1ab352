package chaos

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/parley-chat/parley/e2e/cluster"
)

// nodes reads every node's metrics once a second: what was counted by those that died would be gone with them.
type nodes struct {
	addresses map[string]string // node → operations port
	redis     string
	http      http.Client

	mu     sync.Mutex // guards what follows
	last   map[string]sample
	totals sample
	before map[string]sample
	// most is the most sockets that a node was seen with.
	most float64
}

// sample is a node's metrics at a moment, those of one name added up.
type sample map[string]float64

// counted are the counters that are added up over all nodes, dead ones as well.
var counted = []string{
	"parley_gateway_tail_entries_total", "parley_gateway_patrol_found_total", "parley_gateway_bus_losses_total", "parley_gateway_resyncs_total",
}

// redisNode is the name under which Redis's own figures are kept.
const redisNode = "redis"

func watchNodes(ctx context.Context, c *cluster.Cluster) *nodes {
	n := &nodes{
		addresses: map[string]string{}, redis: c.Listens("redis"), http: http.Client{Timeout: 900 * time.Millisecond},
		last: map[string]sample{}, totals: sample{},
	}
	for i := range cluster.APIs {
		n.addresses[fmt.Sprint("api-", i+1)] = c.APIOps(i + 1)
	}
	for i := range cluster.Gateways {
		n.addresses[fmt.Sprint("gateway-", i+1)] = c.GatewayOps(i + 1)
	}
	go func() {
		for sleep(ctx, time.Second) {
			n.look(ctx)
		}
	}()
	return n
}

// look reads all nodes at the same time, because some may hang.
func (n *nodes) look(ctx context.Context) {
	var looking sync.WaitGroup
	for name, address := range n.addresses {
		looking.Go(func() {
			if s, err := n.read(ctx, address); err == nil {
				n.take(name, s)
			}
		})
	}
	looking.Wait()
}

func (n *nodes) read(ctx context.Context, address string) (sample, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	res, err := n.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	return parse(body), nil
}

// parse reads Prometheus's text format, and adds up what differs only in labels.
func parse(text []byte) sample {
	s := sample{}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		line := lines.Text()
		name, value, ok := cutLast(line)
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		name, _, _ = strings.Cut(name, "{")
		if v, err := strconv.ParseFloat(value, 64); err == nil {
			s[name] += v
		}
	}
	return s
}

func cutLast(line string) (before, after string, ok bool) {
	i := strings.LastIndexByte(line, ' ')
	if i < 0 {
		return "", "", false
	}
	return line[:i], line[i+1:], true
}

// take adds what was counted since the last look; a process that was started again counts from 0.
func (n *nodes) take(name string, now sample) {
	const born = "process_start_time_seconds"
	n.mu.Lock()
	defer n.mu.Unlock()
	before := n.last[name]
	if before[born] != now[born] {
		before = nil
	}
	for _, counter := range counted {
		n.totals[counter] += now[counter] - before[counter]
	}
	n.last[name] = now
	n.most = max(n.most, now["parley_gateway_sockets"])
}

// mark remembers how much everybody uses before anything breaks.
func (n *nodes) mark() {
	now := n.usage()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.before = now
}

func (n *nodes) usage() map[string]sample {
	ctx, stop := context.WithTimeout(context.Background(), 10*time.Second)
	defer stop()
	n.look(ctx)
	n.mu.Lock()
	defer n.mu.Unlock()
	all := map[string]sample{}
	for name, s := range n.last {
		all[name] = s
	}
	host, port, _ := strings.Cut(n.redis, ":")
	out, _ := exec.CommandContext(ctx, "redis-cli", "-h", host, "-p", port, "DBSIZE").Output()
	keys, _ := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
	all[redisNode] = sample{"keys": keys}
	return all
}

// limits are how much more a node may use after all that happened than before: half as much again, and what one node
// holds when it has the sockets of all three.
var limits = []struct {
	metric, unit  string
	factor, slack float64
	each          float64 // for each device
}{
	{"go_goroutines", "goroutines", 1.5, 60, 0},
	{"process_open_fds", "open files", 1.5, 60, 1},
	{"process_resident_memory_bytes", "bytes of memory", 1.5, 96 << 20, 16 << 10},
	{"keys", "keys", 1.5, 20, 2},
}

// grown tells what has grown beyond its limit.
func (n *nodes) grown(devices int) []string {
	now := n.usage()
	n.mu.Lock()
	defer n.mu.Unlock()
	var all []string
	for name, s := range now {
		for _, l := range limits {
			limit := n.before[name][l.metric]*l.factor + l.slack + l.each*float64(devices)
			if s[l.metric] > limit {
				all = append(all, fmt.Sprintf("%s: %.0f %s, %.0f before", name, s[l.metric], l.unit, n.before[name][l.metric]))
			}
		}
	}
	return all
}

// use describes the most that any node uses of everything, before and now.
func (n *nodes) use() []string {
	now := n.usage()
	n.mu.Lock()
	defer n.mu.Unlock()
	var all []string
	for _, l := range limits {
		var before, after float64
		for name := range now {
			before, after = max(before, n.before[name][l.metric]), max(after, now[name][l.metric])
		}
		all = append(all, fmt.Sprintf("%s %.0f → %.0f", l.unit, before, after))
	}
	return all
}

func (n *nodes) total(counter string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return int(n.totals[counter])
}
