package node

import (
	"context"
	"errors"
	"time"

	"github.com/parley-chat/parley/gateway/clientframe"
	"github.com/parley-chat/parley/gateway/socket"
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
	if f.Type == frame.Activity {
		c.setIdle(f.Idle)
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
