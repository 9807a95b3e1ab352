package storm

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/parley-chat/parley/loadtest/check"
)

// Node is what one of the other gateways saw.
type Node struct {
	Name        string `json:"name"`
	MostSockets int    `json:"mostSockets"`
	MostASecond int    `json:"mostASecond"`
	Refused     int    `json:"refused"`
}

// Quantiles are seconds after the kill.
type Quantiles struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// Result is what a run found.
type Result struct {
	Sockets int `json:"sockets"`
	// Within is how soon all had to be back.
	Within float64 `json:"withinSeconds"`
	// Back is when devices had a socket again, CaughtUp when they also had what they had missed.
	Back     Quantiles `json:"backSeconds"`
	CaughtUp Quantiles `json:"caughtUpSeconds"`
	// Missing are devices that did not come back at all.
	Missing int `json:"missing"`
	// Nodes are the other gateways, Limit is how many sockets each takes.
	Nodes        []Node         `json:"nodes"`
	Limit        int            `json:"limit"`
	Beyond       []string       `json:"beyond"`
	Sent         int            `json:"sent"`
	Acknowledged int            `json:"acknowledged"`
	Errors       map[string]int `json:"errors"`
	check.Report
}

// Violations is how many promises were broken; 0 is a pass.
func (r *Result) Violations() int {
	late := 0
	if r.CaughtUp.Max > r.Within {
		late = 1
	}
	return r.Report.Violations() + r.Missing + len(r.Beyond) + late
}

// times waits for all devices, and tells when they were back.
func (r *Result) times(devices []*device, killed time.Time, patience time.Duration) {
	end := time.After(patience)
	var back, caughtUp []float64
	for _, d := range devices {
		select {
		case <-d.done:
		case <-end:
			r.Missing++
			end = time.After(0)
			continue
		}
		back = append(back, d.hello.Sub(killed).Seconds())
		caughtUp = append(caughtUp, d.caughtUp.Sub(killed).Seconds())
	}
	r.Back, r.CaughtUp = quantiles(back), quantiles(caughtUp)
}

func quantiles(all []float64) Quantiles {
	if len(all) == 0 {
		return Quantiles{}
	}
	slices.Sort(all)
	return Quantiles{P50: all[len(all)/2], P99: all[len(all)*99/100], Max: all[len(all)-1]}
}

// Write prints it as a table.
func (r *Result) Write(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) {
		fmt.Fprintf(w, "%s\t"+format+"\n", append([]any{name}, args...)...)
	}
	row("sockets on the gateway that died", "%d", r.Sockets)
	row("back on another gateway", "half %.1f s, 99 %% %.1f s, all %.1f s", r.Back.P50, r.Back.P99, r.Back.Max)
	row("and caught up", "half %.1f s, 99 %% %.1f s, all %.1f s (limit %.0f s)", r.CaughtUp.P50, r.CaughtUp.P99, r.CaughtUp.Max, r.Within)
	row("not back", "%d", r.Missing)
	slices.SortFunc(r.Nodes, func(a, b Node) int { return cmp.Compare(a.Name, b.Name) })
	for _, n := range r.Nodes {
		row(n.Name, "at most %d sockets of %d, %d new ones within a second; %d refused", n.MostSockets, r.Limit, n.MostASecond, n.Refused)
	}
	row("sent, acknowledged", "%d, %d", r.Sent, r.Acknowledged)
	row("lost, duplicated, out of order", "%d, %d, %d", r.Lost, r.Duplicated, r.OutOfOrder)
	row("foreign, altered, holes", "%d, %d, %d", r.Foreign, r.Altered, r.Holes)
	for _, kind := range slices.Sorted(maps.Keys(r.Errors)) {
		row("failed tries, "+kind, "%d", r.Errors[kind])
	}
	for _, detail := range slices.Concat(r.Beyond, r.Details) {
		fmt.Fprintln(w, detail)
	}
	verdict := "PASSED"
	if n := r.Violations(); n > 0 {
		verdict = fmt.Sprintf("FAILED\t%d violations", n)
	}
	fmt.Fprintf(w, "\t\n%s\n", verdict)
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print the result: %w", err)
	}
	return nil
}
