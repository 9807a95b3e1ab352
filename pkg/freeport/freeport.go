// Package freeport finds TCP ports for servers that tests and benchmarks start: those that can't be told to take any
// free one and say which.
package freeport

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
)

// Ports are looked for below those that systems give to outgoing connections (from 32,768 on Linux, 49,152 elsewhere):
// one of these could take a port between its being found and its being used, and from a server that restarts as well.
// The cluster of the end-to-end tests takes its own from 20,000 on.
const (
	lowest  = 10_000
	highest = 20_000
	tries   = 100
)

var errNone = errors.New("found no free port")

// Find returns a port of the loopback address that nobody listened on a moment ago.
func Find() (int, error) {
	for range tries {
		port := lowest + rand.IntN(highest-lowest)
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			continue
		}
		if err := l.Close(); err != nil {
			return 0, err
		}
		return port, nil
	}
	return 0, errNone
}
