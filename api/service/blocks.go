package service

import (
	"context"
	"log/slog"
	"time"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/frame"
)

// BlockStore is what blocking needs of a store; package store has the contract.
type BlockStore interface {
	User(ctx context.Context, id chat.UserID) (chat.User, error)
	UsersByID(ctx context.Context, ids []chat.UserID) ([]chat.User, error)
	CreateBlock(ctx context.Context, b chat.Block) error
	DeleteBlock(ctx context.Context, user, blocked chat.UserID) error
	BlocksOf(ctx context.Context, user, after chat.UserID, limit int) ([]chat.Block, error)
}

// Blocks is from whom each user wants nothing. Whoever is blocked is not told.
type Blocks struct {
	store BlockStore
	tell  teller
	now   func() time.Time
}

// NewBlocks works on store, and tells a user's own devices through pub.
func NewBlocks(store BlockStore, pub Publisher, logger *slog.Logger, now func() time.Time) *Blocks {
	return &Blocks{store: store, tell: teller{pub, logger}, now: now}
}

// Block makes user one from whom the viewer wants nothing; again is no error. Refuses with CodeNotFound and CodeValidation
// (oneself).
func (s *Blocks) Block(ctx context.Context, v Viewer, user chat.UserID) error {
	if user == v.UserID {
		var bad fieldErrors
		bad.add("id", "is your own")
		return bad.err()
	}
	if _, err := s.store.User(ctx, user); err != nil {
		return fromStore(err, "user")
	}
	if err := s.store.CreateBlock(ctx, chat.Block{UserID: v.UserID, BlockedID: user, CreatedAt: chat.TimeOf(s.now())}); err != nil {
		return fromStore(err, "block")
	}
	s.tell.devices(v.UserID, frame.BlockFrame{Type: frame.UserBlocked, UserID: user})
	s.tell.pair(v.UserID, user)
	return nil
}

// Unblock ends that; for one who is not blocked it is a no-op.
func (s *Blocks) Unblock(ctx context.Context, v Viewer, user chat.UserID) error {
	if err := s.store.DeleteBlock(ctx, v.UserID, user); err != nil {
		return fromStore(err, "block")
	}
	s.tell.devices(v.UserID, frame.BlockFrame{Type: frame.UserUnblocked, UserID: user})
	s.tell.pair(v.UserID, user)
	return nil
}

// BlockPosition is the last row of a page of blocked users; the zero value asks for the first page.
type BlockPosition struct {
	ID chat.UserID `json:"i"`
}

// Blocked is one page of those whom the viewer has blocked. next is nil on the last page.
func (s *Blocks) Blocked(ctx context.Context, v Viewer, after BlockPosition, limit int) (users []UserView, next *BlockPosition, err error) {
	blocks, err := s.store.BlocksOf(ctx, v.UserID, after.ID, limit+1)
	if err != nil {
		return nil, nil, fromStore(err, "blocks")
	}
	if len(blocks) > limit {
		blocks = blocks[:limit]
		next = &BlockPosition{blocks[limit-1].BlockedID}
	}
	ids := make([]chat.UserID, len(blocks))
	for i, b := range blocks {
		ids[i] = b.BlockedID
	}
	users = make([]UserView, 0, len(ids))
	if len(ids) == 0 {
		return users, nil, nil
	}
	found, err := s.store.UsersByID(ctx, ids)
	if err != nil {
		return nil, nil, fromStore(err, "users")
	}
	byID := make(map[chat.UserID]chat.User, len(found))
	for _, u := range found {
		byID[u.ID] = u
	}
	for _, id := range ids {
		if u, ok := byID[id]; ok {
			// Between the two nothing of presence is shown.
			users = append(users, viewUser(u, false))
		}
	}
	return users, next, nil
}
