package idle

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// usage is what processes use, added up.
type usage struct {
	memory float64 // resident, in bytes
	cpu    float64 // in seconds since they started
}

// measure reads the metrics of every operations port.
func measure(ctx context.Context, ops []string) (usage, error) {
	ctx, stop := context.WithTimeout(ctx, 10*time.Second)
	defer stop()
	var sum usage
	for _, address := range ops {
		target := strings.TrimSuffix(address, "/") + "/metrics"
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, http.NoBody)
		if err != nil {
			return sum, fmt.Errorf("operations port %q: %w", address, err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return sum, fmt.Errorf("operations port: %w", err)
		}
		one, err := readUsage(res.Body)
		res.Body.Close()
		if err != nil {
			return sum, fmt.Errorf("%s: %w", target, err)
		}
		sum.memory += one.memory
		sum.cpu += one.cpu
	}
	return sum, nil
}

// readUsage finds the two figures in Prometheus' text format.
func readUsage(r io.Reader) (usage, error) {
	var u usage
	found := false
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		into := map[string]*float64{"process_resident_memory_bytes": &u.memory, "process_cpu_seconds_total": &u.cpu}[name]
		if into == nil {
			continue
		}
		number, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return u, fmt.Errorf("%s: %w", name, err)
		}
		*into = number
		found = true
	}
	if err := lines.Err(); err != nil {
		return u, fmt.Errorf("read metrics: %w", err)
	}
	if !found {
		return u, fmt.Errorf("%w: process_resident_memory_bytes", errNoMetric)
	}
	return u, nil
}
