// Command parley-storm kills a gateway with thousands of sockets, and tells how soon all are back. See parley-storm --help.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/parley-chat/parley/e2e/cluster"
	"github.com/parley-chat/parley/e2e/report"
	"github.com/parley-chat/parley/e2e/storm"
)

// The exit codes: a broken promise, and a run that could not be made.
const (
	exitBroken = 1
	exitFailed = 2
)

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	o := storm.Options{Progress: os.Stderr}
	f := flag.NewFlagSet("storm", flag.ContinueOnError)
	f.IntVar(&o.Sockets, "sockets", 5000, "how many sockets the gateway holds, at least 10")
	f.Float64Var(&o.Rate, "rate", 100, "messages a second")
	f.DurationVar(&o.Within, "within", 10*time.Second, "how soon all have to be back and caught up")
	file := f.String("json", "", "a `file` for the result as JSON")
	if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil || o.Sockets < 10 || o.Rate <= 0 {
		fmt.Fprintln(os.Stderr, "see --help")
		return exitFailed
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	defer cluster.RemoveBinaries()
	result, err := storm.Run(ctx, o)
	if err == nil {
		err = report.Show(os.Stdout, *file, result)
	}
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		return exitFailed
	case result.Violations() > 0:
		return exitBroken
	default:
		return 0
	}
}
