// Package memorypresence keeps presence for the gateways of one process. It does what redispresence
// does, so that a gateway behaves the same on either.
package memorypresence

import (
	"context"
	"maps"
	"slices"
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
	// users are Away or Online here.
	users map[chat.UserID]presence.State
}

// New makes one without nodes.
func New(opts Options) *Presence {
	if opts.NodeTTL <= 0 {
		opts.NodeTTL = presence.NodeTTL
	}
	return &Presence{nodeTTL: opts.NodeTTL, nodes: map[presence.Node]*node{}, buried: map[presence.Node]struct{}{}}
}

// Join puts users on the node, idle no longer, and counts as a beat. It returns those that were not online before.
func (p *Presence) Join(_ context.Context, name presence.Node, users ...chat.UserID) ([]chat.UserID, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var came []chat.UserID
	seen := make(map[chat.UserID]presence.State, len(users))
	for _, u := range users {
		if _, twice := seen[u]; !twice && p.state(u) != presence.Online {
			came = append(came, u)
		}
		seen[u] = presence.Online
	}
	// Only now, because it revives a dead node, whose users were not online.
	maps.Copy(p.touch(name).users, seen)
	return came, nil
}

// Idle puts users on the node as idle, and counts as a beat. It returns how all of them are now.
func (p *Presence) Idle(_ context.Context, name presence.Node, users ...chat.UserID) (map[chat.UserID]presence.State, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.touch(name)
	for _, u := range users {
		n.users[u] = presence.Away
	}
	return p.states(users), nil
}

// Leave takes users from the node. It returns how all of them are now.
func (p *Presence) Leave(_ context.Context, name presence.Node, users ...chat.UserID) (map[chat.UserID]presence.State, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := p.nodes[name]; n != nil {
		for _, u := range users {
			delete(n.users, u)
		}
	}
	return p.states(users), nil
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

// States tells how each user is.
func (p *Presence) States(_ context.Context, users ...chat.UserID) (map[chat.UserID]presence.State, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.states(users), nil
}

// Reap removes the dead nodes and returns how their users are now.
func (p *Presence) Reap(context.Context) (map[chat.UserID]presence.State, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var left []chat.UserID
	for name, n := range p.nodes {
		if p.live(n) {
			continue
		}
		left = slices.AppendSeq(left, maps.Keys(n.users))
		delete(p.nodes, name)
		p.buried[name] = struct{}{}
	}
	return p.states(left), nil
}

func (p *Presence) states(users []chat.UserID) map[chat.UserID]presence.State {
	states := make(map[chat.UserID]presence.State, len(users))
	for _, u := range users {
		states[u] = p.state(u)
	}
	return states
}

func (p *Presence) touch(name presence.Node) *node {
	n := p.nodes[name]
	if n == nil {
		n = &node{users: map[chat.UserID]presence.State{}}
		p.nodes[name] = n
	}
	n.lastBeat = time.Now()
	return n
}

func (p *Presence) live(n *node) bool { return time.Since(n.lastBeat) < p.nodeTTL }

// state looks at each node: a process has a few.
func (p *Presence) state(u chat.UserID) presence.State {
	state := presence.Offline
	for _, n := range p.nodes {
		if p.live(n) {
			state = max(state, n.users[u])
		}
	}
	return state
}
