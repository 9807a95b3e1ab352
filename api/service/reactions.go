package service

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/ratelimit"
)

// React adds the viewer's reaction to a message, and returns the message as it is then. One that is there changes nothing.
// CodeForbidden for a deleted message, CodeConflict for one that has as many as it takes; of several at once
// a few more may get in. The decision is as that of Send.
func (s *Messages) React(ctx context.Context, v Viewer, id chat.ConversationID, message chat.MessageID, emoji string) (chat.Message, *ratelimit.Decision, error) {
	var bad fieldErrors
	if !chat.ValidEmoji(emoji) {
		bad.add("emoji", "is not one emoji")
	}
	if err := bad.err(); err != nil {
		return chat.Message{}, nil, err
	}
	of, err := s.subject(ctx, v, id, message)
	if err != nil {
		return chat.Message{}, nil, err
	}
	emoji = of.spelling(emoji)
	if err := s.writable(ctx, v, of); err != nil || of.reacted(emoji) {
		return of.message, nil, err
	}
	if err := of.room(emoji); err != nil {
		return chat.Message{}, nil, err
	}
	return s.reaction(ctx, v, of, chat.Entry{Kind: chat.ReactionAdded, Emoji: emoji})
}

// Unreact takes the viewer's reaction away. One that is not there changes nothing.
func (s *Messages) Unreact(ctx context.Context, v Viewer, id chat.ConversationID, message chat.MessageID, emoji string) (chat.Message, *ratelimit.Decision, error) {
	of, err := s.subject(ctx, v, id, message)
	emoji = of.spelling(emoji)
	if err != nil || !of.reacted(emoji) {
		return of.message, nil, err
	}
	return s.reaction(ctx, v, of, chat.Entry{Kind: chat.ReactionRemoved, Emoji: emoji})
}

func (s *Messages) reaction(ctx context.Context, v Viewer, of subject, e chat.Entry) (chat.Message, *ratelimit.Decision, error) {
	decision, err := s.admit(ctx, v, s.reactionLimit, "reactions")
	if err != nil {
		return chat.Message{}, decision, err
	}
	after, err := s.change(ctx, of, e)
	return after, decision, err
}

// spelling is how a reaction with the emoji is kept, whatever style the client asks for: by the same one in its own style, except
// that what is there stays as it is, from when both were kept: that of the viewer first.
func (of subject) spelling(emoji string) string {
	styled := chat.StyledEmoji(emoji)
	kept := ""
	for other, users := range of.message.Reactions {
		switch {
		case chat.StyledEmoji(other) != styled:
		case slices.Contains(users, of.own.UserID):
			return other
		case kept == "" || other == styled:
			kept = other
		}
	}
	return cmp.Or(kept, styled)
}

func (of subject) reacted(emoji string) bool {
	return slices.Contains(of.message.Reactions[emoji], of.own.UserID)
}

// room tells whether the message takes another reaction.
func (of subject) room(emoji string) error {
	total := 0
	for _, users := range of.message.Reactions {
		total += len(users)
	}
	_, known := of.message.Reactions[emoji]
	switch {
	case !known && len(of.message.Reactions) >= chat.MaxReactions:
		return Refuse(CodeConflict, fmt.Sprintf("the message has %d different reactions already", chat.MaxReactions))
	case total >= chat.MaxReactors:
		return Refuse(CodeConflict, fmt.Sprintf("the message has %d reactions already", chat.MaxReactors))
	default:
		return nil
	}
}
