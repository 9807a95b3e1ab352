package service

import (
	"context"
	"slices"

	"github.com/parley-chat/parley/pkg/chat"
)

// mentions are those whom a text of a member names: members only, anybody else's id is text like any other, and so is that of
// somebody whom a block parts from the member. CodeForbidden for who
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
	if len(users) == 0 {
		return nil, all, nil
	}
	blocks, err := s.store.BlocksBetween(ctx, by.UserID, users)
	if err != nil {
		return nil, false, fromStore(err, "blocks")
	}
	for _, b := range blocks {
		users = slices.DeleteFunc(users, func(u chat.UserID) bool { return u == b.UserID || u == b.BlockedID })
	}
	return users, all, nil
}
