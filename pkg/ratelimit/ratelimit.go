// Package ratelimit names the token bucket that the adapters (redislimit, memorylimit)
// implement: what a limit is, and what a decision tells.
package ratelimit

import "time"

// Limit is a token bucket: Burst tokens at most, refilled at PerMinute.
type Limit struct {
	// Name is part of the key and of metrics: "message", "signup".
	Name string
	// PerMinute is tokens a minute; 0 or less means no limit at all.
	PerMinute float64
	// Burst is the size of the bucket, at least 1.
	Burst int
}

// Unlimited tells whether l lets everything through.
func (l Limit) Unlimited() bool { return l.PerMinute <= 0 }

// Key is where a bucket of l lives: ratelimit:{name}:{id}.
func (l Limit) Key(id string) string { return "ratelimit:" + l.Name + ":" + id }

// Decision is the answer to one request for a token.
type Decision struct {
	Allowed bool
	// Limit is the bucket's size, Remaining the whole tokens left in it.
	Limit     int
	Remaining int
	// RetryAfter is 0 when allowed, else how long until one token is there.
	RetryAfter time.Duration
	// ResetAfter is how long until the bucket is full.
	ResetAfter time.Duration
}
