// Command parley-bench measures what Parley costs, beside a floor. See parley-bench --help.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"syscall"
	"time"

	"github.com/parley-chat/parley/e2e/bench"
	"github.com/parley-chat/parley/e2e/bench/floor"
	"github.com/parley-chat/parley/e2e/ferret"
	"github.com/parley-chat/parley/pkg/freeport"
)

// The first argument can make this process one of those that a run needs.
const (
	asFloor  = "floor"  // on the address that follows
	asHolder = "holder" // of sockets
	asStore  = "store"  // with its data in the directory, at the address that follow
)

func main() {
	err := run()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "parley-bench:", err)
		os.Exit(1)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	switch {
	case len(os.Args) == 3 && os.Args[1] == asFloor:
		return http.ListenAndServe(os.Args[2], floor.New())
	case len(os.Args) == 2 && os.Args[1] == asHolder:
		return bench.Hold() //nolint:wrapcheck // says what it is
	case len(os.Args) == 4 && os.Args[1] == asStore:
		return ferret.Process(os.Stdin, os.Stdout, os.Args[2], os.Args[3]) //nolint:wrapcheck // says what it is
	}
	o := bench.Options{Progress: os.Stderr, Holder: []string{os.Args[0], asHolder}, Store: []string{os.Args[0], asStore}}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.IntVar(&o.Sockets, "sockets", 1000, "how many `sockets` on one gateway, 19000 at most")
	f.IntVar(&o.Storm, "storm", 2000, "how many `sockets` come back at once in the storm, 38000 at most")
	f.DurationVar(&o.Duration, "duration", 4*time.Second, "how long each measurement takes")
	f.DurationVar(&o.Idle, "idle", time.Minute, "how long idle sockets are held")
	f.IntVar(&o.Repeat, "repeat", 3, "how often each is made; the median counts")
	f.DurationVar(&o.Ping, "ping", 25*time.Second, "how often idle sockets are pinged")
	f.Func("only", "a regular `expression` of the figures to measure, such as '^idle'", func(text string) (err error) {
		o.Only, err = regexp.Compile(text)
		return err
	})
	f.StringVar(&o.Profiles, "profiles", "", "a `directory` for CPU profiles of what is measured")
	asJSON := f.String("json", "", "also write the result as JSON into this `file`")
	if err := f.Parse(os.Args[1:]); err != nil {
		return err //nolint:wrapcheck // which the set has printed
	}
	port, err := freeport.Find()
	if err != nil {
		return err //nolint:wrapcheck // says what it is
	}
	address := fmt.Sprintf("127.0.0.1:%d", port)
	least := exec.CommandContext(ctx, os.Args[0], asFloor, address)
	least.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := least.Start(); err != nil {
		return fmt.Errorf("floor: %w", err)
	}
	defer func() { _ = least.Process.Kill() }()
	for listens := false; !listens && ctx.Err() == nil; {
		c, err := net.Dial("tcp", address)
		if listens = err == nil; listens {
			_ = c.Close()
		}
	}
	o.Floor = "http://" + address
	result, err := bench.Run(ctx, o)
	if err != nil {
		return err //nolint:wrapcheck // says what it is
	}
	return show(result, *asJSON)
}

func show(result *bench.Result, file string) error {
	if file != "" {
		text, err := json.MarshalIndent(result, "", "  ")
		if err == nil {
			err = os.WriteFile(file, append(text, '\n'), 0o644)
		}
		if err != nil {
			return fmt.Errorf("write the result: %w", err)
		}
	}
	return result.Write(os.Stdout) //nolint:wrapcheck // says what it is
}
