package bench

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// meter tells how many seconds of processor time something has used.
type meter func() (float64, error)

// processes are Parley's own, added up, by what their operations ports tell.
func processes(addresses ...string) meter {
	return func() (float64, error) {
		u, err := used(addresses...)
		return u.cpu, err
	}
}

// redis is the Redis of a rig.
func (r *rig) redis(ctx context.Context) meter {
	return func() (float64, error) { return r.redisCPU(ctx) }
}

// clockTick is the unit of /proc's processor times: a hundredth of a second on every Linux.
const clockTick = 0.01

// process is any process of this host.
func process(pid int) meter {
	return func() (float64, error) {
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if err != nil {
			return 0, fmt.Errorf("usage: %w", err)
		}
		_, rest, _ := strings.Cut(string(stat), ") ") // behind the name, which may have spaces
		fields := strings.Fields(rest)
		const user, system = 11, 12
		if len(fields) <= system {
			return 0, fmt.Errorf("usage: %w", os.ErrInvalid)
		}
		var sum float64
		for _, i := range []int{user, system} {
			ticks, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				return 0, fmt.Errorf("usage: %w", err)
			}
			sum += ticks * clockTick
		}
		return sum, nil
	}
}

// meters are read together. What each uses a second when nothing is done is known, and taken off.
type meters struct {
	all  []meter
	rest []float64
}

// newMeters looks for the time of pause how much is used while nothing is done.
func newMeters(pause time.Duration, all ...meter) (*meters, error) {
	m := &meters{all: all, rest: make([]float64, len(all))}
	idle, took, err := m.during(func() error { time.Sleep(pause); return nil })
	for i, seconds := range idle {
		m.rest[i] = seconds / took.Seconds()
	}
	return m, err
}

// during tells what each has used for something, in seconds of processor time, and how long it took.
func (m *meters) during(do func() error) (net []float64, took time.Duration, err error) {
	before, err := m.read()
	if err != nil {
		return nil, 0, err
	}
	began := time.Now()
	if err := do(); err != nil {
		return nil, 0, err
	}
	took = time.Since(began)
	after, err := m.read()
	if err != nil {
		return nil, 0, err
	}
	net = make([]float64, len(m.all))
	for i := range net {
		net[i] = max(0, after[i]-before[i]-m.rest[i]*took.Seconds())
	}
	return net, took, nil
}

func (m *meters) read() ([]float64, error) {
	values := make([]float64, len(m.all))
	for i, read := range m.all {
		var err error
		if values[i], err = read(); err != nil {
			return nil, err
		}
	}
	return values, nil
}
