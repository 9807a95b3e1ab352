// Package audience decides who may see whose presence: online, away, last seen. API nodes ask it for what they show,
// gateways for what they pass on.
package audience

import (
	"context"
	"fmt"
	"slices"

	"github.com/parley-chat/parley/pkg/chat"
)

// maxIDs is how many ids one question to the store has.
const maxIDs = 1000

// Store is what the decision rests on; package store has the contract.
type Store interface {
	UsersByID(ctx context.Context, ids []chat.UserID) ([]chat.User, error)
	ConversationsByID(ctx context.Context, ids []chat.ConversationID) ([]chat.Conversation, error)
	BlocksBetween(ctx context.Context, user chat.UserID, others []chat.UserID) ([]chat.Block, error)
}

// Of tells whose presence among others the viewer may see. Both have to allow it: who shows theirs to nobody sees
// nobody's. Between two of whom one has blocked the other neither sees anything. One's own is always there.
func Of(ctx context.Context, store Store, viewer chat.UserID, others []chat.User) (map[chat.UserID]bool, error) {
	sees := make(map[chat.UserID]bool, len(others))
	me, err := find(ctx, store, viewer, others)
	if err != nil {
		return nil, err
	}
	var asked, doubtful []chat.UserID
	for _, u := range others {
		if _, twice := sees[u.ID]; twice {
			continue
		}
		sees[u.ID] = u.ID == viewer
		if u.ID == viewer || u.LastSeen == chat.Nobody || me.LastSeen == chat.Nobody {
			continue
		}
		sees[u.ID] = true
		asked = append(asked, u.ID)
		if u.LastSeen == chat.Contacts || me.LastSeen == chat.Contacts {
			doubtful = append(doubtful, u.ID)
		}
	}
	if err := strangers(ctx, store, viewer, doubtful, sees); err != nil {
		return nil, err
	}
	for part := range slices.Chunk(asked, maxIDs) {
		blocks, err := store.BlocksBetween(ctx, viewer, part)
		if err != nil {
			return nil, fmt.Errorf("audience: %w", err)
		}
		for _, b := range blocks {
			other := b.BlockedID
			if other == viewer {
				other = b.UserID
			}
			sees[other] = false
		}
	}
	return sees, nil
}

func find(ctx context.Context, store Store, viewer chat.UserID, others []chat.User) (chat.User, error) {
	if i := slices.IndexFunc(others, func(u chat.User) bool { return u.ID == viewer }); i >= 0 {
		return others[i], nil
	}
	found, err := store.UsersByID(ctx, []chat.UserID{viewer})
	if err != nil {
		return chat.User{}, fmt.Errorf("audience: %w", err)
	}
	if len(found) == 0 {
		return chat.User{PresenceSettings: chat.PresenceSettings{LastSeen: chat.Nobody}}, nil
	}
	return found[0], nil
}

// strangers takes those off with whom the viewer has no direct conversation.
func strangers(ctx context.Context, store Store, viewer chat.UserID, users []chat.UserID, sees map[chat.UserID]bool) error {
	for part := range slices.Chunk(users, maxIDs) {
		ids := make([]chat.ConversationID, len(part))
		for i, u := range part {
			ids[i] = chat.DirectID(viewer, u)
		}
		found, err := store.ConversationsByID(ctx, ids)
		if err != nil {
			return fmt.Errorf("audience: %w", err)
		}
		for i, u := range part {
			sees[u] = slices.ContainsFunc(found, func(c chat.Conversation) bool { return c.ID == ids[i] })
		}
	}
	return nil
}
