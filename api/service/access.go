package service

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/chatlog"
)

// access answers who may do what in a conversation.
type access struct{ store ConversationStore }

// member is the viewer's membership, or CodeNotFound.
func (a access) member(ctx context.Context, v Viewer, id chat.ConversationID) (chat.Member, error) {
	m, err := a.store.Member(ctx, id, v.UserID)
	return m, fromStore(err, "conversation")
}

// hearers are who hears of what the viewer does in a conversation, or CodeNotFound if the viewer is none of them. Conversations
// with a room channel are not asked for their members.
func (a access) hearers(ctx context.Context, v Viewer, id chat.ConversationID, now chat.Time) (hearers, error) {
	c, err := a.store.Conversation(ctx, id)
	if err != nil {
		return hearers{}, fromStore(err, "conversation")
	}
	h := hearers{conversation: c}
	if c.InRoom(now) {
		h.own, err = a.member(ctx, v, id)
		return h, err
	}
	byID, err := a.store.MembersOf(ctx, []chat.ConversationID{id}, chat.MaxMembers)
	if err != nil {
		return hearers{}, fromStore(err, "conversation")
	}
	h.members = byID[id]
	own := slices.IndexFunc(h.members, func(m chat.Member) bool { return m.UserID == v.UserID })
	if own < 0 {
		return hearers{}, fromStore(chat.ErrNotFound, "conversation")
	}
	h.own = h.members[own]
	return h, nil
}

// missed are the members of a group as they are after e, if others have changed them since the hearers were read; else nil. Where it
// can't be known, the gateways' patrols find who has missed the entry.
func (a access) missed(ctx context.Context, h hearers) []chat.Member {
	id := h.conversation.ID
	if h.conversation.Type != chat.Group || h.members == nil {
		return nil
	}
	changed, err := a.store.Revised(ctx, map[chat.ConversationID]int64{id: h.conversation.Revision})
	if err != nil || len(changed) == 0 {
		return nil
	}
	now, err := a.store.MembersOf(ctx, []chat.ConversationID{id}, chat.MaxMembers)
	if err != nil {
		return nil
	}
	return now[id]
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
func (a access) writable(ctx context.Context, v Viewer, h hearers) error {
	if !h.couple() {
		return nil
	}
	other := h.members[0].UserID
	if other == v.UserID {
		other = h.members[1].UserID
	}
	return a.unblocked(ctx, v, other)
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
