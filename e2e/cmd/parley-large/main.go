// Command parley-large measures what a group of ten thousand members costs. See parley-large --help.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/parley-chat/parley/e2e/bench"
	"github.com/parley-chat/parley/e2e/report"
	"github.com/parley-chat/parley/pkg/chat"
)

func main() {
	err := run()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "parley-large:", err)
		os.Exit(1)
	}
}

func run() error {
	o := bench.LargeOptions{Progress: os.Stderr}
	f := flag.NewFlagSet("large", flag.ContinueOnError)
	f.IntVar(&o.Members, "members", chat.MaxMembers, "how many `members`, at least 1000")
	f.IntVar(&o.Sockets, "sockets", 2000, "how many of them have a `socket` open, on two gateways")
	f.IntVar(&o.Repeat, "repeat", 50, "how often each thing is done; the mean counts")
	file := f.String("json", "", "also write the result as JSON into this `file`")
	if err := f.Parse(os.Args[1:]); err != nil {
		return err //nolint:wrapcheck // which the set has printed
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	result, err := bench.Large(ctx, o)
	if err != nil {
		return err //nolint:wrapcheck // says what it is
	}
	return report.Show(os.Stdout, *file, result) //nolint:wrapcheck // says what it is
}
