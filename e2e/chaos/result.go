package chaos

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/parley-chat/parley/loadtest/check"
)

// Result is what a run found.
type Result struct {
	Seed    uint64  `json:"seed"`
	Users   int     `json:"users"`
	Devices int     `json:"devices"`
	Seconds float64 `json:"seconds"`
	// Asked is how many faults were planned; Kinds are those that were made and mended.
	Asked int            `json:"asked"`
	Kinds map[string]int `json:"kinds"`
	Counts
	check.Report
	// Unheard are devices that had not heard of an acknowledged message when all should have been quiet.
	Unheard []string `json:"unheard"`
	// WrongUnread are read positions and unread counts that don't follow from the log; WrongPresence is who was seen
	// otherwise than they were, half a minute after all was well; Growth is what nodes use more of than they should.
	WrongUnread   []string `json:"wrongUnread"`
	WrongPresence []string `json:"wrongPresence"`
	Growth        []string `json:"growth"`
	// Beyond are the run's own bounds that were passed.
	Beyond []string `json:"beyond"`
	// Usage describes what nodes used before and after.
	Usage []string `json:"usage"`
	// Errors are failed tries of sends and reads, by kind.
	Errors map[string]int `json:"errors"`
}

// bound notes which of the run's own bounds were passed.
func (r *Result) bound(o Options) {
	if came := percent(r.InFaultSoon, r.InFault); o.Within > 0 && came < o.Within {
		r.Beyond = append(r.Beyond, fmt.Sprintf("sent during a fault: %.2f %% came within %v, should be %g %%", came, soon, o.Within))
	}
	if twice := percent(r.RawDuplicates, r.Live); o.Duplicates > 0 && twice > o.Duplicates {
		r.Beyond = append(r.Beyond, fmt.Sprintf("duplicates: %.2f %% of the live deliveries, may be %g %%", twice, o.Duplicates))
	}
}

func percent(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return 100 * float64(part) / float64(whole)
}

// Faults is how many faults were made and mended.
func (r *Result) Faults() int {
	n := 0
	for _, k := range r.Kinds {
		n += k
	}
	return n
}

// Unacknowledged are messages that were given up on.
func (r *Result) Unacknowledged() int { return r.Sent - r.Acknowledged }

// Violations is how many promises were broken; 0 is a pass.
func (r *Result) Violations() int {
	return r.Report.Violations() + r.Leaked + r.Conflicts + r.CalmLate + len(r.Unheard) + len(r.WrongUnread) + len(r.WrongPresence) + len(r.Growth) + len(r.Beyond)
}

// Write prints it as a table.
func (r *Result) Write(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) {
		fmt.Fprintf(w, "%s\t"+format+"\n", append([]any{name}, args...)...)
	}
	row("seed", "%d", r.Seed)
	row("people, devices", "%d, %d", r.Users, r.Devices)
	row("faults", "%d", r.Faults())
	for _, kind := range slices.Sorted(maps.Keys(r.Kinds)) {
		row("  "+kind, "%d", r.Kinds[kind])
	}
	row("devices cut off, put to sleep", "%d, %d", r.Drops, r.Sleeps)
	row("joins and leaves", "%d", r.JoinsAndLeaves)
	row("sent", "%d in %.0f s", r.Sent, r.Seconds)
	row("acknowledged", "%d", r.Acknowledged)
	row("deliveries, live", "%d", r.Live)
	row("deliveries, by resume", "%d", r.Resumed)
	row("read by the gateways' tail", "%d entries in %d losses of the bus; %d found on patrol", r.TailEntries, r.BusLosses, r.PatrolFound)
	row("within 2 s, devices on the air", "%s", share(r.SteadySoon, r.Steady))
	row("  sent during a fault", "%s", share(r.InFaultSoon, r.InFault))
	row("  sent during a fault, all devices", "%s", share(r.InFaultAllSoon, r.InFaultAll))
	row("longest live gap", "%.1f s", r.LongestGap.Seconds())
	row("reconnects", "%d (%d asked for)", r.Reconnects, r.Moves)
	row("raw duplicates, dropped", "%d (%d after the last fault)", r.RawDuplicates, r.RawDuplicates-r.RawDuplicatesWhileBroken)
	row("in calm, after more than 3 s", "%d of %d", r.CalmLate, r.Calm)
	row("lost, duplicated, out of order", "%d, %d, %d", r.Lost, r.Duplicated, r.OutOfOrder)
	row("foreign, leaked", "%d, %d", r.Foreign, r.Leaked)
	row("altered, holes", "%d, %d", r.Altered, r.Holes)
	row("unheard, conflicts", "%d, %d", len(r.Unheard), r.Conflicts)
	row("wrong unread, presence", "%d, %d", len(r.WrongUnread), len(r.WrongPresence))
	row("use of a node, before → after", "%s", strings.Join(r.Usage, ", "))
	for _, kind := range slices.Sorted(maps.Keys(r.Errors)) {
		row("failed tries, "+kind, "%d", r.Errors[kind])
	}
	for _, list := range [][]string{r.Details, r.details, r.Unheard, r.WrongUnread, r.WrongPresence, r.Growth, r.Beyond} {
		for _, detail := range list[:min(len(list), maxDetails)] {
			fmt.Fprintln(w, detail)
		}
	}
	verdict := "PASSED\teach acknowledged message exactly once, in one order, everywhere"
	if n := r.Violations(); n > 0 {
		verdict = fmt.Sprintf("FAILED\t%d violations", n)
	}
	fmt.Fprintf(w, "\t\n%s\n", verdict)
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print the result: %w", err)
	}
	return nil
}

func share(part, whole int) string {
	if whole == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f %% of %d", percent(part, whole), whole)
}
