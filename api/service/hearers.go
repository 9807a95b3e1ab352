package service

import (
	"context"
	"slices"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/parley-chat/parley/pkg/chat"
)

const (
	// knownCouples is of how many direct conversations a node remembers the two members.
	knownCouples = 32768
	// knownGroups is how many groups a node remembers, with their members where these are maxKnownMembers at most, and knownSeats
	// how many places in groups with a room channel.
	knownGroups, knownSeats, maxKnownMembers = 2048, 32768, 256
)

// knownHearers remembers who hears of what is done in conversations. Who is in a direct one never changes, and its id proves it. Of a
// group the log is asked each time whether it has a revision that is not known yet, one question for all who ask at the same
// time: so nobody is taken for a member who is none any more.
type knownHearers struct {
	access  access
	couples *lru.Cache[chat.ConversationID, [2]chat.UserID]
	groups  *lru.Cache[chat.ConversationID, knownGroup]
	seats   *lru.Cache[seatKey, seat]
}

// knownGroup is a group as it was, and its members then; nil where a room channel has taken their place.
type knownGroup struct {
	conversation chat.Conversation
	members      []chat.Member
}

type seatKey struct {
	conversation chat.ConversationID
	user         chat.UserID
}

// seat is a member's place, read no earlier than the group with this revision.
type seat struct {
	member   chat.Member
	revision int64
}

func newKnownHearers(a access) knownHearers {
	return knownHearers{
		access: a, couples: newCache[chat.ConversationID, [2]chat.UserID](knownCouples),
		groups: newCache[chat.ConversationID, knownGroup](knownGroups), seats: newCache[seatKey, seat](knownSeats),
	}
}

func newCache[K comparable, V any](size int) *lru.Cache[K, V] {
	cache, err := lru.New[K, V](size)
	if err != nil {
		panic(err) // the size is a positive constant
	}
	return cache
}

// hearers are access.hearers, remembered. They tell who the members are and their roles: what else members have, such as read
// positions, may be out of date, as may be a conversation's head, and of a direct one all but its id and type may be left out.
func (k knownHearers) hearers(ctx context.Context, v Viewer, id chat.ConversationID, now chat.Time) (hearers, error) {
	if two, ok := k.couples.Get(id); ok && slices.Contains(two[:], v.UserID) {
		return hearersOfCouple(v, id, two), nil
	}
	if g, ok := k.groups.Get(id); ok && g.conversation.InRoom(now) == (g.members == nil) {
		revised, err := k.access.revisions.above(ctx, id, g.conversation.Revision)
		if err != nil {
			return hearers{}, fromStore(err, "conversation")
		}
		if !revised {
			return k.of(ctx, g, v)
		}
	}
	h, err := k.access.hearers(ctx, v, id, now)
	if err != nil {
		return h, err
	}
	k.remember(h)
	return h, nil
}

func hearersOfCouple(v Viewer, id chat.ConversationID, two [2]chat.UserID) hearers {
	h := hearers{conversation: chat.Conversation{ID: id, Type: chat.Direct}, members: make([]chat.Member, len(two))}
	for i, user := range two {
		h.members[i] = chat.Member{ConversationID: id, UserID: user, Role: chat.RoleMember}
		if user == v.UserID {
			h.own = h.members[i]
		}
	}
	return h
}

// of are the hearers in a group of which it is known that it has not changed, or CodeNotFound.
func (k knownHearers) of(ctx context.Context, g knownGroup, v Viewer) (hearers, error) {
	h := hearers{conversation: g.conversation, members: g.members}
	if g.members != nil {
		var err error
		h.own, err = h.place(v)
		return h, err
	}
	key := seatKey{g.conversation.ID, v.UserID}
	if s, ok := k.seats.Get(key); ok && s.revision == g.conversation.Revision {
		h.own = s.member
		return h, nil
	}
	var err error
	if h.own, err = k.access.member(ctx, v, g.conversation.ID); err == nil {
		k.seats.Add(key, seat{h.own, g.conversation.Revision})
	}
	return h, err
}

// remember keeps what was read of a conversation. Its members were read after it: should they be newer, the log tells of a revision
// the next time, and all is read again.
func (k knownHearers) remember(h hearers) {
	id := h.conversation.ID
	switch {
	case h.couple():
		k.couples.Add(id, [2]chat.UserID{h.members[0].UserID, h.members[1].UserID})
	case h.conversation.Type == chat.Group && len(h.members) <= maxKnownMembers:
		k.groups.Add(id, knownGroup{h.conversation, h.members})
		if h.members == nil {
			k.seats.Add(seatKey{id, h.own.UserID}, seat{h.own, h.conversation.Revision})
		}
	}
}
