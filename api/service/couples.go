package service

import (
	"context"
	"slices"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/parley-chat/parley/pkg/chat"
)

// knownCouples is of how many direct conversations a node remembers the two members.
const knownCouples = 32768

// couples remembers who is in direct conversations. That never changes, and the id proves it, so nothing is ever out of date; the
// members of groups are asked for each time.
type couples struct {
	cache *lru.Cache[chat.ConversationID, [2]chat.UserID]
}

func newCouples() couples {
	cache, err := lru.New[chat.ConversationID, [2]chat.UserID](knownCouples)
	if err != nil {
		panic(err) // the size is a positive constant
	}
	return couples{cache}
}

// hearers are access.hearers, remembered. They tell who the members are and their roles: what else members have, such as read
// positions, and all of the conversation but its id and type may be left out.
func (c couples) hearers(ctx context.Context, a access, v Viewer, id chat.ConversationID, now chat.Time) (hearers, error) {
	if two, ok := c.cache.Get(id); ok && slices.Contains(two[:], v.UserID) {
		h := hearers{conversation: chat.Conversation{ID: id, Type: chat.Direct}, members: make([]chat.Member, len(two))}
		for i, user := range two {
			h.members[i] = chat.Member{ConversationID: id, UserID: user, Role: chat.RoleMember}
			if user == v.UserID {
				h.own = h.members[i]
			}
		}
		return h, nil
	}
	h, err := a.hearers(ctx, v, id, now)
	if err == nil && h.couple() {
		c.cache.Add(id, [2]chat.UserID{h.members[0].UserID, h.members[1].UserID})
	}
	return h, err
}
