// Package redispresence keeps in Redis which users are on which gateway: one set for each gateway, which expires
// with it.
//
// Keys (on a Cluster "presence" is written "{presence}"):
//
//	presence:node:{node}          set of the users on the node, those who are idle there once more with a mark before
//	                              their id, and the mark alone, by which the set is complete
//	presence:nodes                sorted set of nodes by last beat, in milliseconds of the server's clock
//	presence:nodes:begun          there from the first node's coming; when it is gone, all is
//	presence:nodes:emptied        there for a while after a node has noticed that
//	presence:grave:{node}@{time}  what was the set of a node that died
//	presence:graves               sorted set of graves by the time until which somebody is dealing with their users
//
// All keys share one hash tag on a Cluster, because whether a user came or went depends on all nodes' sets at one
// instant: asked one by one, two gateways that take over a user from each other could both miss it. The price is
// that one server has all of presence; it is a few commands for each socket that opens or closes.
package redispresence

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/presence"
)

// chunk is how many users one script takes: it holds up everybody else's commands while it runs.
const chunk = 500

// Options of New; zero values are the defaults.
type Options struct {
	// NodeTTL is after how long without a beat a node counts as dead; presence.NodeTTL.
	NodeTTL time.Duration
	// SetTTL is how long a dead node's set stays for others to read; presence.SetTTL.
	SetTTL time.Duration
	// Lease is how long a reaper may take to deal with a dead node's users before another one does; NodeTTL.
	Lease time.Duration
}

// Presence knows which users are on which node. It is safe for concurrent use. All errors are Redis's or the
// context's, wrapped, but those that a method names; nothing is known then of what was done.
type Presence struct {
	client redis.UniversalClient
	opts   Options
	prefix string

	mu sync.Mutex // guards the following
	// known are the nodes that this process has written. For a node that is not, a missing set is no surprise.
	known map[presence.Node]struct{}
	// doubtful are nodes of which a Join, Idle or Leave failed. A server that hung may do it late, after younger ones.
	doubtful map[presence.Node]struct{}

	reapMu sync.Mutex // guards reaped, and lets one Reap run at a time
	// reaped are the graves whose users the last Reap returned.
	reaped []string
}

// New uses a client that remains the caller's.
func New(client redis.UniversalClient, opts Options) *Presence {
	if opts.NodeTTL <= 0 {
		opts.NodeTTL = presence.NodeTTL
	}
	if opts.SetTTL <= 0 {
		opts.SetTTL = presence.SetTTL
	}
	if opts.Lease <= 0 {
		opts.Lease = opts.NodeTTL
	}
	prefix := "presence:"
	if _, cluster := client.(*redis.ClusterClient); cluster {
		prefix = "{presence}:"
	}
	return &Presence{
		client: client,
		opts:   opts,
		prefix: prefix,

		known:    map[presence.Node]struct{}{},
		doubtful: map[presence.Node]struct{}{},
	}
}

// Join puts users on the node, idle no longer, and counts as a beat. It returns those that were not online before.
func (p *Presence) Join(ctx context.Context, node presence.Node, users ...chat.UserID) ([]chat.UserID, error) {
	var came []chat.UserID
	err := p.chunks(users, func(some []any) error {
		args := append(p.args(string(node), p.fresh(node)), some...)
		batch, err := joinScript.Run(ctx, p.client, p.keys(node), args...).StringSlice()
		if err == nil {
			p.setKnown(node)
		}
		came = append(came, ids(batch)...)
		return err
	})
	if err != nil {
		p.doubt(node)
		return nil, fmt.Errorf("presence: join: %w", err)
	}
	return came, nil
}

// Idle puts users on the node as idle, and counts as a beat. It returns how all of them are now. With presence.ErrUnsettled
// they are idle, and the rest can't be told yet: call it again.
func (p *Presence) Idle(ctx context.Context, node presence.Node, users ...chat.UserID) (map[chat.UserID]presence.State, error) {
	states := make(map[chat.UserID]presence.State, len(users))
	err := p.chunks(users, func(some []any) error {
		args := append(p.args(string(node), p.fresh(node), p.hasNode()), some...)
		err := run(ctx, p, idleScript, p.keys(node), args, some, states)
		if err == nil {
			p.setKnown(node)
		}
		return err
	})
	if err != nil {
		if !errors.Is(err, presence.ErrUnsettled) {
			p.doubt(node)
		}
		return nil, fmt.Errorf("presence: idle: %w", err)
	}
	return states, nil
}

// Leave takes users from the node. It returns how all of them are now, also if they were not on this one. With
// presence.ErrUnsettled they are off the node, and the rest can't be told yet: leave again.
func (p *Presence) Leave(ctx context.Context, node presence.Node, users ...chat.UserID) (map[chat.UserID]presence.State, error) {
	states := make(map[chat.UserID]presence.State, len(users))
	err := p.chunks(users, func(some []any) error {
		return run(ctx, p, leaveScript, p.keys(node), append(p.args(p.hasNode()), some...), some, states)
	})
	if err != nil {
		if !errors.Is(err, presence.ErrUnsettled) {
			p.doubt(node)
		}
		return nil, fmt.Errorf("presence: leave: %w", err)
	}
	return states, nil
}

