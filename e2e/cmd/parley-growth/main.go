// Command parley-growth prints tables of what one thing costs as the work grows. See parley-growth --help.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/parley-chat/parley/e2e/bench"
	"github.com/parley-chat/parley/e2e/report"
)

func main() {
	err := run()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "parley-growth:", err)
		os.Exit(1)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if isPart, err := bench.Part(os.Args); isPart {
		return err //nolint:wrapcheck // says what it is
	}
	o := bench.GrowthOptions{Options: bench.WithParts(os.Args[0])}
	f := flag.NewFlagSet("growth", flag.ContinueOnError)
	f.Func("only", "a regular `expression` of the tables: sockets, spread, rooms, gateways, conversations, history", func(text string) (err error) {
		o.Tables, err = regexp.Compile(text)
		return err
	})
	f.DurationVar(&o.Duration, "duration", 3*time.Second, "how long each measurement takes")
	f.DurationVar(&o.Idle, "idle", 25*time.Second, "how long idle sockets are held")
	f.DurationVar(&o.Ping, "ping", 25*time.Second, "how often idle sockets are pinged")
	sizes(f, &o.Sockets, "sockets", "1000,2000", "sockets on one gateway, 19000 at most")
	sizes(f, &o.Spread, "spread", "2000", "sockets over five gateways, 95000 at most, before one of them is drained")
	sizes(f, &o.Rooms, "rooms", "10,100,1000", "members of a group, 10000 at most, each with a socket")
	sizes(f, &o.Gateways, "gateways", "1,2,4,8", "gateways, 10 at most")
	sizes(f, &o.Conversations, "conversations", "10,100,1000", "conversations of one person, 20000 at most")
	sizes(f, &o.History, "history", "1000,10000,50000", "messages of a conversation in SQLite")
	sizes(f, &o.Stored, "stored", "1000", "messages of a conversation in FerretDB, which slows down with some thousand")
	file := f.String("json", "", "also write the result as JSON into this `file`")
	if err := f.Parse(os.Args[1:]); err != nil {
		return err //nolint:wrapcheck // which the set has printed
	}
	result, err := bench.Growth(ctx, o)
	return errors.Join(err, report.Show(os.Stdout, *file, result))
}

var errSizes = errors.New("sizes are numbers above 0 with commas between them, each once")

// sizes makes a flag of a list of numbers; an empty one is none.
func sizes(f *flag.FlagSet, into *[]int, name, usual, usage string) {
	set := func(text string) error {
		*into = nil
		for part := range strings.SplitSeq(text, ",") {
			if text == "" {
				return nil
			}
			n, err := strconv.Atoi(part)
			if err != nil || n < 1 || slices.Contains(*into, n) {
				return errSizes
			}
			*into = append(*into, n)
		}
		return nil
	}
	_ = set(usual)
	f.Func(name, usage+": `sizes`, "+usual+" if not said", set)
}
