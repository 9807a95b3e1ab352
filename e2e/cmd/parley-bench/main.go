// Command parley-bench measures what Parley costs, beside a floor. See parley-bench --help.
package main

import (
	"context"
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
	"github.com/parley-chat/parley/e2e/report"
	"github.com/parley-chat/parley/pkg/freeport"
)

// asFloor as the first argument makes this process the floor, on the address that follows.
const asFloor = "floor"

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
	if len(os.Args) == 3 && os.Args[1] == asFloor {
		return http.ListenAndServe(os.Args[2], floor.New())
	}
	if isPart, err := bench.Part(os.Args); isPart {
		return err //nolint:wrapcheck // says what it is
	}
	o := bench.WithParts(os.Args[0])
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
	return report.Show(os.Stdout, *asJSON, result) //nolint:wrapcheck // says what it is
}
