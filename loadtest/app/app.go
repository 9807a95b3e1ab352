// Package app is the load tool's command line.
package app

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/parley-chat/parley/loadtest/crowd"
	"github.com/parley-chat/parley/loadtest/idle"
	"github.com/parley-chat/parley/loadtest/pairs"
)

// The exit codes.
const (
	// ExitPassed: it ran, and every promise was kept.
	ExitPassed = 0
	// ExitFailed: it ran, and a promise was broken.
	ExitFailed = 1
	// ExitError: it could not be run.
	ExitError = 2
)

const usage = `parley-loadtest puts load on a Parley deployment and checks what becomes of every message.

  parley-loadtest pairs [flags]   people in pairs write to each other at an even rate; ends with a proof that each
                                  acknowledged message is there exactly once and in one order, at both and on the server
  parley-loadtest idle [flags]    sockets are held open and cost what they cost

  parley-loadtest SCENARIO --help lists the flags. The deployment must allow what is asked of it: by default it limits a
  user to 10 messages a minute, and sign-ups by address. Start its API nodes with PARLEY_MESSAGE_RATE=0 and
  PARLEY_SIGNUP_RATE=0 for that. A first Ctrl-C ends the writing and still checks.

Exit codes: 0 all promises kept, 1 a promise broken, 2 it could not be run.
`

// result is what a scenario found.
type result interface {
	Write(out io.Writer) error
}

// Run runs the scenario that the arguments (without the program's name) name. The result goes to out, progress and
// errors to errOut. When ctx ends, the scenario ends early and still gives its result.
func Run(ctx context.Context, args []string, out, errOut io.Writer) int {
	if len(args) == 0 || strings.TrimLeft(args[0], "-") == "help" || args[0] == "-h" {
		fmt.Fprint(out, usage)
		if len(args) == 0 {
			return ExitError
		}
		return ExitPassed
	}
	scenarios := map[string]func(context.Context, []string, io.Writer) (result, bool, bool, error){"pairs": runPairs, "idle": runIdle}
	scenario, ok := scenarios[args[0]]
	if !ok {
		fmt.Fprintf(errOut, "parley-loadtest: %q is no scenario: say pairs or idle\n", args[0])
		return ExitError
	}
	found, passed, asJSON, err := scenario(ctx, args[1:], errOut)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return ExitPassed
	case err == nil && asJSON:
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		err = encoder.Encode(found)
	case err == nil:
		err = found.Write(out)
	}
	if err != nil {
		fmt.Fprintf(errOut, "parley-loadtest: %v\n", err)
		return ExitError
	}
	if !passed {
		return ExitFailed
	}
	return ExitPassed
}

func flags(name string, errOut io.Writer) (set *flag.FlagSet, base *string, asJSON *bool) {
	set = flag.NewFlagSet(name, flag.ContinueOnError)
	set.SetOutput(errOut)
	base = set.String("base", "http://localhost:8080", "the deployment's `address`")
	asJSON = set.Bool("json", false, "print the result as JSON")
	return set, base, asJSON
}

// errArguments says that something follows on the flags.
var errArguments = errors.New("takes no arguments beside its flags")

func parse(set *flag.FlagSet, args []string) error {
	if err := set.Parse(args); err != nil {
		return err // which the set has printed; flag.ErrHelp is no error for the caller
	}
	if set.NArg() > 0 {
		return fmt.Errorf("%s %w", set.Name(), errArguments)
	}
	return nil
}

func runPairs(ctx context.Context, args []string, errOut io.Writer) (found result, passed, asJSON bool, err error) {
	set, base, printJSON := flags("pairs", errOut)
	o := pairs.Options{Progress: errOut}
	set.IntVar(&o.Users, "users", 200, "how many `people`, an even number")
	set.DurationVar(&o.Duration, "duration", time.Minute, "how long they write")
	set.Float64Var(&o.Rate, "rate", 200, "`messages` a second, of all together")
	set.IntVar(&o.Payload, "payload", 128, "`bytes` of text in a message")
	set.Uint64Var(&o.Seed, "seed", 1, "makes the order of the senders repeatable")
	set.DurationVar(&o.Settle, "settle", 30*time.Second, "how long it may take at the end until everybody has everything")
	set.IntVar(&o.Concurrency, "concurrency", crowd.DefaultConcurrency, "how many `people` sign up at the same time")
	if err := parse(set, args); err != nil {
		return nil, false, false, err
	}
	o.Base = *base
	r, err := pairs.Run(ctx, o)
	if err != nil {
		return nil, false, false, err
	}
	return r, r.Violations() == 0, *printJSON, nil
}

func runIdle(ctx context.Context, args []string, errOut io.Writer) (found result, passed, asJSON bool, err error) {
	set, base, printJSON := flags("idle", errOut)
	o := idle.Options{Progress: errOut}
	set.IntVar(&o.Users, "users", 100, "how many `people`")
	set.IntVar(&o.PerUser, "per-user", 5, "how many `sockets` each of them has")
	set.DurationVar(&o.Duration, "duration", time.Minute, "how long they are held")
	set.IntVar(&o.Concurrency, "concurrency", crowd.DefaultConcurrency, "how many `people` sign up, or connect, at the same time")
	ops := set.String("ops", "", "the gateways' operations ports, comma-separated `addresses`, to see memory and CPU: http://localhost:9082")
	if err := parse(set, args); err != nil {
		return nil, false, false, err
	}
	o.Base = *base
	if *ops != "" {
		o.Ops = strings.Split(*ops, ",")
	}
	r, err := idle.Run(ctx, o)
	if err != nil {
		return nil, false, false, err
	}
	return r, r.Ended == 0, *printJSON, nil
}
