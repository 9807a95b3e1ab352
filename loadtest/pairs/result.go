package pairs

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"

	"github.com/parley-chat/parley/loadtest/check"
)

// Quantiles are times in milliseconds.
type Quantiles struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// Result is what a run found.
type Result struct {
	Users int `json:"users"`
	// Seconds is how long was written.
	Seconds float64 `json:"seconds"`
	// Sent are messages of which at least one try was made.
	Sent         int `json:"sent"`
	Acknowledged int `json:"acknowledged"`
	// DeliveredLive came to the other side over its socket, DeliveredByResume because its device asked.
	DeliveredLive     int `json:"deliveredLive"`
	DeliveredByResume int `json:"deliveredByResume"`
	// Unheard are acknowledged messages, counted per member, that had not come when all should have been quiet. The
	// last sync of the check may have brought them; if not, they are lost, too.
	Unheard int `json:"unheard"`
	check.Report
	// Reconnects, Moves, Resyncs, RawDuplicates and Conflicts are those of all devices; see client.Stats.
	Reconnects    int `json:"reconnects"`
	Moves         int `json:"moves"`
	Resyncs       int `json:"resyncs"`
	RawDuplicates int `json:"rawDuplicates"`
	Conflicts     int `json:"conflicts"`
	// LongestGap is the longest that any device was without a socket.
	LongestGap float64 `json:"longestGapMs"`
	// Post is from the start of a send to its acknowledgement, Delivery from there to the other side's socket, and
	// Resume to the other side by resuming; all in milliseconds, tries and waits included.
	Post     Quantiles `json:"postMs"`
	Delivery Quantiles `json:"deliveryMs"`
	Resume   Quantiles `json:"resumeMs"`
	// Errors are failed tries by what was tried and how it failed.
	Errors map[string]int `json:"errors"`
}

// Violations is how many promises were broken; 0 is a pass.
func (r *Result) Violations() int { return r.Report.Violations() + r.Unheard + r.Conflicts }

// Write prints it as a table.
func (r *Result) Write(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(name string, value any) { fmt.Fprintf(w, "%s\t%v\n", name, value) }
	row("people", r.Users)
	row("sent", fmt.Sprintf("%d in %.1f s (%.0f a second)", r.Sent, r.Seconds, float64(r.Sent)/r.Seconds))
	row("acknowledged", r.Acknowledged)
	row("delivered live", r.DeliveredLive)
	row("delivered by resume", r.DeliveredByResume)
	row("lost", r.Lost)
	row("duplicated", r.Duplicated)
	row("out of order", r.OutOfOrder)
	row("foreign, altered, holes", fmt.Sprintf("%d, %d, %d", r.Foreign, r.Altered, r.Holes))
	row("unheard until asked for", r.Unheard)
	row("conflicting repeats", r.Conflicts)
	row("reconnects", fmt.Sprintf("%d (%d asked for)", r.Reconnects, r.Moves))
	row("longest without a socket", fmt.Sprintf("%.0f ms", r.LongestGap))
	row("resyncs asked for", r.Resyncs)
	row("raw duplicates, dropped", r.RawDuplicates)
	fmt.Fprintln(w, "\t\nms\tp50\tp95\tp99\tmax")
	for _, line := range []struct {
		name string
		Quantiles
	}{{"send to acknowledgement", r.Post}, {"send to live delivery", r.Delivery}, {"send to delivery by resume", r.Resume}} {
		fmt.Fprintf(w, "%s\t%.1f\t%.1f\t%.1f\t%.1f\n", line.name, line.P50, line.P95, line.P99, line.Max)
	}
	if len(r.Errors) > 0 {
		fmt.Fprintln(w, "\t\nfailed tries\t")
	}
	for _, kind := range slices.Sorted(maps.Keys(r.Errors)) {
		row(kind, r.Errors[kind])
	}
	for _, detail := range r.Details {
		fmt.Fprintln(w, detail)
	}
	if n := r.Violations(); n > 0 {
		fmt.Fprintf(w, "\t\nFAILED\t%d violations\n", n)
	} else {
		fmt.Fprintln(w, "\t\nPASSED\teach acknowledged message exactly once, in one order, everywhere")
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print the result: %w", err)
	}
	return nil
}
