package storm

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"sync"
	"time"

	"github.com/parley-chat/parley/e2e/cluster"
)

// lookEvery is how often the gateways are asked for their sockets.
const lookEvery = 100 * time.Millisecond

// look is what a gateway tells of itself at a moment.
type look struct {
	at       time.Time
	sockets  int
	accepted int
	refused  int
}

// watch asks all gateways again and again.
type watch struct {
	addresses map[string]string
	http      http.Client
	end       context.CancelFunc
	running   sync.WaitGroup

	mu    sync.Mutex // guards looks
	looks map[string][]look
}

func watchGateways(ctx context.Context, c *cluster.Cluster) *watch {
	w := &watch{addresses: map[string]string{}, http: http.Client{Timeout: time.Second}, looks: map[string][]look{}}
	for i := range cluster.Gateways {
		w.addresses[fmt.Sprint("gateway-", i+1)] = c.GatewayOps(i + 1)
	}
	ctx, w.end = context.WithCancel(ctx)
	for name := range w.addresses {
		w.running.Go(func() {
			for ctx.Err() == nil {
				w.now(name)
				time.Sleep(lookEvery)
			}
		})
	}
	return w
}

func (w *watch) stop() {
	w.end()
	w.running.Wait()
}

var (
	socketsLine = regexp.MustCompile(`(?m)^parley_gateway_sockets (\S+)$`)
	connects    = regexp.MustCompile(`(?m)^parley_gateway_connects_total\{result="(\w+)"\} (\S+)$`)
)

// now asks one gateway; what can't be asked has nothing.
func (w *watch) now(name string) look {
	res, err := w.http.Get(w.addresses[name] + "/metrics")
	if err != nil {
		return look{}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return look{}
	}
	l := look{at: time.Now()}
	if m := socketsLine.FindSubmatch(body); m != nil {
		l.sockets = number(m[1])
	}
	for _, m := range connects.FindAllSubmatch(body, -1) {
		if string(m[1]) == "accepted" {
			l.accepted += number(m[2])
		} else {
			l.refused += number(m[2])
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.looks[name] = append(w.looks[name], l)
	return l
}

func number(text []byte) int {
	f, _ := strconv.ParseFloat(string(text), 64)
	return int(f)
}

// The admission of a gateway: so many at once, and a second; a look may be late by another fraction of it.
const (
	burst     = 1000
	perSecond = 500
	slack     = 0.3
)

// fill tells what the gateways that live have seen.
func (w *watch) fill(r *Result, most int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r.Limit = most
	for name, looks := range w.looks {
		if name == victim {
			continue
		}
		node := Node{Name: name}
		for i, l := range looks {
			node.MostSockets = max(node.MostSockets, l.sockets)
			node.Refused = l.refused
			for _, then := range looks[:i] {
				if passed := l.at.Sub(then.at); passed <= time.Second {
					node.MostASecond = max(node.MostASecond, l.accepted-then.accepted)
				}
			}
		}
		r.Nodes = append(r.Nodes, node)
		if node.MostSockets > most {
			r.Beyond = append(r.Beyond, fmt.Sprintf("%s had %d sockets, its limit is %d", name, node.MostSockets, most))
		}
		if float64(node.MostASecond) > burst+perSecond*(1+slack) {
			r.Beyond = append(r.Beyond, fmt.Sprintf("%s took %d sockets within a second, its limit is %d at once and %d a second", name, node.MostASecond, burst, perSecond))
		}
	}
}
