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

// audience are the members of a conversation that the viewer is one of, or CodeNotFound. It tells who they are and their roles: what
// else members have, such as read positions, may be left out.
func (c couples) audience(ctx context.Context, a access, v Viewer, id chat.ConversationID) ([]chat.Member, error) {
	if two, ok := c.cache.Get(id); ok && slices.Contains(two[:], v.UserID) {
		members := make([]chat.Member, len(two))
		for i, user := range two {
			members[i] = chat.Member{ConversationID: id, UserID: user, Role: chat.RoleMember}
		}
		return members, nil
	}
	members, err := a.members(ctx, v, id)
	if err == nil && isCouple(id, members) {
		c.cache.Add(id, [2]chat.UserID{members[0].UserID, members[1].UserID})
	}
	return members, err
}

// isCouple tells whether these are the members of a direct conversation, and all that it will ever have.
func isCouple(id chat.ConversationID, members []chat.Member) bool {
	return len(members) == 2 && id == chat.DirectID(members[0].UserID, members[1].UserID)
}
