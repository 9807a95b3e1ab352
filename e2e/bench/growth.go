package bench

import (
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/parley-chat/parley/e2e/cluster"
)

// GrowthOptions of a run that shows what one thing costs as the work grows.
type GrowthOptions struct {
	Options
	// Tables is of the names of tables; nil for all.
	Tables *regexp.Regexp
	// Sockets on one gateway, and Spread over several; the members of a Room; Gateways; Conversations of one person; and the messages
	// of one conversation in SQLite, and in a database that is a process of its own. Each is a list of sizes.
	Sockets, Spread, Rooms, Gateways, Conversations, History, Stored []int
}

// GrowthTable has a row for each size, and in it the size first and then what each column tells.
type GrowthTable struct {
	Name    string      `json:"name"`
	Size    string      `json:"size"`
	Columns []string    `json:"columns"`
	Rows    [][]float64 `json:"rows"`
}

// GrowthResult is what a run found.
type GrowthResult struct {
	Date   string         `json:"date"`
	Go     string         `json:"go"`
	CPUs   int            `json:"cpus"`
	Tables []*GrowthTable `json:"tables"`
}

// growing makes a table: a rig for all its sizes, and then a row for each.
type growing struct {
	GrowthTable
	sizes []int
	// rig starts what is measured; row measures it at a size.
	rig func(context.Context) (*rig, error)
	row func(ctx context.Context, r *rig, size int) ([]float64, error)
}

// Growth makes the tables that are asked for, each on a cluster of its own. What it has made before an error comes with it.
func Growth(ctx context.Context, o GrowthOptions) (*GrowthResult, error) {
	defer cluster.RemoveBinaries()
	result := &GrowthResult{Date: time.Now().UTC().Format(time.RFC3339), Go: runtime.Version(), CPUs: runtime.NumCPU()}
	for _, t := range o.tables() {
		if len(t.sizes) == 0 || o.Tables != nil && !o.Tables.MatchString(t.Name) {
			continue
		}
		table, err := t.make(ctx, o.Options)
		if err != nil {
			return result, fmt.Errorf("table %s: %w", t.Name, err)
		}
		result.Tables = append(result.Tables, table)
	}
	return result, nil
}

func (o GrowthOptions) tables() []growing {
	return []growing{o.socketTable(), o.spreadTable(), o.roomTable(), o.gatewayTable(), o.conversationTable(), o.historyTable(), o.storedTable()}
}

func (t growing) make(ctx context.Context, o Options) (*GrowthTable, error) {
	r, err := t.rig(ctx)
	if err != nil {
		return nil, err
	}
	defer r.close()
	for _, size := range t.sizes {
		fmt.Fprintf(o.Progress, "%s: %d %s\n", t.Name, size, t.Size)
		values, err := t.row(ctx, r, size)
		if err != nil {
			return nil, fmt.Errorf("%d %s: %w\n%s", size, t.Size, err, r.cluster.Logs(1))
		}
		t.Rows = append(t.Rows, append([]float64{float64(size)}, values...))
	}
	return &t.GrowthTable, nil
}

// newRig starts a rig whose files are removed when it is closed, and prepares it.
func (o GrowthOptions) newRig(ctx context.Context, apis, gateways int, prepare func(*rig) error, settings ...string) (*rig, error) {
	dir, err := os.MkdirTemp("", "parley-growth-")
	if err != nil {
		return nil, fmt.Errorf("growth: %w", err)
	}
	r, err := startRig(ctx, dir, o.Options, apis, gateways, settings...)
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	r.closers = append([]func(){func() { _ = os.RemoveAll(dir) }}, r.closers...)
	if err := prepare(r); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// Write prints the tables in Markdown.
func (r *GrowthResult) Write(out io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s, %d CPUs\n", r.Date, r.Go, r.CPUs)
	for _, t := range r.Tables {
		fmt.Fprintf(&b, "\n%s\n\n| %s | %s |\n|%s\n", t.Name, t.Size, strings.Join(t.Columns, " | "), strings.Repeat("---|", len(t.Columns)+1))
		for _, row := range t.Rows {
			fmt.Fprintf(&b, "| %d |", int(row[0]))
			for _, v := range row[1:] {
				fmt.Fprintf(&b, " %s |", number(v))
			}
			b.WriteString("\n")
		}
	}
	if _, err := io.WriteString(out, b.String()); err != nil {
		return fmt.Errorf("print the tables: %w", err)
	}
	return nil
}

// number has three digits that mean something, and no exponent.
func number(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}
