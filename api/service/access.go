package service

import (
	"context"
	"errors"
	"fmt"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/chatlog"
	"github.com/parley-chat/parley/pkg/gather"
)

// access answers who may do what in a conversation.
type access struct {
	store     ConversationStore
	blocks    *gather.Questions[chat.Couple, bool]
	revisions revisions
}

// mostAsked is of how much one question to the store may be.
const mostAsked = 500

func newAccess(store ConversationStore) access {
	return access{
		store:     store,
		blocks:    gather.New(gather.Options[chat.Couple, bool]{Most: mostAsked, Ask: blocksAmong(store)}),
		revisions: newRevisions(store),
	}
}

func blocksAmong(store ConversationStore) func(context.Context, []chat.Couple) (map[chat.Couple]bool, error) {
	return func(ctx context.Context, couples []chat.Couple) (map[chat.Couple]bool, error) {
		found, err := store.BlocksAmong(ctx, couples)
		blocked := make(map[chat.Couple]bool, len(found))
		for _, b := range found {
			blocked[chat.CoupleOf(b.UserID, b.BlockedID)] = true
		}
		return blocked, err
	}
}

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
	h.own, err = h.place(v)
	return h, err
}

// unblocked refuses, with CodeBlocked, if one of the viewer and others has blocked the other. It doesn't tell who.
func (a access) unblocked(ctx context.Context, v Viewer, others ...chat.UserID) error {
	switch len(others) {
	case 0:
		return nil
	case 1:
		blocked, _, err := a.blocks.Ask(ctx, chat.CoupleOf(v.UserID, others[0]))
		if err != nil {
			return fromStore(err, "blocks")
		}
		if blocked {
			return Refuse(CodeBlocked, "this is not possible between the two of you")
		}
		return nil
	}
	blocks, err := a.store.BlocksBetween(ctx, v.UserID, others)
	if err != nil {
		return fromStore(err, "blocks")
	}
	if len(blocks) > 0 {
		return Refuse(CodeBlocked, "this is not possible between you and one of them")
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
