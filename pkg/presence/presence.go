// Package presence names what the adapters (redispresence, memorypresence) keep: which users
// have a socket on which gateway. One set per gateway, which dies with it.
package presence

import "time"

const (
	// BeatInterval is how often a gateway renews its set.
	BeatInterval = 3 * time.Second
	// NodeTTL is after how long without a beat a gateway counts as dead.
	NodeTTL = 10 * time.Second
	// SetTTL is how long a dead gateway's set stays for another one to read out, before it expires by itself.
	SetTTL = 2 * time.Minute
)

// Node names a gateway process; a restarted one has a new name.
type Node string

// State is how a user is, over all nodes.
type State uint8

const (
	// Offline users are on no live node.
	Offline State = iota
	// Away users are on live nodes, and idle on each of them.
	Away
	// Online users are on a live node and not idle there.
	Online
)
