package service

import (
	"context"
	"slices"

	"github.com/parley-chat/parley/pkg/chat"
)

// mentions are those whom a text of a member names: members only, and not those who have blocked the writer; anybody else's id is
// text like any other. CodeForbidden for who names all without being an owner or admin.
func (s *Messages) mentions(ctx context.Context, by chat.Member, text string) (users []chat.UserID, all bool, err error) {
	named, all := chat.Mentions(text)
	if all && !by.Role.Moderates() {
		return nil, false, Refuse(CodeForbidden, "only an owner or admin of a group may mention all")
	}
	if len(named) == 0 {
		return nil, all, nil
	}
	blocks, err := s.store.BlocksBetween(ctx, by.UserID, named)
	if err != nil {
		return nil, false, fromStore(err, "blocks")
	}
	for _, user := range named {
		if slices.ContainsFunc(blocks, func(b chat.Block) bool { return b.UserID == user && b.BlockedID == by.UserID }) {
			continue
		}
		switch _, err := s.access.member(ctx, Viewer{UserID: user}, by.ConversationID); {
		case err == nil:
			users = append(users, user)
		case !isNotFound(err):
			return nil, false, err
		}
	}
	return users, all, nil
}
