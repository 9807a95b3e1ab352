//go:build !flaws

package flaw

// On tells whether a flaw is switched on.
func On(Flaw) bool { return false }

// Strikes tells whether a flaw that is switched on is due, as it is once in so many calls.
func Strikes(Flaw, uint64) bool { return false }
