package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// deliveriesCalm is how many deliveries a second are made in all when it is calm, whatever the number of sockets.
	deliveriesCalm = 10_000
	// spreadOver is over how many gateways many sockets are spread; one more is there to take those of the one that is drained.
	spreadOver = 5
	// drainTime is how long that may take.
	drainTime = time.Minute
	// settle is how long starting, connecting and talking is given to leave nothing to do.
	settle = 2 * time.Second
)

// prepareSockets has people with so many sockets, in groups with room channels, and client processes for them.
func prepareSockets(ctx context.Context, r *rig, sockets int) (err error) {
	if r.owners, err = r.signUp(ctx, len(socketsOf(sockets))); err != nil {
		return err
	}
	if err := r.seat(ctx, r.owners); err != nil {
		return err
	}
	return r.hold(sockets)
}

// socketTable is of the sockets of one gateway, which is started anew for each row.
func (o GrowthOptions) socketTable() growing {
	return growing{
		GrowthTable: GrowthTable{Name: "sockets", Size: "sockets on one gateway", Columns: []string{
			"connect, µs CPU", "an idle minute, µs CPU", "memory, bytes a socket", "fan-out calm, µs CPU a delivery", "fan-out saturated, µs CPU a delivery",
			"memory afterwards, bytes a socket",
		}},
		sizes: o.Sockets,
		rig: func(ctx context.Context) (*rig, error) {
			return o.newRig(ctx, 1, 1, func(r *rig) error { return prepareSockets(ctx, r, slices.Max(o.Sockets)) })
		},
		row: socketRow,
	}
}

