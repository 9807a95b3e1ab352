package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/chatlog"
	"github.com/parley-chat/parley/pkg/flaw"
	"github.com/parley-chat/parley/pkg/frame"
)

// access answers who may do what in a conversation.
type access struct{ store ConversationStore }

// member is the viewer's membership, or CodeNotFound.
func (a access) member(ctx context.Context, v Viewer, id chat.ConversationID) (chat.Member, error) {
	m, err := a.store.Member(ctx, id, v.UserID)
	return m, fromStore(err, "conversation")
}

// members are all members of a conversation that the viewer is one of, or CodeNotFound.
func (a access) members(ctx context.Context, v Viewer, id chat.ConversationID) ([]chat.Member, error) {
	byID, err := a.store.MembersOf(ctx, []chat.ConversationID{id}, chat.MaxMembers)
	if err != nil {
		return nil, fromStore(err, "conversation")
	}
	members := byID[id]
	if !slices.ContainsFunc(members, func(m chat.Member) bool { return m.UserID == v.UserID }) {
		return nil, fromStore(chat.ErrNotFound, "conversation")
	}
	return members, nil
}

// unblocked refuses, with CodeBlocked, if one of the viewer and others has blocked the other. It doesn't tell who.
func (a access) unblocked(ctx context.Context, v Viewer, others ...chat.UserID) error {
	if len(others) == 0 {
		return nil
	}
	blocks, err := a.store.BlocksBetween(ctx, v.UserID, others)
	if err != nil {
		return fromStore(err, "blocks")
	}
	if len(blocks) > 0 {
		if len(others) > 1 {
			return Refuse(CodeBlocked, "this is not possible between you and one of them")
		}
		return Refuse(CodeBlocked, "this is not possible between the two of you")
	}
	return nil
}

// writable refuses, with CodeBlocked, to write into a direct conversation of two of whom one has blocked the other.
func (a access) writable(ctx context.Context, v Viewer, id chat.ConversationID, members []chat.Member) error {
	if !isCouple(id, members) {
		return nil
	}
	other := members[0].UserID
	if other == v.UserID {
		other = members[1].UserID
	}
	return a.unblocked(ctx, v, other)
}

// teller publishes frames to the members of a conversation.
type teller struct {
	pub    Publisher
	logger *slog.Logger
}

// entry tells the members of a committed entry.
func (t teller) entry(e chat.Entry, to []chat.Member) { t.send(frame.EventOf(e), to) }

// read tells the members that one of them has read up to seq.
func (t teller) read(id chat.ConversationID, user chat.UserID, seq int64, to []chat.Member) {
	t.send(frame.ReadFrame{Type: frame.Read, ConversationID: id, UserID: user, Seq: seq}, to)
}

// devices tells a user's own devices.
func (t teller) devices(user chat.UserID, f any) { t.send(f, []chat.Member{{UserID: user}}) }

// send encodes the frame once for all.
func (t teller) send(f any, to []chat.Member) {
	payload, err := frame.Encode(f)
	if err != nil {
		t.logger.Error("frame not published", "error", err)
		return
	}
	msgs := make([]bus.Message, 0, len(to))
	for _, m := range to {
		if flaw.Strikes(flaw.LostPublish, 1000) {
			continue
		}
		msgs = append(msgs, bus.Message{Channel: bus.UserChannel(m.UserID), Payload: payload})
	}
	t.pub.Publish(msgs...)
}

// fromLog turns what the log says into what the caller may see.
func fromLog(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, chatlog.ErrOverloaded), errors.Is(err, chatlog.ErrClosed),
		errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &Error{Code: CodeUnavailable, Detail: "too much to write at the moment; try again", RetryAfter: UnavailableRetry, cause: err}
	case errors.Is(err, chat.ErrNotFound), errors.Is(err, chat.ErrUnavailable):
		return fromStore(err, "conversation")
	default:
		return fmt.Errorf("append: %w", err)
	}
}