// Beat says that the node lives. It returns presence.ErrForgotten, once, if its set was lost: Redis was emptied, or
// the node slept for so long that it was reaped; and after a Join, Idle or Leave that failed, because nobody knows what
// became of it.
func (p *Presence) Beat(ctx context.Context, node presence.Node) error {
	whole, err := beatScript.Run(ctx, p.client, p.keys(node), p.args(string(node), p.fresh(node))...).Bool()
	if err != nil {
		return fmt.Errorf("presence: beat: %w", err)
	}
	p.setKnown(node)
	if p.takeDoubt(node) || !whole {
		return presence.ErrForgotten
	}
	return nil
}

// States tells how each user is, or fails with presence.ErrUnsettled.
func (p *Presence) States(ctx context.Context, users ...chat.UserID) (map[chat.UserID]presence.State, error) {
	states, err := p.states(ctx, users)
	if err != nil {
		return nil, fmt.Errorf("presence: states: %w", err)
	}
	return states, nil
}

// states asks in one round trip.
func (p *Presence) states(ctx context.Context, users []chat.UserID) (map[chat.UserID]presence.State, error) {
	states := make(map[chat.UserID]presence.State, len(users))
	keys := p.keys()
	if len(users) <= chunk {
		some := anys(users)
		return states, run(ctx, p, statesScript, keys, append(p.args(p.hasNode()), some...), some, states)
	}
	pipe := p.client.Pipeline()
	var cmds []*redis.Cmd
	var parts [][]any
	err := p.chunks(users, func(some []any) error {
		parts = append(parts, slices.Clone(some))
		// In full, because a pipeline can't fall back when Redis does not know the script.
		cmds = append(cmds, statesScript.Eval(ctx, pipe, keys, append(p.args(p.hasNode()), some...)...))
		return nil
	})
	_, execErr := pipe.Exec(ctx)
	if err := errors.Join(err, execErr); err != nil {
		return nil, told(err)
	}
	for i, cmd := range cmds {
		if err := read(cmd, parts[i], states); err != nil {
			return nil, err
		}
	}
	return states, nil
}

// chunks calls f with the users, each once, in parts that one script takes; once with none for none.
func (p *Presence) chunks(users []chat.UserID, f func(some []any) error) error {
	seen := make(map[chat.UserID]struct{}, len(users))
	some := make([]any, 0, min(len(users), chunk))
	for _, u := range users {
		if _, twice := seen[u]; twice {
			continue
		}
		seen[u] = struct{}{}
		if some = append(some, string(u)); len(some) == chunk {
			if err := f(some); err != nil {
				return err
			}
			some = some[:0]
		}
	}
	if len(some) == 0 && len(users) > 0 {
		return nil
	}
	return f(some)
}

// run calls a script that answers with the states of users, and puts them into states.
func run(ctx context.Context, p *Presence, script *redis.Script, keys []string, args, users []any, states map[chat.UserID]presence.State) error {
	return read(script.Run(ctx, p.client, keys, args...), users, states)
}

// read puts the answer of such a script into states.
func read(cmd *redis.Cmd, users []any, states map[chat.UserID]presence.State) error {
	answer, err := cmd.Int64Slice()
	if err != nil {
		return told(err)
	}
	if len(answer) != len(users) {
		return fmt.Errorf("%d states of %d users", len(answer), len(users))
	}
	for i, u := range users {
		states[chat.UserID(u.(string))] = presence.State(answer[i])
	}
	return nil
}

// told gives the scripts' own error its name.
func told(err error) error {
	if redis.HasErrorPrefix(err, "UNSETTLED") {
		return fmt.Errorf("%w: %w", presence.ErrUnsettled, err)
	}
	return err
}

// keys are those that scripts name: the nodes, and a node's set.
func (p *Presence) keys(nodes ...presence.Node) []string {
	keys := []string{p.prefix + "nodes"}
	for _, n := range nodes {
		keys = append(keys, p.setKey(n))
	}
	return keys
}

func (p *Presence) setKey(n presence.Node) string { return p.prefix + "node:" + string(n) }

// args are those that all scripts take, and then more.
func (p *Presence) args(more ...any) []any {
	return append([]any{p.prefix + "node:", p.opts.NodeTTL.Milliseconds(), p.opts.SetTTL.Milliseconds()}, more...)
}

// fresh is 1 for a node that this process has never written.
func (p *Presence) fresh(node presence.Node) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, known := p.known[node]; known {
		return 0
	}
	return 1
}

// hasNode is 1 if this process has written a node, which so has to be there.
func (p *Presence) hasNode() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return min(len(p.known), 1)
}

func (p *Presence) setKnown(node presence.Node) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known[node] = struct{}{}
}

func (p *Presence) doubt(node presence.Node) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.doubtful[node] = struct{}{}
}

func (p *Presence) takeDoubt(node presence.Node) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, doubtful := p.doubtful[node]
	delete(p.doubtful, node)
	return doubtful
}

func ids(names []string) []chat.UserID {
	users := make([]chat.UserID, 0, len(names))
	for _, n := range names {
		users = append(users, chat.UserID(n))
	}
	return users
}

func anys(users []chat.UserID) []any {
	out := make([]any, 0, len(users))
	for _, u := range users {
		out = append(out, string(u))
	}
	return out
}