func socketRow(_ context.Context, r *rig, size int) ([]float64, error) {
	if err := r.cluster.Restart("gateway-1"); err != nil {
		return nil, err //nolint:wrapcheck // says what it is
	}
	ops := []string{r.cluster.GatewayOps(1)}
	time.Sleep(settle)
	fresh, err := used(ops...)
	if err != nil {
		return nil, err
	}
	gateway, err := newMeters(r.Duration, processes(ops...))
	if err != nil {
		return nil, err
	}
	r.Sockets = size
	connects, _, err := gateway.during(r.open)
	if err != nil {
		return nil, err
	}
	time.Sleep(settle)
	idle, _, err := gateway.during(func() error { time.Sleep(r.Idle); return nil })
	if err != nil {
		return nil, err
	}
	values := []float64{connects[0] * micro / float64(size), idle[0] * micro / float64(size) / r.Idle.Minutes()}
	memory := func() error { // of what idles, and again of what has just had much to do
		now, err := used(ops...)
		values = append(values, (now.memory-fresh.memory)/float64(size))
		return err
	}
	if err := memory(); err != nil {
		return nil, err
	}
	for _, calmly := range []bool{true, false} {
		v, err := r.deliver(ops, r.toParley, calmly, deliveriesCalm/float64(size))
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, errors.Join(memory(), r.holders.close())
}

// spreadTable is of sockets on five gateways, of which one is drained in the end.
func (o GrowthOptions) spreadTable() growing {
	return growing{
		GrowthTable: GrowthTable{Name: "spread", Size: fmt.Sprintf("sockets on %d gateways", spreadOver), Columns: []string{
			"connect, µs CPU", "an idle minute, µs CPU", "heartbeats answered, a socket and minute", "ended while idle",
			"memory, bytes a socket", "memory of all gateways, MB", "what they share counted once, MB", "one message: ms until all have it", "sockets without it", "one gateway drained: sockets that moved", "in s", "µs CPU a socket that moved",
			"ended by it", "one more message: sockets without it",
		}},
		sizes: o.Spread,
		rig: func(ctx context.Context) (*rig, error) {
			return o.newRig(ctx, 1, spreadOver+1, func(r *rig) error { return prepareSockets(ctx, r, slices.Max(o.Spread)) }, "PARLEY_DRAIN_TIMEOUT="+drainTime.String())
		},
		row: spreadRow,
	}
}

func spreadRow(_ context.Context, r *rig, size int) (values []float64, err error) {
	var gateways, ops []string
	for i := range spreadOver {
		gateways, ops = append(gateways, r.cluster.Gateway(i+1)), append(ops, r.cluster.GatewayOps(i+1))
		if err := r.cluster.Restart(fmt.Sprint("gateway-", i+1)); err != nil {
			return nil, err //nolint:wrapcheck // says what it is
		}
	}
	time.Sleep(settle)
	fresh, err := used(ops...)
	if err != nil {
		return nil, err
	}
	all, err := newMeters(r.Duration, processes(ops...))
	if err != nil {
		return nil, err
	}
	targets := r.targets(size, gateways...)
	for i := range targets {
		// An address has 28,000 ports: each client process comes from one of its own.
		targets[i].From = fmt.Sprintf("127.0.1.%d", 1+i*len(r.holders.clients)/len(targets))
	}
	r.Sockets = size
	connects, _, err := all.during(func() error { return r.holders.open(targets) })
	if err != nil {
		return nil, err
	}
	time.Sleep(settle)
	values = []float64{connects[0] * micro / float64(size)}
	for _, step := range []func() ([]float64, error){
		func() ([]float64, error) { return r.idleSpread(all) },
		func() ([]float64, error) {
			const megabyte = 1e6
			now, err := used(ops...)
			if err != nil {
				return nil, err
			}
			proportional, err := r.proportional(spreadOver)
			return []float64{(now.memory - fresh.memory) / float64(size), now.memory / megabyte, proportional / megabyte}, err
		},
		r.tellAll,
		func() ([]float64, error) { return r.drainLast(size / spreadOver) },
		func() ([]float64, error) {
			told, err := r.tellAll()
			return told[1:], err
		},
	} {
		some, err := step()
		if err != nil {
			return nil, errors.Join(err, r.holders.close())
		}
		values = append(values, some...)
	}
	return values, r.holders.close()
}

// proportional is what the first gateways hold of the machine's memory, in bytes: what several processes share, as their program,
// is in the resident memory of each, and here in equal parts.
func (r *rig) proportional(gateways int) (sum float64, err error) {
	for i := range gateways {
		pid, err := r.cluster.PID(fmt.Sprint("gateway-", i+1))
		if err != nil {
			return 0, err //nolint:wrapcheck // says what it is
		}
		rollup, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/smaps_rollup")
		if err != nil {
			return 0, fmt.Errorf("proportional memory: %w", err)
		}
		_, after, _ := strings.Cut(string(rollup), "\nPss:")
		var kilobytes float64
		if _, err := fmt.Sscan(after, &kilobytes); err != nil {
			return 0, fmt.Errorf("proportional memory: %w", err)
		}
		sum += kilobytes * 1024
	}
	return sum, nil
}

// idleSpread is what an idle minute costs a socket, how many heartbeats it has answered in one, and how many have ended.
func (r *rig) idleSpread(all *meters) ([]float64, error) {
	before, err := r.holders.count()
	if err != nil {
		return nil, err
	}
	idle, took, err := all.during(func() error { time.Sleep(r.Idle); return nil })
	if err != nil {
		return nil, err
	}
	after, err := r.holders.count()
	perMinute := float64(r.Sockets) * took.Minutes()
	return []float64{idle[0] * micro / perMinute, float64(after.Beats-before.Beats) / perMinute, float64(after.Ended)}, err
}

// tellAll sends a message to every socket: how many milliseconds it took until all had it, and how many never got it.
func (r *rig) tellAll() ([]float64, error) {
	if err := r.holders.each("Holder.Listen", Nothing{}); err != nil {
		return []float64{0, 0}, err
	}
	began := time.Now()
	r.publish(1)
	for {
		c, err := r.holders.count()
		if took := time.Since(began); err != nil || c.Silent == 0 || took > time.Minute {
			return []float64{took.Seconds() * 1000, float64(c.Silent)}, err
		}
		time.Sleep(time.Millisecond)
	}
}

// drainLast drains the last of the gateways with sockets, which go to the one that has none: how many did, in how many seconds, by
// how much processor time of both, and how many ended without.
func (r *rig) drainLast(sockets int) ([]float64, error) {
	if err := r.holders.each("Holder.Yield", r.cluster.Gateway(spreadOver+1)); err != nil {
		return nil, err
	}
	both, err := newMeters(r.Duration, processes(r.cluster.GatewayOps(spreadOver), r.cluster.GatewayOps(spreadOver+1)))
	if err != nil {
		return nil, err
	}
	before, err := r.holders.count()
	if err != nil {
		return nil, err
	}
	var after Counts
	spent, took, err := both.during(func() error {
		res, err := http.Post(r.cluster.GatewayOps(spreadOver)+"/drain", "", http.NoBody)
		if err != nil {
			return fmt.Errorf("drain: %w", err)
		}
		for began := time.Now(); err == nil && int(after.Moved) < sockets && time.Since(began) < 2*drainTime; time.Sleep(10 * time.Millisecond) {
			after, err = r.holders.count()
		}
		return errors.Join(err, res.Body.Close())
	})
	if err != nil {
		return nil, err
	}
	return []float64{float64(after.Moved), took.Seconds(), spent[0] * micro / float64(max(1, after.Moved)), float64(after.Ended - before.Ended)}, nil
}
