package node

import (
	"context"
	"errors"
	"time"

	"github.com/parley-chat/parley/gateway/clientframe"
	"github.com/parley-chat/parley/gateway/socket"
	"github.com/parley-chat/parley/gateway/wire"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/frame"
)

// The codes of error frames; they mean what they mean over HTTP.
const (
	codeInvalid     = "validation_failed"
	codeNotFound    = "not_found"
	codeUnavailable = "unavailable"
)

// askTimeout bounds what a client's frame may ask of the stores.
const askTimeout = 3 * time.Second

func (c *Client) handle(payload []byte) {
	f, err := clientframe.Decode(payload)
	var invalid *clientframe.InvalidError
	switch {
	case errors.As(err, &invalid):
		c.node.counts.FramesIn.WithLabelValues("invalid").Inc()
		c.sendError(codeInvalid, invalid.Detail)
		return
	case err != nil:
		c.node.counts.FramesIn.WithLabelValues("malformed").Inc()
		c.socket.Close(socket.BadFrame)
		return
	}
	c.node.counts.FramesIn.WithLabelValues(string(f.Type)).Inc()
	if f.Type == frame.Pong {
		// It has said all by coming.
		return
	}
	ctx, cancel := context.WithTimeout(c.node.ctx, askTimeout)
	defer cancel()
	if f.Type == frame.Typing {
		c.typing(ctx, f.ConversationID, f.Active)
	} else {
		c.watch(ctx, f.UserIDs)
	}
}

// typing tells the other members.
func (c *Client) typing(ctx context.Context, id chat.ConversationID, active bool) {
	if !c.typed.allow(id, active, time.Now()) {
		return
	}
	n, self := c.node, c.socket.UserID
	others, err := n.members.others(ctx, id, self)
	switch {
	case errors.Is(err, chat.ErrNotFound):
		c.sendError(codeNotFound, "there is no such conversation")
		return
	case err != nil:
		n.log.WarnContext(ctx, "typing: members unknown", "error", err)
		c.sendError(codeUnavailable, "try again later")
		return
	}
	payload, err := frame.Encode(frame.TypingFrame{Type: frame.Typing, ConversationID: id, UserID: self, Active: active})
	if err != nil {
		n.log.ErrorContext(ctx, "typing frame", "error", err)
		return
	}
	msgs := make([]bus.Message, 0, len(others))
	for _, user := range others {
		msgs = append(msgs, bus.Message{Channel: bus.UserChannel(user), Payload: payload})
	}
	n.opts.Publisher.Publish(msgs...)
}

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
	c.answerWatch(ctx)
}

// answerWatch sends one frame for each watched user. The caller holds mu.
func (c *Client) answerWatch(ctx context.Context) {
	if len(c.watching) == 0 {
		return
	}
	n := c.node
	online, err := n.opts.Presence.Online(ctx, c.watching...)
	if err != nil {
		// Nothing is better than something wrong.
		n.log.DebugContext(ctx, "watch: presence unknown", "error", err)
		c.sendError(codeUnavailable, "presence is not known now; watch again later")
		return
	}
	known, err := n.opts.Store.UsersByID(ctx, c.watching)
	if err != nil {
		n.log.WarnContext(ctx, "watch: users", "error", err)
		c.sendError(codeUnavailable, "presence is not known now; watch again later")
		return
	}
	seen := make(map[chat.UserID]chat.Time, len(known))
	for _, u := range known {
		seen[u.ID] = u.LastSeenAt
	}
	batch := n.io.Batch()
	for _, id := range c.watching {
		payload, err := frame.Encode(frame.PresenceFrame{Type: frame.Presence, UserID: id, Online: online[id], LastSeenAt: seen[id]})
		if err != nil {
			n.log.ErrorContext(ctx, "presence frame", "error", err)
			return
		}
		batch.Send(c.socket, wire.Text(payload))
	}
	batch.Flush()
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
