package service

import (
	"context"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/ratelimit"
)

// Message is one message of the conversation; a deleted one is a tombstone.
func (s *Messages) Message(ctx context.Context, v Viewer, id chat.ConversationID, message chat.MessageID) (chat.Message, error) {
	if _, err := s.access.member(ctx, v, id); err != nil {
		return chat.Message{}, err
	}
	found, err := s.find(ctx, id, message)
	return found.Normalize(), err
}

// Edit gives a message of the viewer's own another text, and returns it as it is then. The text that it has already changes
// nothing. CodeForbidden for others' messages, for deleted ones, and for forwarded ones, whose words are not the
// viewer's. The decision is as that of Send.
func (s *Messages) Edit(ctx context.Context, v Viewer, id chat.ConversationID, message chat.MessageID, text string) (chat.Message, *ratelimit.Decision, error) {
	var bad fieldErrors
	bad.checkText(text)
	if err := bad.err(); err != nil {
		return chat.Message{}, nil, err
	}
	of, err := s.subject(ctx, v, id, message)
	if err != nil {
		return chat.Message{}, nil, err
	}
	if err := s.editable(ctx, v, of, text); err != nil || text == of.message.Text {
		return of.message, nil, err
	}
	edit := chat.Edit{Text: text}
	if edit.Mentions, edit.MentionsAll, err = s.mentions(ctx, of.own, text); err != nil {
		return chat.Message{}, nil, err
	}
	decision, err := s.admit(ctx, v, s.editLimit, "changes")
	if err != nil {
		return chat.Message{}, decision, err
	}
	after, err := s.change(ctx, of, chat.Entry{Kind: chat.MessageUpdated, Edit: &edit})
	return after, decision, err
}

func (s *Messages) editable(ctx context.Context, v Viewer, of subject, text string) error {
	if of.message.SenderID != v.UserID {
		return Refuse(CodeForbidden, "only who wrote a message may edit it")
	}
	if err := s.writable(ctx, v, of); err != nil {
		return err
	}
	if of.message.ForwardedFrom != nil {
		return Refuse(CodeForbidden, "a forwarded message stays as it was written")
	}
	var bad fieldErrors
	if blank(text) && len(of.message.Attachments) == 0 {
		bad.add("text", "is empty and nothing is attached")
	}
	return bad.err()
}

// Delete leaves a tombstone of a message, for all. One's own, or, as an owner or admin of a group, anybody's; else CodeForbidden.
// A deleted one changes nothing. The decision is as that of Send.
func (s *Messages) Delete(ctx context.Context, v Viewer, id chat.ConversationID, message chat.MessageID) (*ratelimit.Decision, error) {
	of, err := s.subject(ctx, v, id, message)
	if err != nil {
		return nil, err
	}
	if of.message.SenderID != v.UserID && !of.own.Role.Moderates() {
		return nil, Refuse(CodeForbidden, "only who wrote a message, or an owner or admin of the group, may delete it")
	}
	if of.message.DeletedAt != 0 {
		return nil, nil //nolint:nilnil // nothing was done, so no limit was asked
	}
	decision, err := s.admit(ctx, v, s.editLimit, "changes")
	if err != nil {
		return decision, err
	}
	_, err = s.change(ctx, of, chat.Entry{Kind: chat.MessageDeleted})
	return decision, err
}
