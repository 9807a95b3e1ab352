package redispresence

import (
	"context"
	"fmt"
	"strings"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/presence"
)

// scanCount is about how many users one step of reading out a set brings.
const scanCount = 1000

// Reap looks for nodes that have died, and returns how their users are now. A dead node goes to one caller only.
//
// The next Reap of the same Presence confirms that the users it returned have been dealt with. If none comes before
// the lease is over, because the process died, another caller gets the node; so does the next one if Reap fails.
func (p *Presence) Reap(ctx context.Context) (map[chat.UserID]presence.State, error) {
	p.reapMu.Lock()
	defer p.reapMu.Unlock()
	if err := p.bury(ctx); err != nil {
		return nil, fmt.Errorf("presence: reap: bury: %w", err)
	}
	graves, err := p.claim(ctx)
	if err != nil {
		return nil, fmt.Errorf("presence: reap: claim: %w", err)
	}
	var users []chat.UserID
	for _, g := range graves {
		some, err := p.usersIn(ctx, g)
		if err != nil {
			return nil, fmt.Errorf("presence: reap: read: %w", err)
		}
		users = append(users, some...)
	}
	var states map[chat.UserID]presence.State
	if len(users) > 0 {
		// Asked last, so that whoever has come back elsewhere in the meantime is not told of.
		if states, err = p.states(ctx, unique(users)); err != nil {
			return nil, fmt.Errorf("presence: reap: %w", err)
		}
	}
	p.reaped = graves
	return states, nil
}

// bury removes what the last Reap returned. A grave is of one death, so it does no harm that another reaper may have
// got it since.
func (p *Presence) bury(ctx context.Context) error {
	if len(p.reaped) == 0 {
		return nil
	}
	pipe := p.client.TxPipeline()
	for _, g := range p.reaped {
		pipe.Unlink(ctx, p.graveKey(g))
		pipe.ZRem(ctx, p.gravesKey(), g)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return err
	}
	p.reaped = nil
	return nil
}

func (p *Presence) claim(ctx context.Context) (graves []string, err error) {
	keys := append(p.keys(), p.gravesKey())
	args := p.args(p.graveKey(""), p.opts.Lease.Milliseconds())
	return claimScript.Run(ctx, p.client, keys, args...).StringSlice()
}

func (p *Presence) gravesKey() string { return p.prefix + "graves" }

func (p *Presence) graveKey(name string) string { return p.prefix + "grave:" + name }

// usersIn reads a dead node's set out in steps: it may be large.
func (p *Presence) usersIn(ctx context.Context, grave string) ([]chat.UserID, error) {
	var users []chat.UserID
	for cursor := uint64(0); ; {
		names, next, err := p.client.SScan(ctx, p.graveKey(grave), cursor, "", scanCount).Result()
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if !strings.HasPrefix(name, mark) {
				users = append(users, chat.UserID(name))
			}
		}
		if cursor = next; cursor == 0 {
			return users, nil
		}
	}
}

func unique(users []chat.UserID) []chat.UserID {
	seen := make(map[chat.UserID]struct{}, len(users))
	out := users[:0]
	for _, u := range users {
		if _, twice := seen[u]; !twice {
			seen[u] = struct{}{}
			out = append(out, u)
		}
	}
	return out
}
