// Package process is what the main function of every program of Parley does: flags, help, settings, exit codes.
package process

import (
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/parley-chat/parley/pkg/config"
)

// The exit codes.
const (
	ExitOK     = 0
	ExitFailed = 1
	// ExitUsage: a wrong argument or setting; starting again changes nothing.
	ExitUsage = 2
)

// Program is one of them.
type Program struct {
	Name string
	// Usage is what --help prints before the list of settings.
	Usage string
	// Settings are pointers to the structs that --help lists; see config.Usage.
	Settings []any
	// Flags may declare some; nil for none.
	Flags func(*flag.FlagSet)
	// Load reads the settings from environ, in the form of os.Environ.
	Load func(environ []string) error
	// Run works until it is done, or a signal says so.
	Run func() error
	// Failed tells of Run's error in the log, unless it is a *config.Error, which is told in one line like any
	// wrong setting.
	Failed func(error)
}

// Main runs the program; args are without its name. It returns the exit code.
func (p Program) Main(args, environ []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet(p.Name, flag.ContinueOnError)
	flags.SetOutput(io.Discard) // wrong ones are told below, in one line
	if p.Flags != nil {
		p.Flags(flags)
	}
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return p.help(stdout, stderr)
	} else if err != nil || flags.NArg() > 0 {
		fmt.Fprintf(stderr, "%s: unknown arguments %q; see --help\n", p.Name, args)
		return ExitUsage
	}
	if err := p.Load(environ); err != nil {
		fmt.Fprintf(stderr, "%s: %v\n", p.Name, err)
		return ExitUsage
	}
	err := p.Run()
	var wrong *config.Error
	switch {
	case errors.As(err, &wrong):
		fmt.Fprintf(stderr, "%s: %v\n", p.Name, wrong)
		return ExitUsage
	case err != nil:
		p.Failed(err)
		return ExitFailed
	}
	return ExitOK
}

func (p Program) help(stdout, stderr io.Writer) int {
	fmt.Fprintf(stdout, "%s\nSettings are environment variables:\n", p.Usage)
	if err := config.Usage(stdout, p.Settings...); err != nil {
		fmt.Fprintf(stderr, "%s: %v\n", p.Name, err)
		return ExitFailed
	}
	return ExitOK
}
