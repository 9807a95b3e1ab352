// Package flaw has deliberate bugs, with which the checker of `make chaos` is checked: it has to find each of them, every time.
// They are compiled in with the build tag "flaws" alone, and then switched on by name; other builds carry none.
package flaw

// Flaw is a deliberate bug.
type Flaw string

// Setting names the environment variable that switches a flaw on, in builds that have them.
const Setting = "PARLEY_FLAW"

const (
	// LostPublish: of a thousand frames an API node publishes all but one, and gateways never read the log.
	LostPublish Flaw = "lost-publish"
	// EarlyAcknowledgement: a message is acknowledged before it is committed.
	EarlyAcknowledgement Flaw = "early-acknowledgement"
)
