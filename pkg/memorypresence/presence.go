// Package memorypresence keeps presence for the gateways of one process. It does what redispresence
// does, so that a gateway behaves the same on either.
package memorypresence

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/presence"
)

// Options of New; zero values are the defaults.
type Options struct {
	// NodeTTL is after how long without a beat a node counts as dead; presence.NodeTTL.
	NodeTTL time.Duration
}

// Presence knows which users are on which node. It is safe for concurrent use. Its methods return no
// error but those that they name.
type Presence struct {
	nodeTTL time.Duration

	mu    sync.Mutex // guards the following
	nodes map[presence.Node]*node
	// buried are the nodes that were reaped and have not heard of it.
	buried map[presence.Node]struct{}
}

type node struct {
	lastBeat time.Time
	users    map[chat.UserID]struct{}
}

// New makes one without nodes.
func New(opts Options) *Presence {
	if opts.NodeTTL <= 0 {
		opts.NodeTTL = presence.NodeTTL
	}
	return &Presence{nodeTTL: opts.NodeTTL, nodes: map[presence.Node]*node{}, buried: map[presence.Node]struct{}{}}
}

// Join puts users on the node and counts as a beat. It returns those that were on no live node before.
func (p *Presence) Join(_ context.Context, name presence.Node, users ...chat.UserID) ([]chat.UserID, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var came []chat.UserID
	seen := make(map[chat.UserID]struct{}, len(users))
	for _, u := range users {
		if _, twice := seen[u]; !twice && !p.online(u) {
			came = append(came, u)
		}
		seen[u] = struct{}{}
	}
	// Only now, because it revives a dead node, whose users were not online.
	maps.Copy(p.touch(name).users, seen)
	return came, nil
}

// Leave takes users from the node. It returns those that are on no live node now.
func (p *Presence) Leave(_ context.Context, name presence.Node, users ...chat.UserID) ([]chat.UserID, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	left := make(map[chat.UserID]struct{}, len(users))
	for _, u := range users {
		if n := p.nodes[name]; n != nil {
			delete(n.users, u)
		}
		left[u] = struct{}{}
	}
	return p.offline(left), nil
}

// Beat says that the node lives. It returns presence.ErrForgotten, once, if the node was reaped meanwhile.
func (p *Presence) Beat(_ context.Context, name presence.Node) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.touch(name)
	if _, buried := p.buried[name]; buried {
		delete(p.buried, name)
		return presence.ErrForgotten
	}
	return nil
}

// Online tells for each user whether a live node has them.
func (p *Presence) Online(_ context.Context, users ...chat.UserID) (map[chat.UserID]bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	online := make(map[chat.UserID]bool, len(users))
	for _, u := range users {
		online[u] = p.online(u)
	}
	return online, nil
}

// Reap removes the dead nodes and returns those of their users that no live node has, each once.
func (p *Presence) Reap(context.Context) ([]chat.UserID, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	left := map[chat.UserID]struct{}{}
	for name, n := range p.nodes {
		if p.live(n) {
			continue
		}
		for u := range n.users {
			left[u] = struct{}{}
		}
		delete(p.nodes, name)
		p.buried[name] = struct{}{}
	}
	return p.offline(left), nil
}

// offline are those of users that no live node has.
func (p *Presence) offline(users map[chat.UserID]struct{}) []chat.UserID {
	var offline []chat.UserID
	for u := range users {
		if !p.online(u) {
			offline = append(offline, u)
		}
	}
	return offline
}

func (p *Presence) touch(name presence.Node) *node {
	n := p.nodes[name]
	if n == nil {
		n = &node{users: map[chat.UserID]struct{}{}}
		p.nodes[name] = n
	}
	n.lastBeat = time.Now()
	return n
}

func (p *Presence) live(n *node) bool { return time.Since(n.lastBeat) < p.nodeTTL }

// online looks at each node: a process has a few.
func (p *Presence) online(u chat.UserID) bool {
	for _, n := range p.nodes {
		if _, here := n.users[u]; here && p.live(n) {
			return true
		}
	}
	return false
}
