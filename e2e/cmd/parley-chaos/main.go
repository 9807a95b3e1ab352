// Command parley-chaos breaks a cluster in every way it knows, and proves what became of each message. See parley-chaos --help.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"

	"github.com/parley-chat/parley/e2e/chaos"
	"github.com/parley-chat/parley/e2e/clock"
	"github.com/parley-chat/parley/e2e/cluster"
	"github.com/parley-chat/parley/e2e/ferret"
	"github.com/parley-chat/parley/e2e/report"
)

// The exit codes: a broken promise, and a run that could not be made.
const (
	exitBroken = 1
	exitFailed = 2
)

// serves is the first argument of the process that is a run's own database; a directory and an address follow.
const serves = "serve-ferretdb"

func main() {
	if len(os.Args) == 4 && os.Args[1] == serves {
		if err := ferret.Process(os.Stdin, os.Stdout, os.Args[2], os.Args[3]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(exitFailed)
		}
		return
	}
	os.Exit(run())
}

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	defer cluster.RemoveBinaries()
	o, file, err := options(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		return exitFailed
	}
	if o.Clocks {
		remove, err := buildStepped()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return exitFailed
		}
		defer remove()
	}
	result, err := chaos.Run(ctx, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitFailed
	}
	if err := result.Write(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitFailed
	}
	if err := report.Save(file, result); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitFailed
	}
	if result.Violations() > 0 {
		return exitBroken
	}
	return 0
}

// buildStepped builds servers whose clocks can be stepped, for the cluster to be made of.
func buildStepped() (remove func(), err error) {
	dir, err := os.MkdirTemp("", "parley-stepped-")
	if err != nil {
		return nil, fmt.Errorf("directory for servers: %w", err)
	}
	remove = func() { _ = os.RemoveAll(dir) }
	fmt.Fprintln(os.Stderr, "building servers whose clocks can be stepped; takes minutes the first time")
	overlay, err := clock.Overlay(dir)
	if err == nil {
		err = cluster.Build(dir, "-overlay", overlay)
	}
	if err != nil {
		remove()
		return nil, err //nolint:wrapcheck // both say what they were doing
	}
	return remove, os.Setenv(cluster.Built, dir) //nolint:wrapcheck // cannot fail
}

func options(args []string) (o chaos.Options, file string, err error) {
	o.Progress = os.Stderr
	f := flag.NewFlagSet("chaos", flag.ContinueOnError)
	f.DurationVar(&o.Duration, "duration", 5*time.Minute, "how long people write")
	f.Uint64Var(&o.Seed, "seed", uint64(time.Now().Unix()), "repeats a plan; the time if not given")
	f.IntVar(&o.Faults, "faults", 0, "how many `faults`; one in eight seconds if 0")
	f.IntVar(&o.Users, "users", 60, "how many people")
	f.Float64Var(&o.Rate, "rate", 100, "messages a second")
	f.DurationVar(&o.Hold, "hold", 0, "how long each fault lasts; its share of the time if 0")
	f.BoolVar(&o.Clocks, "clocks", true, "the nodes' clocks are stepped, too, for which servers are built anew")
	f.BoolVar(&o.Steady, "steady", false, "devices neither drop nor sleep")
	f.DurationVar(&o.Calm, "calm", 20*time.Second, "how long people write at the end, while nothing happens and everything has to be live; part of the duration")
	f.StringVar(&o.Database, "database", "", "the servers' PARLEY_DATABASE_URL, or \"ferretdb\" for one that is started for the run; SQLite in a temporary directory if empty")
	f.Float64Var(&o.Within, "within", 0, "how many of 100 deliveries of messages sent during a fault must come within two seconds; 0 for no bound")
	f.Float64Var(&o.Duplicates, "duplicates", 0, "how many of 100 live deliveries may come twice; 0 for no bound")
	f.StringVar(&file, "json", "", "a `file` for the result as JSON")
	f.Func("only", "a regular `expression` of the faults to make, such as '^kill: redis$'", func(text string) (err error) {
		o.Only, err = regexp.Compile(text)
		return err
	})
	err = f.Parse(args)
	if o.Database == "ferretdb" {
		self, pathErr := os.Executable()
		err = errors.Join(err, pathErr)
		o.Database, o.Server = "", []string{self, serves}
	}
	if o.Faults == 0 {
		o.Faults = max(1, int(o.Duration/(8*time.Second)))
	}
	return o, file, err
}
