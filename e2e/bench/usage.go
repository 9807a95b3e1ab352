package bench

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// usage is what a process has used: seconds of CPU, bytes of memory.
type usage struct{ cpu, memory float64 }

// used reads processes' own accounts of themselves, and adds them up.
func used(addresses ...string) (sum usage, err error) {
	for _, address := range addresses {
		u, err := account(address)
		if err != nil {
			return sum, fmt.Errorf("usage: %w", err)
		}
		sum.cpu += u.cpu
		sum.memory += u.memory
	}
	return sum, nil
}

func account(address string) (u usage, err error) {
	res, err := http.Get(address + "/metrics")
	if err != nil {
		return u, err //nolint:wrapcheck // wrapped by the caller
	}
	defer res.Body.Close()
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		switch name {
		case "process_cpu_seconds_total":
			u.cpu, err = strconv.ParseFloat(value, 64)
		case "process_resident_memory_bytes":
			u.memory, err = strconv.ParseFloat(value, 64)
		}
		if err != nil {
			return u, err //nolint:wrapcheck // wrapped by the caller
		}
	}
	return u, nil
}

// cost is what processes used for something beyond what they use at rest, in microseconds of CPU by the thing.
func (r *rig) cost(addresses []string, do func() (things int64, err error)) (float64, error) {
	before, err := used(addresses...)
	if err != nil {
		return 0, err
	}
	profiled := r.profile(addresses[0])
	began := time.Now()
	n, err := do()
	took := time.Since(began)
	profiled()
	if err != nil {
		return 0, err
	}
	after, err := used(addresses...)
	return (after.cpu - before.cpu - r.rest*took.Seconds()) * micro / float64(n), err
}

// redisCPU is how many seconds Redis has used.
func (r *rig) redisCPU(ctx context.Context) (sum float64, err error) {
	info, err := r.redisInfo(ctx)
	if err != nil {
		return 0, fmt.Errorf("usage of Redis: %w", err)
	}
	for line := range strings.Lines(info) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		if name != "used_cpu_sys" && name != "used_cpu_user" {
			continue
		}
		v, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return 0, fmt.Errorf("usage of Redis: %w", err)
		}
		sum += v
	}
	return sum, nil
}
