package bench

import (
	"bytes"
	"context"
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

// measurements are all figures, with the goals that the project has set itself.
func (r *rig) measurements() []measurement {
	gateway, api := r.cluster.GatewayOps(1), r.cluster.APIOps(1)
	return []measurement{
		{"connect", "µs CPU", 100, false, r.connects(gateway, r.open), r.connects(r.Floor, r.openFloor)},
		{"idle socket: memory", "bytes", 5000, true, r.memory(gateway, r.open), r.memory(r.Floor, r.openFloor)},
		{"idle socket: a minute", "µs CPU", 25, true, r.idle(gateway), nil},
		{"fan-out, calm", "µs CPU a delivery", 11, false, r.fanOut(gateway, r.open, r.toParley, true), r.fanOut(r.Floor, r.openFloor, r.toFloor, true)},
		{"fan-out, saturated", "µs CPU a delivery", 3, false, r.fanOut(gateway, r.open, r.toParley, false), r.fanOut(r.Floor, r.openFloor, r.toFloor, false)},
		{"send, persisted (SQLite in the process)", "µs API CPU", 150, false, r.requests(api, r.send), nil},
		{"history, last page of 50", "µs API CPU", 0, false, r.requests(api, r.history), nil},
		{"sync, nothing new", "µs API CPU", 0, false, r.requests(api, r.sync), nil},
	}
}

// cost is what a process used for something, by the thing.
func (r *rig) cost(address string, do func() (things int64, err error)) (float64, error) {
	before, err := used(address)
	if err != nil {
		return 0, err
	}
	profiled := r.profile(address)
	n, err := do()
	profiled()
	if err != nil {
		return 0, err
	}
	after, err := used(address)
	return (after.cpu - before.cpu) * micro / float64(n), err
}

type opener func(context.Context) (*sockets, error)

// connects opens all sockets as fast as it can.
func (r *rig) connects(address string, open opener) func(context.Context) (float64, error) {
	return func(ctx context.Context) (float64, error) {
		var s *sockets
		v, err := r.cost(address, func() (n int64, err error) {
			s, err = open(ctx)
			return int64(r.Sockets), err
		})
		if s != nil {
			s.close()
		}
		return v, err
	}
}

// memory is by how much a process grows. A process that had as many before has kept their memory, so what it has in all is
// compared with what it had when it was new.
func (r *rig) memory(address string, open opener) func(context.Context) (float64, error) {
	fresh, freshErr := used(address)
	return func(ctx context.Context) (float64, error) {
		s, err := open(ctx)
		if err != nil {
			return 0, err
		}
		defer s.close()
		time.Sleep(r.Duration)
		now, err := used(address)
		if err == nil {
			err = freshErr
		}
		return (now.memory - fresh.memory) / float64(r.Sockets), err
	}
}

// idle holds sockets that only answer heartbeats, and takes off what the gateway uses without them.
func (r *rig) idle(address string) func(context.Context) (float64, error) {
	return func(ctx context.Context) (float64, error) {
		empty, err := r.cost(address, func() (int64, error) { time.Sleep(r.Idle); return 1, nil })
		if err != nil {
			return 0, err
		}
		s, err := r.open(ctx)
		if err != nil {
			return 0, err
		}
		defer s.close()
		time.Sleep(r.Duration) // what connecting leaves to do
		full, err := r.cost(address, func() (int64, error) { time.Sleep(r.Idle); return 1, nil })
		return (full - empty) / float64(r.Sockets) / r.Idle.Minutes(), err
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

// fanOut sends to all sockets: calmly, one message at a time at a rate; or saturated, the next ones as soon as all have come.
func (r *rig) fanOut(address string, open opener, publish func(n int) error, calmly bool) func(context.Context) (float64, error) {
	return func(ctx context.Context) (float64, error) {
		s, err := open(ctx)
		if err != nil {
			return 0, err
		}
		defer s.close()
		time.Sleep(time.Second) // what connecting leaves to do
		return r.cost(address, func() (int64, error) {
			var n int64
			for began := time.Now(); time.Since(began) < r.Duration; {
				at := burst
				if calmly {
					at = 1
				}
				if err := publish(at); err != nil {
					return n, err
				}
				n += int64(at * r.Sockets)
				if err := s.await(n); err != nil {
					return n, err
				}
				if calmly {
					time.Sleep(time.Until(began.Add(time.Duration(n) / time.Duration(r.Sockets) * time.Second / calm)))
				}
			}
			return n, nil
		})
	}
}

// requests has all writers ask one thing after the other.
func (r *rig) requests(address string, ask func(ctx context.Context, p pair, n int) error) func(context.Context) (float64, error) {
	return func(ctx context.Context) (float64, error) {
		return r.cost(address, func() (int64, error) {
			var done atomic.Int64
			r.sent++
			run := r.sent
			group, ctx := errgroup.WithContext(ctx)
			for i, p := range r.pairs {
				group.Go(func() error {
					for began := time.Now(); time.Since(began) < r.Duration; {
						if err := ask(ctx, p, int(done.Add(1))*len(r.pairs)*run+i); err != nil {
							return err
						}
					}
					return nil
				})
			}
			err := group.Wait()
			return done.Load(), err
		})
	}
}

func (r *rig) send(ctx context.Context, p pair, n int) error {
	id := fmt.Sprintf("%d-%d", r.sent, n)
	_, _, err := p.Send(ctx, p.conversation, client.NewMessage{ClientID: id, Text: fmt.Sprintf("%-*s.", payloadBytes-1, id)})
	return err //nolint:wrapcheck // named by the caller
}

func (r *rig) history(ctx context.Context, p pair, _ int) error {
	_, err := p.History(ctx, p.conversation, 0, historyPage)
	return err //nolint:wrapcheck // named by the caller
}

// sync tells a seq that is above all that there are, as a client does that has everything.
func (r *rig) sync(ctx context.Context, p pair, _ int) error {
	_, err := p.Sync(ctx, map[string]int64{p.conversation: 1 << 40})
	return err //nolint:wrapcheck // named by the caller
}
