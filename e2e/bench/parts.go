package bench

import (
	"os"

	"github.com/parley-chat/parley/e2e/ferret"
)

// The first argument can make a program one of the processes that its run needs.
const (
	asHolder = "holder" // of sockets
	asStore  = "store"  // with its data in the directory, at the address that follow
)

// Part does the work of one of a run's other processes, if the arguments of this one say that it is such.
func Part(args []string) (isPart bool, err error) {
	switch {
	case len(args) == 2 && args[1] == asHolder:
		return true, Hold()
	case len(args) == 4 && args[1] == asStore:
		return true, ferret.Process(os.Stdin, os.Stdout, args[2], args[3]) //nolint:wrapcheck // says what it is
	}
	return false, nil
}

// WithParts are options whose other processes run a program that begins with Part.
func WithParts(program string) Options {
	return Options{Progress: os.Stderr, Holder: []string{program, asHolder}, Store: []string{program, asStore}}
}
