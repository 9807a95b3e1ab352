// Command parley-capacity tells what a load takes in nodes, step by step up to it, and how a gateway's death passes.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"github.com/parley-chat/parley/e2e/capacity"
)

func main() {
	if err := run(); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "parley-capacity:", err)
		}
		os.Exit(1)
	}
}

func run() error {
	costs, l := capacity.Measured, capacity.Load{}
	f := flag.NewFlagSet("parley-capacity", flag.ContinueOnError)
	f.IntVar(&l.Sockets, "sockets", 1_000_000, "how many `sockets`")
	f.Float64Var(&l.Messages, "messages", 50_000, "persisted `messages` a second to conversations without a room channel")
	f.Float64Var(&l.Recipients, "recipients", 2, "how many sockets get one, on average")
	f.Float64Var(&l.RoomMessages, "room-messages", 0, "persisted `messages` a second to groups with a room channel")
	f.Float64Var(&l.RoomRecipients, "room-recipients", 200, "how many sockets get one of these")
	f.Float64Var(&l.Churn, "churn", 1000, "sockets that open a second")
	f.Float64Var(&costs.Cores, "cores", costs.Cores, "of a node")
	f.Float64Var(&costs.Send, "send", costs.Send, "µs of API processor time for a message")
	f.Float64Var(&costs.MongoWrites, "mongo-writes", costs.MongoWrites, "that one shard commits a second")
	if err := f.Parse(os.Args[1:]); err != nil {
		return err //nolint:wrapcheck // which the set has printed
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "sockets\tmessages/s\tgateways\tAPI nodes\tRedis shards\tMongo shards\tsockets, GB\tfull first on the way here")
	nodes := map[string]int{}
	for _, step := range []float64{1000, 100, 30, 10, 3, 1} {
		part := l
		part.Sockets, part.Messages, part.RoomMessages, part.Churn = int(float64(l.Sockets)/step), l.Messages/step, l.RoomMessages/step, l.Churn/step
		parts := costs.Parts(part)
		p, fill := capacity.Bottleneck(parts, nodes)
		first := fmt.Sprintf("%s (%s)", p.Name, p.Limit)
		if fill <= 1 {
			first = fmt.Sprintf("none; %s (%s) are at %.0f %%", p.Name, p.Limit, fill*100)
		}
		fmt.Fprintf(w, "%d\t%.0f", part.Sockets, part.Messages+part.RoomMessages)
		for _, p := range parts {
			nodes[p.Name] = p.Nodes()
			fmt.Fprintf(w, "\t%d", p.Nodes())
		}
		fmt.Fprintf(w, "\t%.1f\t%s\n", float64(part.Sockets)*costs.SocketBytes/1e9, first)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	for _, others := range []int{2, 4, 8} {
		calm := capacity.Storm{Sockets: 20_000, Gateways: others, Rate: 500}.Run()
		fmt.Printf("\n20,000 sockets lose their gateway, %d take them: half are back after %v, all after %v; %d tries refused, %d within one second at most\n",
			others, calm.Half.Round(time.Second/10), calm.All.Round(time.Second/10), calm.Refused, calm.Peak)
	}
	return nil
}
