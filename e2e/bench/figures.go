package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/parley-chat/parley/loadtest/client"
)

const (
	micro = 1e6
	// calm is how often a second a message goes to all when it is calm; burst is how many go at once when it isn't.
	calm  = 20
	burst = 64
	// historyPage is how many messages one read of history asks for.
	historyPage = 50
)

// The units of figures.
const (
	gatewayCPU  = "µs gateway CPU"
	deliveryCPU = "µs gateway CPU a delivery"
	apiCPU      = "µs API CPU"
	redisCPU    = "µs Redis CPU a publish"
	millis      = "ms"
)

// measurements are all figures, with the goals that the project has set itself.
func (r *rig) measurements() []measurement {
	gateway, api := []string{r.cluster.GatewayOps(1)}, []string{r.cluster.APIOps(1)}
	both, floor := []string{r.cluster.GatewayOps(1), r.cluster.GatewayOps(2)}, []string{r.Floor}
	one := func(name, unit string, goal float64) []Figure { return []Figure{{Name: name, Unit: unit, Goal: goal}} }
	return []measurement{
		{one("connect", gatewayCPU, 100), false, r.connects(gateway, r.open), r.connects(floor, r.openFloor)},
		{one("idle socket: memory", "bytes", 5000), true, r.memory(gateway, r.open), r.memory(floor, r.openFloor)},
		{one("idle socket: a minute", gatewayCPU, 25), true, r.idle(gateway), nil},
		{one("fan-out, calm", deliveryCPU, 11), false, r.fanOut(gateway, r.open, r.toParley, true), r.fanOut(floor, r.openFloor, r.toFloor, true)},
		{one("fan-out, saturated", deliveryCPU, 3), false, r.fanOut(gateway, r.open, r.toParley, false), r.fanOut(floor, r.openFloor, r.toFloor, false)},
		{r.pairFigures("pairs, calm", 65, 50, 3), false, r.converse(gateway, []int{1}, pairRate), nil},
		{r.pairFigures("pairs, saturated", 20, 10, 0), false, r.converse(gateway, []int{1}, 0), nil},
		{r.pairFigures("pairs over two gateways, calm", 65, 50, 3), false, r.converse(both, []int{1, 2}, pairRate), nil},
		{r.pairFigures("pairs over two gateways, saturated", 20, 10, 0), false, r.converse(both, []int{1, 2}, 0), nil},
		{stormFigures(r.Storm), false, r.storm(both), nil},
		{hotFigures(), false, r.hot([]string{r.cluster.APIOps(1), r.cluster.APIOps(2)}), nil},
		{one("send, persisted (SQLite in the process)", apiCPU, 0), false, requests(r, api, r.pairs, r.send), nil},
		{one("send, persisted (FerretDB in its own)", apiCPU, 150), false, r.sendToStore, nil},
		{one("history, last page of 50", apiCPU, 0), false, requests(r, api, r.pairs, r.history), nil},
		{one("sync, nothing new", apiCPU, 0), false, r.syncs(api), nil},
	}
}

// connects opens all sockets as fast as it can.
func (r *rig) connects(addresses []string, open func() error) measure {
	return func(context.Context) ([]float64, error) {
		v, err := r.cost(addresses, func() (int64, error) { return int64(r.Sockets), open() })
		return []float64{v}, errors.Join(err, r.holders.close())
	}
}

// memory is by how much a process grows. A process that had as many before has kept their memory, so what it has in all is
// compared with what it had when it was new.
func (r *rig) memory(addresses []string, open func() error) measure {
	fresh, freshErr := used(addresses...)
	return func(context.Context) ([]float64, error) {
		if err := open(); err != nil {
			return nil, err
		}
		time.Sleep(r.Idle) // idle is what sockets are after a while, not right after all have connected at once
		now, err := used(addresses...)
		return []float64{(now.memory - fresh.memory) / float64(r.Sockets)}, errors.Join(freshErr, err, r.holders.close())
	}
}

// idle holds sockets that only answer heartbeats, and takes off what the gateway uses without them.
func (r *rig) idle(addresses []string) measure {
	rest := func() (int64, error) { time.Sleep(r.Idle); return 1, nil }
	return func(context.Context) ([]float64, error) {
		empty, err := r.cost(addresses, rest)
		if err != nil {
			return nil, err
		}
		if err := r.open(); err != nil {
			return nil, err
		}
		time.Sleep(r.Duration) // what connecting leaves to do
		full, err := r.cost(addresses, rest)
		return []float64{(full - empty) / float64(r.Sockets) / r.Idle.Minutes()}, errors.Join(err, r.holders.close())
	}
}

