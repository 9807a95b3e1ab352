package node

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/parley-chat/parley/gateway/wire"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/frame"
	"github.com/parley-chat/parley/pkg/presence"
)

// watch replaces the watched users, and answers how each of them is.
func (c *Client) watch(ctx context.Context, users []chat.UserID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	n := c.node
	added, dropped := difference(users, c.watching), difference(c.watching, users)
	if len(added) > 0 {
		// Subscribed before presence is asked for, so that no change falls between the two.
		err := n.hub.Subscribe(ctx, c.socket, presenceChannels(added)...)
		if err != nil && !errors.Is(err, bus.ErrDown) {
			n.log.WarnContext(ctx, "watch: subscribe", "error", err)
			c.sendError(codeUnavailable, "try again later")
			return
		}
	}
	n.hub.Unsubscribe(c.socket, presenceChannels(dropped)...)
	c.watching = users
	if err := c.answerWatch(ctx); err != nil {
		n.log.DebugContext(ctx, "watch: presence unknown", "error", err)
		c.unanswered = true
		n.unanswered.Store(true)
		c.sendError(codeUnavailable, "presence is not known now; it will be told when it is")
	}
}

// errPresenceFails says that what the store knows may be old: this node can't write to it, so others may not either.
var errPresenceFails = errors.New("presence store fails")

// maxAnswers is how often presence is asked for one answer.
const maxAnswers = 3

// answerWatch sends one frame for each watched user, or none: nothing is better than something wrong. The caller
// holds mu.
func (c *Client) answerWatch(ctx context.Context) error {
	if c.node.PresenceFailing() {
		return errPresenceFails
	}
	store := c.node.opts.Presence
	ask := c.watching
	for range maxAnswers {
		if len(ask) == 0 {
			break
		}
		states, err := store.States(ctx, ask...)
		if err != nil {
			return fmt.Errorf("presence: %w", err)
		}
		if err := c.sendPresence(ctx, ask, states); err != nil {
			return err
		}
		// Whoever came or went in between may have been told of before this answer, which then was the last word, and wrong.
		now, err := store.States(ctx, ask...)
		if err != nil {
			return fmt.Errorf("presence: %w", err)
		}
		ask = slices.DeleteFunc(slices.Clone(ask), func(id chat.UserID) bool { return now[id] == states[id] })
	}
	c.unanswered = false
	return nil
}

// sendPresence sends one frame for each of the users.
func (c *Client) sendPresence(ctx context.Context, users []chat.UserID, states map[chat.UserID]presence.State) error {
	n := c.node
	known, err := n.opts.Store.UsersByID(ctx, users)
	if err != nil {
		return fmt.Errorf("users: %w", err)
	}
	seen := make(map[chat.UserID]chat.Time, len(known))
	for _, u := range known {
		seen[u.ID] = u.LastSeenAt
	}
	batch := n.io.Batch()
	defer batch.Flush()
	for _, id := range users {
		payload, err := frame.Encode(frame.PresenceFrame{
			Type: frame.Presence, UserID: id, Online: states[id] != presence.Offline, Away: states[id] == presence.Away, LastSeenAt: seen[id],
		})
		if err != nil {
			return fmt.Errorf("presence: %w", err)
		}
		batch.Send(c.socket, wire.Text(payload))
	}
	return nil
}

func presenceChannels(users []chat.UserID) []bus.Channel {
	channels := make([]bus.Channel, 0, len(users)+1)
	for _, id := range users {
		channels = append(channels, bus.PresenceChannel(id))
	}
	return channels
}

// difference is what is in a and not in b.
func difference(a, b []chat.UserID) []chat.UserID {
	in := make(map[chat.UserID]struct{}, len(b))
	for _, id := range b {
		in[id] = struct{}{}
	}
	var out []chat.UserID
	for _, id := range a {
		if _, there := in[id]; !there {
			out = append(out, id)
		}
	}
	return out
}

// refreshDelay is how long after the bus is back presence is asked again: by then the other nodes have told the
// store anew who is there, should it have forgotten.
const refreshDelay = 2 * presence.BeatInterval

// answerLater is how often those are tried again whose watch could not be answered.
const answerLater = time.Second

// refreshPresence answers all watchers again after the bus or the presence store was lost, since comings and goings were
// missed. One after the other: it is no emergency, and there may be thousands. In between it answers those who could
// not be answered.
func (n *Node) refreshPresence(ctx context.Context) {
	timer := time.NewTimer(0)
	<-timer.C
	defer timer.Stop()
	again := time.NewTicker(answerLater)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-n.restored:
			timer.Reset(refreshDelay)
		case <-timer.C:
			n.refreshWatches(ctx, func(*Client) bool { return true })
		case <-again.C:
			if !n.PresenceFailing() && n.unanswered.Swap(false) {
				n.refreshWatches(ctx, func(c *Client) bool { return c.unanswered })
			}
		}
	}
}

func (n *Node) refreshWatches(ctx context.Context, which func(*Client) bool) {
	for _, s := range n.wheel.All() {
		if c, ok := s.Owner().(*Client); ok && ctx.Err() == nil {
			c.refreshWatch(ctx, which)
		}
	}
}

func (c *Client) refreshWatch(ctx context.Context, which func(*Client) bool) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || !which(c) {
		return
	}
	if err := c.answerWatch(ctx); err != nil {
		c.node.log.DebugContext(ctx, "presence not refreshed", "error", err)
		c.unanswered = true
		c.node.unanswered.Store(true)
	}
}
