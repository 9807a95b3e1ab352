// Package admission decides which new sockets a node takes: so many in all, from one address, for one user, and
// so many a second. What it refuses is told to come back later; nothing waits.
package admission

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/parley-chat/parley/pkg/chat"
)

// Refusal names the limit that was hit.
type Refusal string

const (
	NodeFull    Refusal = "node_full"
	AddressFull Refusal = "address_full"
	UserFull    Refusal = "user_full"
	TooFast     Refusal = "too_fast"
	Draining    Refusal = "draining"
)

// Limits of a Gate.
type Limits struct {
	Sockets    int
	PerAddress int
	PerUser    int
	// Rate is in new sockets a second; twice as many may come at once.
	Rate int
}

// Gate counts sockets. All methods may be called concurrently.
type Gate struct {
	limits Limits
	rate   *rate.Limiter

	mu        sync.Mutex // guards the following
	draining  bool
	sockets   int
	addresses map[netip.Prefix]int
	users     map[chat.UserID]int
}

// New makes an empty gate.
func New(l Limits) *Gate {
	return &Gate{
		limits:    l,
		rate:      rate.NewLimiter(rate.Limit(l.Rate), 2*l.Rate),
		addresses: map[netip.Prefix]int{},
		users:     map[chat.UserID]int{},
	}
}

// Pass is one socket's place, until Leave.
type Pass struct {
	gate   *Gate
	prefix netip.Prefix
	user   chat.UserID
	left   bool // guarded by gate.mu
}

// Enter gives a place to a socket from this address, of nobody yet; or the refusal.
func (g *Gate) Enter(addr netip.Addr, now time.Time) (*Pass, Refusal) {
	prefix := source(addr)
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.draining:
		return nil, Draining
	case g.sockets >= g.limits.Sockets:
		return nil, NodeFull
	case g.addresses[prefix] >= g.limits.PerAddress:
		return nil, AddressFull
	case !g.rate.AllowN(now, 1):
		return nil, TooFast
	}
	g.sockets++
	g.addresses[prefix]++
	return &Pass{gate: g, prefix: prefix}, ""
}

// SetUser says whose socket it is. It is called once; after a refusal the place is still held.
func (p *Pass) SetUser(user chat.UserID) Refusal {
	g := p.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.users[user] >= g.limits.PerUser {
		return UserFull
	}
	g.users[user]++
	p.user = user
	return ""
}

// Leave gives the place back; again, it does nothing.
func (p *Pass) Leave() {
	g := p.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	if p.left {
		return
	}
	p.left = true
	g.sockets--
	decrement(g.addresses, p.prefix)
	if p.user != "" {
		decrement(g.users, p.user)
	}
}

// SetDraining makes Enter refuse from now on.
func (g *Gate) SetDraining() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.draining = true
}

// Draining tells whether SetDraining was called.
func (g *Gate) Draining() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.draining
}

// Sockets are those with a place now.
func (g *Gate) Sockets() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.sockets
}

func decrement[K comparable](m map[K]int, k K) {
	if m[k]--; m[k] <= 0 {
		delete(m, k)
	}
}

// source is what counts as one address: an IPv4 address, or the /64 that an IPv6 customer gets.
func source(addr netip.Addr) netip.Prefix {
	addr = addr.Unmap().WithZone("")
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	prefix, err := addr.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return prefix
}
