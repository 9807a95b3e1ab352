// Package redispresence keeps in Redis which users are on which gateway: one set for each gateway, which expires
// with it.
//
// Keys (on a Cluster "presence" is written "{presence}"):
//
//	presence:node:{node}          set of the users on the node, and a mark that the set is complete
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
	// doubtful are nodes of which a Join or Leave failed. A server that hung may do it late, after younger ones.
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

// Join puts users on the node and counts as a beat. It returns those that were on no live node before.
func (p *Presence) Join(ctx context.Context, node presence.Node, users ...chat.UserID) ([]chat.UserID, error) {
	var came []chat.UserID
	err := p.chunks(users, func(some []any) error {
		args := append(p.args(string(node), p.fresh(node)), some...)
		batch, err := run(ctx, p, joinScript, p.keys(node), args)
		if err == nil {
			p.setKnown(node)
		}
		came = append(came, batch...)
		return err
	})
	if err != nil {
		p.doubt(node)
		return nil, fmt.Errorf("presence: join: %w", err)
	}
	return came, nil
}

// Leave takes users from the node. It returns those that are on no live node now, also if they were not on this one. With
// presence.ErrUnsettled they are off the node, and the rest can't be told yet: leave again.
func (p *Presence) Leave(ctx context.Context, node presence.Node, users ...chat.UserID) ([]chat.UserID, error) {
	var went []chat.UserID
	err := p.chunks(users, func(some []any) error {
		batch, err := run(ctx, p, leaveScript, p.keys(node), append(p.args(p.hasNode()), some...))
		went = append(went, batch...)
		return err
	})
	if err != nil {
		if !errors.Is(err, presence.ErrUnsettled) {
			p.doubt(node)
		}
		return nil, fmt.Errorf("presence: leave: %w", err)
	}
	return went, nil
}

// Beat says that the node lives. It returns presence.ErrForgotten, once, if its set was lost: Redis was emptied, or
// the node slept for so long that it was reaped; and after a Join or Leave that failed, because nobody knows what
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

// Online tells for each user whether a live node has them, or fails with presence.ErrUnsettled.
func (p *Presence) Online(ctx context.Context, users ...chat.UserID) (map[chat.UserID]bool, error) {
	online := make(map[chat.UserID]bool, len(users))
	for _, u := range users {
		online[u] = true
	}
	offline, err := p.offline(ctx, users)
	if err != nil {
		return nil, fmt.Errorf("presence: online: %w", err)
	}
	for _, u := range offline {
		online[u] = false
	}
	return online, nil
}

// offline are those of users that no live node has, asked in one round trip.
func (p *Presence) offline(ctx context.Context, users []chat.UserID) ([]chat.UserID, error) {
	keys := p.keys()
	if len(users) <= chunk {
		return run(ctx, p, onlineScript, keys, append(p.args(p.hasNode()), anys(users)...))
	}
	pipe := p.client.Pipeline()
	var cmds []*redis.Cmd
	err := p.chunks(users, func(some []any) error {
		// In full, because a pipeline can't fall back when Redis does not know the script.
		cmds = append(cmds, onlineScript.Eval(ctx, pipe, keys, append(p.args(p.hasNode()), some...)...))
		return nil
	})
	_, execErr := pipe.Exec(ctx)
	if err := errors.Join(err, execErr); err != nil {
		return nil, told(err)
	}
	var offline []chat.UserID
	for _, cmd := range cmds {
		batch, err := cmd.StringSlice()
		if err != nil {
			return nil, told(err)
		}
		offline = append(offline, ids(batch)...)
	}
	return offline, nil
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

func run(ctx context.Context, p *Presence, script *redis.Script, keys []string, args []any) ([]chat.UserID, error) {
	answer, err := script.Run(ctx, p.client, keys, args...).StringSlice()
	if err != nil {
		return nil, told(err)
	}
	return ids(answer), nil
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
