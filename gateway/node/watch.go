package node

import (
	"context"
	"errors"
	"fmt"
	"slices"

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
	// Whoever is new may not be told of before it is known whether they may be seen.
	c.sight.Store(nil)
	if len(added) > 0 {
		// Subscribed before presence is asked for, so that no change falls between the two.
		err := n.hub.Subscribe(ctx, c.socket, presenceChannels(added)...)
		if err != nil && !errors.Is(err, bus.ErrDown) {
			n.log.WarnContext(ctx, "watch: subscribe", "error", err)
			c.sendError(codeUnavailable, "try again later")
			c.takeBack()
			return
		}
	}
	n.hub.Unsubscribe(c.socket, presenceChannels(dropped)...)
	c.watching = users
	if err := c.answerWatch(ctx); err != nil {
		n.log.DebugContext(ctx, "watch: presence unknown", "error", err)
		c.sendError(codeUnavailable, "presence is not known now; it will be told when it is")
		c.takeBack()
	}
}

// errPresenceFails says that what the store knows may be old: this node can't write to it, so others may not either; or that
// nobody would tell of what changes, because the bus is lost.
var errPresenceFails = errors.New("presence store or bus fails")

// maxAnswers is how often presence is asked for one answer.
const maxAnswers = 3

// answerWatch sends one frame for each watched user, or none: nothing is better than something wrong. The caller
// holds mu.
func (c *Client) answerWatch(ctx context.Context) error {
	s := &sight{turn: c.node.presenceTurn.Load()}
	if c.node.presenceUnknown() {
		return errPresenceFails
	}
	c.sight.Store(nil)
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
		looks, err := c.node.look(ctx, c.socket.UserID, ask)
		if err != nil {
			return err
		}
		s = s.with(looks)
		c.sight.Store(s)
		if err := c.sendPresence(ask, looks, states); err != nil {
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

// sendPresence sends one frame for each of the users. The caller holds mu.
func (c *Client) sendPresence(users []chat.UserID, looks map[chat.UserID]look, states map[chat.UserID]presence.State) error {
	n := c.node
	batch := n.io.Batch()
	defer batch.Flush()
	c.told = true
	for _, id := range users {
		payload, err := frame.Encode(looks[id].frame(id, states[id]))
		if err != nil {
			return fmt.Errorf("presence: %w", err)
		}
		batch.Send(c.socket, wire.Text(payload))
	}
	return nil
}

// takeBack says that what was told of presence may no longer be so, and has it told anew later. The caller holds mu.
func (c *Client) takeBack() {
	c.sight.Store(nil)
	c.unanswered = true
	c.node.unanswered.Store(true)
	if c.told {
		c.told = false
		c.socket.Send(c.node.unknown)
	}
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
