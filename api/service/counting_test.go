package service_test

import (
	"context"
	"maps"
	"sync"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
)

// counting is a store that counts what it is asked; what it doesn't name is not counted.
type counting struct {
	service.ConversationStore
	mu    sync.Mutex
	asked map[string]int // guarded by mu
}

func newCounting(store service.ConversationStore) *counting {
	return &counting{ConversationStore: store, asked: map[string]int{}}
}

func (c *counting) count(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked[name]++
}

// take is what was asked since it was called last.
func (c *counting) take() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	asked := maps.Clone(c.asked)
	clear(c.asked)
	return asked
}

func (c *counting) Conversation(ctx context.Context, id chat.ConversationID) (chat.Conversation, error) {
	c.count("Conversation")
	return c.ConversationStore.Conversation(ctx, id)
}

func (c *counting) Member(ctx context.Context, id chat.ConversationID, user chat.UserID) (chat.Member, error) {
	c.count("Member")
	return c.ConversationStore.Member(ctx, id, user)
}

func (c *counting) MembersOf(ctx context.Context, ids []chat.ConversationID, n int) (map[chat.ConversationID][]chat.Member, error) {
	c.count("MembersOf")
	return c.ConversationStore.MembersOf(ctx, ids, n)
}

func (c *counting) BlocksAmong(ctx context.Context, couples []chat.Couple) ([]chat.Block, error) {
	c.count("BlocksAmong")
	return c.ConversationStore.BlocksAmong(ctx, couples)
}

func (c *counting) Revised(ctx context.Context, known map[chat.ConversationID]int64) ([]chat.ConversationID, error) {
	c.count("Revised")
	return c.ConversationStore.Revised(ctx, known)
}

func (c *counting) UsersByID(ctx context.Context, ids []chat.UserID) ([]chat.User, error) {
	c.count("UsersByID")
	return c.ConversationStore.UsersByID(ctx, ids)
}

func (c *counting) ConversationsByID(ctx context.Context, ids []chat.ConversationID) ([]chat.Conversation, error) {
	c.count("ConversationsByID")
	return c.ConversationStore.ConversationsByID(ctx, ids)
}

func (c *counting) Memberships(ctx context.Context, user chat.UserID) ([]chat.Member, error) {
	c.count("Memberships")
	return c.ConversationStore.Memberships(ctx, user)
}

func (c *counting) MessagesByID(ctx context.Context, ids []chat.MessageID) ([]chat.Message, error) {
	c.count("MessagesByID")
	return c.ConversationStore.MessagesByID(ctx, ids)
}

func (c *counting) BlocksBetween(ctx context.Context, user chat.UserID, others []chat.UserID) ([]chat.Block, error) {
	c.count("BlocksBetween")
	return c.ConversationStore.BlocksBetween(ctx, user, others)
}

func (c *counting) Unread(ctx context.Context, user chat.UserID, from []chat.ReadPosition) (map[chat.ConversationID]int64, error) {
	c.count("Unread")
	return c.ConversationStore.Unread(ctx, user, from)
}

func (c *counting) UnreadMentions(ctx context.Context, user chat.UserID, from []chat.ReadPosition) (map[chat.ConversationID]int64, error) {
	c.count("UnreadMentions")
	return c.ConversationStore.UnreadMentions(ctx, user, from)
}

func (c *counting) Entries(ctx context.Context, id chat.ConversationID, after int64, limit int) ([]chat.Entry, error) {
	c.count("Entries")
	return c.ConversationStore.Entries(ctx, id, after, limit)
}

func (c *counting) LastSeq(ctx context.Context, id chat.ConversationID) (int64, error) {
	c.count("LastSeq")
	return c.ConversationStore.LastSeq(ctx, id)
}
