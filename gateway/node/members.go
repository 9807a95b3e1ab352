package node

import (
	"context"
	"fmt"
	"slices"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/parley-chat/parley/pkg/chat"
)

const (
	// memberConversations is how many conversations the cache holds.
	memberConversations = 4096
	// memberTTL is below the second within which somebody who was removed must hear nothing more.
	memberTTL = 800 * time.Millisecond
	// maxTypingMembers is up to how many members a conversation tells that somebody types; in a larger one nobody could follow it.
	maxTypingMembers = chat.MaxReceiptMembers

	// typingInterval is the least time between two typing frames of one conversation that say the same.
	typingInterval = 2 * time.Second
	// maxTypingChanges is how often within it they may say something else: who sends one short message after the
	// other starts and stops as often.
	maxTypingChanges = 6
	// maxTyped is how many conversations a socket's throttle remembers.
	maxTyped = 16
)

// MemberStore reads who belongs to a conversation.
type MemberStore interface {
	// Member fails with chat.ErrNotFound.
	Member(ctx context.Context, id chat.ConversationID, user chat.UserID) (chat.Member, error)
	// MembersOf are the members by conversation, those who joined first; at most perConversation of each.
	MembersOf(ctx context.Context, ids []chat.ConversationID, perConversation int) (map[chat.ConversationID][]chat.Member, error)
	BlocksBetween(ctx context.Context, user chat.UserID, others []chat.UserID) ([]chat.Block, error)
}

// memberCache remembers members for a moment: many people typing in one group ask once.
type memberCache struct {
	store MemberStore
	lists *lru.Cache[chat.ConversationID, *memberList]
	heard *lru.Cache[typist, hearing]
}

type memberList struct {
	users []chat.UserID
	at    time.Time
}

// typist is somebody who types in a conversation.
type typist struct {
	conversation chat.ConversationID
	user         chat.UserID
}

// hearing is who is told of a typist, as long as the list holds that it is taken from.
type hearing struct {
	list *memberList
	by   []chat.UserID
}

func newMemberCache(store MemberStore) (*memberCache, error) {
	lists, err := lru.New[chat.ConversationID, *memberList](memberConversations)
	if err != nil {
		return nil, fmt.Errorf("member cache: %w", err)
	}
	heard, err := lru.New[typist, hearing](memberConversations)
	if err != nil {
		return nil, fmt.Errorf("member cache: %w", err)
	}
	return &memberCache{store, lists, heard}, nil
}

// list reads a conversation's members, those of a moment ago if they are there.
func (m *memberCache) list(ctx context.Context, id chat.ConversationID) (*memberList, error) {
	list, ok := m.lists.Get(id)
	if ok && time.Since(list.at) <= memberTTL {
		return list, nil
	}
	list = &memberList{at: time.Now()}
	members, err := m.store.MembersOf(ctx, []chat.ConversationID{id}, maxTypingMembers+1)
	if err != nil {
		return nil, fmt.Errorf("members: %w", err)
	}
	for _, member := range members[id] {
		list.users = append(list.users, member.UserID)
	}
	m.lists.Add(id, list)
	return list, nil
}

// others are the members besides user, who has to be one: else it fails with chat.ErrNotFound. Of a conversation with more than
// maxTypingMembers there are none. Those who have blocked the user, or are blocked, are left out: to type tells that one is there.
func (m *memberCache) others(ctx context.Context, id chat.ConversationID, user chat.UserID) ([]chat.UserID, error) {
	list, err := m.list(ctx, id)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(list.users, user) {
		if len(list.users) <= maxTypingMembers {
			return nil, fmt.Errorf("typing: %w", chat.ErrNotFound)
		}
		if _, err := m.store.Member(ctx, id, user); err != nil {
			return nil, fmt.Errorf("typing: %w", err)
		}
	}
	if len(list.users) > maxTypingMembers {
		return nil, nil
	}
	if h, ok := m.heard.Get(typist{id, user}); ok && h.list == list {
		return h.by, nil
	}
	others := slices.DeleteFunc(slices.Clone(list.users), func(u chat.UserID) bool { return u == user })
	blocks, err := m.store.BlocksBetween(ctx, user, others)
	if err != nil {
		return nil, fmt.Errorf("blocks: %w", err)
	}
	for _, b := range blocks {
		others = slices.DeleteFunc(others, func(u chat.UserID) bool { return u == b.UserID || u == b.BlockedID })
	}
	m.heard.Add(typist{id, user}, hearing{list, others})
	return others, nil
}

// typed throttles one socket's typing frames. What only repeats the last one may wait; what says something else may
// not, or the others would see the wrong thing until it expires.
type typed map[chat.ConversationID]typedState

type typedState struct {
	active bool
	// at is when the last frame went out, since is when changes began to be counted.
	at, since time.Time
	changes   int
}

// allow tells whether the frame may go out, and counts it then.
func (t *typed) allow(id chat.ConversationID, active bool, now time.Time) bool {
	last, known := (*t)[id]
	if known && last.active == active && now.Sub(last.at) < typingInterval {
		return false
	}
	if now.Sub(last.since) >= typingInterval {
		last.since, last.changes = now, 0
	}
	if last.changes >= maxTypingChanges {
		return false
	}
	if !known && !t.room(now) {
		return false
	}
	if *t == nil {
		*t = typed{}
	}
	(*t)[id] = typedState{active: active, at: now, since: last.since, changes: last.changes + 1}
	return true
}

// room tells whether another conversation can be remembered, after forgetting those that are quiet.
func (t *typed) room(now time.Time) bool {
	if len(*t) < maxTyped {
		return true
	}
	for id, last := range *t {
		if now.Sub(last.at) >= typingInterval {
			delete(*t, id)
		}
	}
	return len(*t) < maxTyped
}
