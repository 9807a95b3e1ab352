package node

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/parley-chat/parley/pkg/audience"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/presence"
)

// maxRecheckPairs is how many changes between a viewer and others are looked at one by one; beyond, at all whom they watch.
const maxRecheckPairs = 16

// rechecks are the users of whom somebody has said that they may be seen by others than before, or see others. Each waits
// once, however often that is said.
type rechecks struct {
	wake chan struct{}

	mu sync.Mutex // guards the following
	// seen are those to look at with the eyes of all who watch them.
	seen map[chat.UserID]struct{}
	// viewers are those with whose eyes to look, and at whom; nil for all whom they watch.
	viewers map[chat.UserID][]chat.UserID
}

func newRechecks() rechecks {
	return rechecks{wake: make(chan struct{}, 1), seen: map[chat.UserID]struct{}{}, viewers: map[chat.UserID][]chat.UserID{}}
}

// audienceChanged takes an order. It doesn't wait: what follows from it is recheckAudiences'.
func (n *Node) audienceChanged(c bus.Channel, other chat.UserID) {
	r := &n.rechecks
	r.mu.Lock()
	if user, ok := c.PresenceUser(); ok {
		r.seen[user] = struct{}{}
	} else {
		n.viewerChanged(c, other)
	}
	r.mu.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// viewerChanged notes whose sockets those of the user channel are. The caller holds the mutex of rechecks.
func (n *Node) viewerChanged(c bus.Channel, other chat.UserID) {
	for _, s := range n.hub.Sockets(c) {
		switch others, waits := n.rechecks.viewers[s.UserID]; {
		case other == "", waits && others == nil, len(others) >= maxRecheckPairs:
			n.rechecks.viewers[s.UserID] = nil
			if c, ok := s.Owner().(*Client); ok {
				// Nothing passes until all are asked of again.
				c.sight.Store(nil)
			}
		case !slices.Contains(others, other):
			n.rechecks.viewers[s.UserID] = append(others, other)
		}
	}
}

func (r *rechecks) take() (seen map[chat.UserID]struct{}, viewers map[chat.UserID][]chat.UserID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	seen, viewers = r.seen, r.viewers
	r.seen, r.viewers = map[chat.UserID]struct{}{}, map[chat.UserID][]chat.UserID{}
	return seen, viewers
}

// recheckAudiences tells watchers anew of those of whom there is an order.
func (n *Node) recheckAudiences(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-n.rechecks.wake:
		}
		seen, viewers := n.rechecks.take()
		for viewer, others := range viewers {
			n.refresh(ctx, n.hub.Sockets(bus.UserChannel(viewer)), func(c *Client) bool {
				return others == nil || slices.ContainsFunc(others, func(id chat.UserID) bool { return slices.Contains(c.watching, id) })
			})
		}
		for user := range seen {
			n.recheckSeen(ctx, user)
		}
	}
}

// recheckSeen tells all who watch a user anew how they look.
func (n *Node) recheckSeen(ctx context.Context, user chat.UserID) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	watchers := map[chat.UserID][]*Client{}
	for _, s := range n.hub.Sockets(bus.PresenceChannel(user)) {
		if c, ok := s.Owner().(*Client); ok {
			watchers[s.UserID] = append(watchers[s.UserID], c)
		}
	}
	looks, err := n.looksTo(ctx, user, watchers)
	for range maxAnswers {
		if err != nil || len(watchers) == 0 {
			break
		}
		var state, now presence.State
		if state, err = n.stateOf(ctx, user); err != nil {
			break
		}
		for viewer, clients := range watchers {
			for _, c := range clients {
				n.tellAnew(ctx, c, user, looks[viewer], state)
			}
		}
		// What happened before all let it pass has not been heard by some.
		if now, err = n.stateOf(ctx, user); err == nil && now == state {
			return
		}
	}
	if err == nil {
		return
	}
	n.log.WarnContext(ctx, "who sees a user is not known; their watchers are told that presence is not", "error", err)
	for _, clients := range watchers {
		for _, c := range clients {
			c.mu.Lock()
			if !c.closed {
				c.takeBack()
			}
			c.mu.Unlock()
		}
	}
}

// looksTo asks how a user looks to viewers. Who sees whom is the same in both directions, so it is asked once for all.
func (n *Node) looksTo(ctx context.Context, user chat.UserID, viewers map[chat.UserID][]*Client) (map[chat.UserID]look, error) {
	looks := make(map[chat.UserID]look, len(viewers))
	ids := []chat.UserID{user}
	for id := range viewers {
		if id != user {
			ids = append(ids, id)
		}
	}
	var who chat.User
	for part := range slices.Chunk(ids, batchUsers) {
		known, err := n.opts.Store.UsersByID(ctx, part)
		if err != nil {
			return nil, fmt.Errorf("users: %w", err)
		}
		sees, err := audience.Of(ctx, n.opts.Store, user, known)
		if err != nil {
			return nil, fmt.Errorf("look: %w", err)
		}
		for _, u := range known {
			if u.ID == user {
				who = u
			}
		}
		for id, seen := range sees {
			looks[id] = lookOf(who, seen, id == user)
		}
	}
	return looks, nil
}

// batchUsers is how many users one question to the store names.
const batchUsers = 1000

func (n *Node) stateOf(ctx context.Context, user chat.UserID) (presence.State, error) {
	if n.presenceUnknown() {
		return presence.Offline, errPresenceFails
	}
	states, err := n.opts.Presence.States(ctx, user)
	if err != nil {
		return presence.Offline, fmt.Errorf("presence: %w", err)
	}
	return states[user], nil
}

// tellAnew tells a client how one of those it watches looks now. One that is just being answered is answered once more.
func (n *Node) tellAnew(ctx context.Context, c *Client, user chat.UserID, l look, state presence.State) {
	if !c.mu.TryLock() {
		n.running.Go(func() { c.refreshWatch(n.ctx, func(*Client) bool { return true }) })
		return
	}
	defer c.mu.Unlock()
	seen := c.sight.Load()
	if c.closed || seen == nil || seen.turn != n.presenceTurn.Load() || !slices.Contains(c.watching, user) {
		// It is told when all are.
		return
	}
	c.sight.Store(seen.with(map[chat.UserID]look{user: l}))
	if err := c.sendPresence([]chat.UserID{user}, map[chat.UserID]look{user: l}, map[chat.UserID]presence.State{user: state}); err != nil {
		n.log.ErrorContext(ctx, "presence frame", "error", err)
	}
}