// toParley and toFloor send n messages to all sockets.
func (r *rig) toParley(n int) error {
	r.publish(n)
	return nil
}

func (r *rig) toFloor(n int) error {
	res, err := http.Post(r.Floor+"/publish?n="+strconv.Itoa(n), "", bytes.NewReader(frame()))
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	return res.Body.Close()
}

// fanOut opens sockets and sends to all of them.
func (r *rig) fanOut(addresses []string, open func() error, publish func(n int) error, calmly bool) measure {
	return func(context.Context) ([]float64, error) {
		if err := open(); err != nil {
			return nil, err
		}
		time.Sleep(time.Second) // what connecting leaves to do
		v, err := r.deliver(addresses, publish, calmly, calm)
		return []float64{v}, errors.Join(err, r.holders.close())
	}
}

// deliver sends to all sockets that are open: calmly, one message at a time, so many a second; or saturated, the next ones as soon as
// all have come.
func (r *rig) deliver(addresses []string, publish func(n int) error, calmly bool, rate float64) (float64, error) {
	at := burst
	if calmly {
		at = 1
	}
	before, err := r.holders.heard()
	if err != nil {
		return 0, err
	}
	return r.cost(addresses, func() (int64, error) {
		sent := 0
		for began := time.Now(); time.Since(began) < r.Duration; {
			if err := publish(at); err != nil {
				return 0, err
			}
			sent += at
			if err := r.holders.await(before + int64(sent*r.Sockets)); err != nil {
				return 0, err
			}
			if calmly {
				time.Sleep(time.Until(began.Add(time.Duration(float64(sent) / rate * float64(time.Second)))))
			}
		}
		return int64(sent * r.Sockets), nil
	})
}

// requests has all writers ask one thing after the other.
func requests(r *rig, addresses []string, pairs []pair, ask func(ctx context.Context, p pair, n int) error) measure {
	return func(ctx context.Context) ([]float64, error) {
		// What a process does anyway counts much where the database lets it do little else.
		rest, err := r.cost(addresses, func() (int64, error) { time.Sleep(r.Duration); return 1, nil })
		if err != nil {
			return nil, err
		}
		var done atomic.Int64
		v, err := r.cost(addresses, func() (int64, error) {
			done.Store(0)
			r.sent++
			run := r.sent
			group, ctx := errgroup.WithContext(ctx)
			for i, p := range pairs {
				group.Go(func() error {
					for began := time.Now(); time.Since(began) < r.Duration; {
						if err := ask(ctx, p, int(done.Add(1))*len(pairs)*run+i); err != nil {
							return err
						}
					}
					return nil
				})
			}
			err := group.Wait()
			return done.Load(), err
		})
		return []float64{v - rest/float64(max(1, done.Load()))}, err
	}
}

func (r *rig) send(ctx context.Context, p pair, n int) error {
	id := fmt.Sprintf("%d-%d", r.sent, n)
	_, _, err := p.Send(ctx, p.conversation, client.NewMessage{ClientID: id, Text: textOf(id)})
	return err //nolint:wrapcheck // named by the caller
}

// textOf is a text of payloadBytes that begins with id.
func textOf(id string) string { return fmt.Sprintf("%-*s.", payloadBytes-1, id) }

func (r *rig) history(ctx context.Context, p pair, _ int) error {
	_, err := p.History(ctx, p.conversation, 0, historyPage)
	return err //nolint:wrapcheck // named by the caller
}

// syncs has the writers sync who have everything.
func (r *rig) syncs(addresses []string) measure {
	return func(ctx context.Context) ([]float64, error) {
		heads := make(map[string]int64, len(r.pairs))
		for _, p := range r.pairs {
			c, err := p.Conversation(ctx, p.conversation)
			if err != nil {
				return nil, fmt.Errorf("heads: %w", err)
			}
			heads[p.conversation] = c.LastSeq
		}
		return requests(r, addresses, r.pairs, func(ctx context.Context, p pair, _ int) error {
			_, err := p.Sync(ctx, map[string]int64{p.conversation: heads[p.conversation]})
			return err //nolint:wrapcheck // named by the caller
		})(ctx)
	}
}
