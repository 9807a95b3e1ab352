//go:build flaws

package flaw

import (
	"os"
	"sync/atomic"
)

var on = Flaw(os.Getenv(Setting))

var calls atomic.Uint64

// On tells whether a flaw is switched on.
func On(f Flaw) bool { return f == on }

// Strikes tells whether a flaw that is switched on is due, as it is once in so many calls.
func Strikes(f Flaw, once uint64) bool { return On(f) && calls.Add(1)%once == 0 }
