// Package bench measures what Parley costs on real processes and sockets: processor time per connect, delivery, persisted message
// and read, and memory per socket, beside a floor that was measured in the same session. It reports processor time and not wall
// time, which depends on what else the machine does.
package bench

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/parley-chat/parley/e2e/cluster"
)

// Options of a run.
type Options struct {
	// Sockets is how many are open on one gateway at the same time; at most 19,000. Storm is how many come back at once to two.
	Sockets, Storm int
	// Duration is how long each measurement takes, Idle how long sockets are held to see what they cost.
	Duration, Idle time.Duration
	// Repeat is how often each is made; the median counts.
	Repeat int
	// Floor is the address of a floor server.
	Floor string
	// Holder is the command of a process that calls Hold, Store of one that calls ferret.Process with the two arguments that follow.
	Holder, Store []string
	// Ping is how often idle sockets are pinged.
	Ping time.Duration
	// Only is of the names of figures; nil for all.
	Only *regexp.Regexp
	// Profiles is a directory for CPU profiles of what was measured; "" for none. Taking them costs what is measured a little.
	Profiles string
	// Progress is written to now and then.
	Progress io.Writer
}

// Figure is one thing that was measured.
type Figure struct {
	Name string `json:"name"`
	Unit string `json:"unit"`
	// Parley is the median, Low and High the extremes of all measurements.
	Parley float64 `json:"parley"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
	// Floor is the median of the floor's; 0 where there is none. Ratio is Parley's to it.
	Floor float64 `json:"floor,omitempty"`
	Ratio float64 `json:"ratio,omitempty"`
	// Goal is what it should be at most; 0 for none.
	Goal float64 `json:"goal,omitempty"`
}

// Result is what a run found.
type Result struct {
	Date    string   `json:"date"`
	Go      string   `json:"go"`
	CPUs    int      `json:"cpus"`
	Sockets int      `json:"sockets"`
	Figures []Figure `json:"figures"`
}

// measurement makes figures, of Parley and, if it can, of the floor.
type measurement struct {
	figures []Figure // their names, units and goals
	once    bool
	parley  measure
	floor   measure
}

// measure gives a value for each figure.
type measure func(context.Context) ([]float64, error)

// Run starts a cluster of two API nodes and two gateways, and measures.
func Run(ctx context.Context, o Options) (*Result, error) {
	dir, err := os.MkdirTemp("", "parley-bench-")
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	defer os.RemoveAll(dir)
	defer cluster.RemoveBinaries()
	r, err := newRig(ctx, dir, o)
	if err != nil {
		return nil, err
	}
	defer r.close()
	result := &Result{Date: time.Now().UTC().Format(time.RFC3339), Go: runtime.Version(), CPUs: runtime.NumCPU(), Sockets: o.Sockets}
	for _, m := range r.measurements() {
		if o.Only != nil && !slices.ContainsFunc(m.figures, func(f Figure) bool { return o.Only.MatchString(f.Name) }) {
			continue
		}
		fmt.Fprintf(o.Progress, "measuring %s\n", m.figures[0].Name)
		r.measuring = m.figures[0].Name
		figures, err := m.make(ctx, o.Repeat)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.measuring, err)
		}
		result.Figures = append(result.Figures, figures...)
	}
	return result, nil
}

func (m measurement) make(ctx context.Context, repeat int) ([]Figure, error) {
	if m.once {
		repeat = 1
	}
	parley, floor := make([][]float64, len(m.figures)), make([][]float64, len(m.figures))
	for range max(1, repeat) {
		for _, side := range []struct {
			measure
			into [][]float64
		}{{m.parley, parley}, {m.floor, floor}} {
			if side.measure == nil {
				continue
			}
			values, err := side.measure(ctx)
			if err != nil {
				return nil, err
			}
			for i, v := range values {
				side.into[i] = append(side.into[i], v)
			}
		}
	}
	figures := slices.Clone(m.figures)
	for i := range figures {
		f := &figures[i]
		f.Parley, f.Low, f.High = median(parley[i]), slices.Min(parley[i]), slices.Max(parley[i])
		if len(floor[i]) > 0 {
			f.Floor = median(floor[i])
			f.Ratio = f.Parley / f.Floor
		}
	}
	return figures, nil
}

func median[T cmp.Ordered](values []T) T {
	values = slices.Sorted(slices.Values(values))
	return values[len(values)/2]
}

// Write prints it as a table.
func (r *Result) Write(out io.Writer) error {
	fmt.Fprintf(out, "%s, %s, %d CPUs, %d sockets\n\n", r.Date, r.Go, r.CPUs, r.Sockets)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "figure\tunit\tParley\tlow to high\tfloor\tratio\tgoal")
	number := func(v float64) string {
		if v == 0 {
			return "–"
		}
		return fmt.Sprintf("%.3g", v)
	}
	for _, f := range r.Figures {
		fmt.Fprintf(w, "%s\t%s\t%.4g\t%.4g to %.4g\t%s\t%s\t%s\n", f.Name, f.Unit, f.Parley, f.Low, f.High, number(f.Floor), number(f.Ratio), number(f.Goal))
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print the result: %w", err)
	}
	return nil
}
