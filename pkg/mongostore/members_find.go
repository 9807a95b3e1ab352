package mongostore

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/namekey"
)

const (
	// maxNamed is how many people of a name are looked at to find which of them are members of a conversation.
	maxNamed = 1000
	// nameChunk is of how many members the names are looked up at once.
	nameChunk = 500
)

// FindMembers is one page of a conversation's members; see chat.MemberQuery. Of a name that few people have, those are looked at, most
// of whom are elsewhere; of one that many have, the members in turn, until the page is full. So what is looked at is bounded by both:
// maxNamed people, or the 10,000 members of a conversation.
func (s *Store) FindMembers(ctx context.Context, q chat.MemberQuery) ([]chat.Member, error) {
	if strings.ContainsRune(q.Prefix, 0) {
		return nil, nil // A pattern can't hold it, and no name should.
	}
	if q.Prefix == "" {
		return s.membersAfter(ctx, q.ConversationID, q.After, q.Limit)
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	people, err := s.named(ctx, q.Prefix, nil, maxNamed+1)
	if err != nil {
		return nil, err
	}
	if len(people) > maxNamed {
		return s.membersNamed(ctx, q)
	}
	found, err := s.MembersAmong(ctx, q.ConversationID, people)
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(m chat.Member) bool { return compareMembers(m.Cursor(), q.After) <= 0 })
	slices.SortFunc(found, func(a, b chat.Member) int { return compareMembers(a.Cursor(), b.Cursor()) })
	return found[:min(len(found), q.Limit)], nil
}

// compareMembers is the order of joining.
func compareMembers(a, b chat.MemberCursor) int {
	return cmp.Or(cmp.Compare(a.JoinedSeq, b.JoinedSeq), cmp.Compare(a.UserID, b.UserID))
}

// membersNamed goes through the members, some at a time, for those with the name.
func (s *Store) membersNamed(ctx context.Context, q chat.MemberQuery) ([]chat.Member, error) {
	var found []chat.Member
	for after := q.After; len(found) < q.Limit; {
		some, err := s.membersAfter(ctx, q.ConversationID, after, nameChunk)
		if err != nil || len(some) == 0 {
			return found, err
		}
		ids := make([]chat.UserID, len(some))
		for i, m := range some {
			ids[i] = m.UserID
		}
		named, err := s.named(ctx, q.Prefix, bson.D{{Key: "_id", Value: in(ids)}}, nameChunk)
		if err != nil {
			return nil, err
		}
		for _, m := range some {
			if slices.Contains(named, m.UserID) {
				found = append(found, m)
			}
		}
		if len(some) < nameChunk {
			break
		}
		after = some[len(some)-1].Cursor()
	}
	return found[:min(len(found), q.Limit)], nil
}

func (s *Store) membersAfter(ctx context.Context, id chat.ConversationID, after chat.MemberCursor, limit int) ([]chat.Member, error) {
	return find[memberRecord](ctx, s.members, "find members", bson.D{
		{Key: "conversationId", Value: id},
		stays,
		{Key: "joinedSeq", Value: is("$gte", after.JoinedSeq)},
		{Key: "$or", Value: bson.A{
			bson.D{{Key: "joinedSeq", Value: is("$gt", after.JoinedSeq)}},
			bson.D{{Key: "joinedSeq", Value: after.JoinedSeq}, {Key: "userId", Value: is("$gt", after.UserID)}},
		}},
	}, options.Find().SetSort(ascending("conversationId", "joinedSeq", "userId")).SetLimit(int64(limit)))
}

// named are people whose names have a word that begins so, of those who meet the conditions; in any order.
func (s *Store) named(ctx context.Context, prefix string, among bson.D, limit int) ([]chat.UserID, error) {
	key, exact := namekey.Lookup(prefix)
	filter := append(slices.Clone(among), bson.E{Key: "nameKeys", Value: key})
	if !exact {
		filter = append(filter, bson.E{Key: "foldedName", Value: bson.Regex{Pattern: "(^| )" + regexp.QuoteMeta(prefix)}})
	}
	users, err := find[userRecord](ctx, s.users, "find members", filter, options.Find().SetProjection(bson.D{{Key: "_id", Value: 1}}).SetLimit(int64(limit)))
	if err != nil {
		return nil, err
	}
	ids := make([]chat.UserID, len(users))
	for i, u := range users {
		ids[i] = u.ID
	}
	return ids, nil
}
