package mongostore

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/parley-chat/parley/pkg/chat"
)

// messageEntry is an entry read for its message.
type messageEntry entryRecord

func (r messageEntry) domain() chat.Message { return entryRecord(r).message() }

// Messages answers q; see chat.MessageQuery.
func (s *Store) Messages(ctx context.Context, q chat.MessageQuery) ([]chat.Message, error) {
	filter := bson.D{{Key: "conversationId", Value: q.ConversationID}, {Key: "kind", Value: chat.MessageCreated}}
	order := -1
	switch {
	case q.After > 0:
		filter = append(filter, bson.E{Key: "seq", Value: is("$gt", q.After)})
		order = 1
	case q.Before > 0:
		filter = append(filter, bson.E{Key: "seq", Value: is("$lt", q.Before)})
	}
	messages, err := find[messageEntry](ctx, s.entries, "messages", filter,
		options.Find().SetSort(bson.D{{Key: "seq", Value: order}}).SetLimit(int64(q.Limit)).SetProjection(withoutTerms))
	if order < 0 {
		slices.Reverse(messages)
	}
	return messages, err
}

// MessagesByID leaves out unknown ids; any order; at most 1,000 ids.
func (s *Store) MessagesByID(ctx context.Context, ids []chat.MessageID) ([]chat.Message, error) {
	// Entries that are no messages have ids of another form, but who asks may not know that.
	return findByID[messageEntry](ctx, s.entries, "messages by id", ids, bson.D{{Key: "kind", Value: chat.MessageCreated}},
		options.Find().SetProjection(withoutTerms))
}

// unreadBatch is how many conversations are counted in one command.
const unreadBatch = 200

// Pins are the pinned messages of a conversation, the latest pinned first; at most limit.
func (s *Store) Pins(ctx context.Context, id chat.ConversationID, limit int) ([]chat.Message, error) {
	return find[messageEntry](ctx, s.entries, "pins", bson.D{{Key: "conversationId", Value: id}, {Key: "pinnedSeq", Value: is("$gt", 0)}},
		options.Find().SetSort(bson.D{{Key: "pinnedSeq", Value: -1}}).SetLimit(int64(limit)).SetProjection(withoutTerms))
}

// Unread counts, for each position, the messages of others above it, deleted ones included; conversations
// without any are left out. At most 1,000 positions. Every condition is in each branch, so that each is a range of
// entries_messages and no document is read.
func (s *Store) Unread(ctx context.Context, user chat.UserID, from []chat.ReadPosition) (map[chat.ConversationID]int64, error) {
	return s.counts(ctx, "unread", user, from, bson.E{Key: "kind", Value: chat.MessageCreated})
}

// UnreadMentions counts, in the same way, those of them that mention the user, by name or with all others, as they
// are now.
func (s *Store) UnreadMentions(ctx context.Context, user chat.UserID, from []chat.ReadPosition) (map[chat.ConversationID]int64, error) {
	return s.counts(ctx, "unread mentions", user, from, bson.E{Key: "mentionKeys", Value: in([]chat.UserID{user, chat.MentionAll})})
}

type unreadCount struct {
	ID       chat.ConversationID `bson:"_id"`
	Messages int64               `bson:"messages"`
}

// counts tells how many entries of others meet the condition above each position.
func (s *Store) counts(ctx context.Context, op string, user chat.UserID, from []chat.ReadPosition, condition bson.E) (map[chat.ConversationID]int64, error) {
	if len(from) > maxIDs {
		return nil, fault(op, errTooMany)
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	all := make(map[chat.ConversationID]int64, len(from))
	for positions := range slices.Chunk(from, unreadBatch) {
		branches := make(bson.A, 0, len(positions))
		for _, p := range positions {
			branches = append(branches, bson.D{
				{Key: "conversationId", Value: p.ConversationID},
				condition,
				{Key: "seq", Value: is("$gt", p.Seq)},
				{Key: "senderId", Value: is("$ne", user)},
			})
		}
		counts, err := s.countEach(ctx, branches)
		if err != nil {
			return nil, fault(op, err)
		}
		for _, c := range counts {
			all[c.ID] = c.Messages
		}
	}
	return all, nil
}

func (s *Store) countEach(ctx context.Context, branches bson.A) ([]unreadCount, error) {
	cursor, err := s.entries.Aggregate(ctx, bson.A{
		bson.D{{Key: "$match", Value: bson.D{{Key: "$or", Value: branches}}}},
		bson.D{{Key: "$group", Value: bson.D{
			{Key: "_id", Value: "$conversationId"},
			{Key: "messages", Value: bson.D{{Key: "$sum", Value: 1}}},
		}}},
	})
	if err != nil {
		return nil, err
	}
	var counts []unreadCount
	err = cursor.All(ctx, &counts)
	return counts, err
}
