package service

import (
	"context"

	"github.com/parley-chat/parley/pkg/chat"
)

// mentions are those whom a text of a member names: members only, anybody else's id is text like any other. CodeForbidden for who
// names all without being an owner or admin.
func (s *Messages) mentions(ctx context.Context, by chat.Member, text string) (users []chat.UserID, all bool, err error) {
	named, all := chat.Mentions(text)
	if all && !by.Role.Moderates() {
		return nil, false, Refuse(CodeForbidden, "only an owner or admin of a group may mention all")
	}
	for _, user := range named {
		switch _, err := s.access.member(ctx, Viewer{UserID: user}, by.ConversationID); {
		case err == nil:
			users = append(users, user)
		case !isNotFound(err):
			return nil, false, err
		}
	}
	return users, all, nil
}
