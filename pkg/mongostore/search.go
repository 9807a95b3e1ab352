package mongostore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/sync/errgroup"

	"github.com/parley-chat/parley/pkg/chat"
)

// searchBatch is how many conversations one question is about. MongoDB reads each one's newest entries with a key from
// entries_terms and merges them, as long as there are no more than 200.
const searchBatch = 100

// withoutTerms leaves what entries are found by on the server.
var withoutTerms = bson.D{{Key: "terms", Value: 0}}

// newestFirst is the order of what is found; ids sort by the time of their making.
var newestFirst = bson.D{{Key: "createdAt", Value: -1}, {Key: "_id", Value: -1}}

// SearchMessages answers q; see chat.SearchQuery. Fails with chat.ErrPosition.
func (s *Store) SearchMessages(ctx context.Context, q chat.SearchQuery) (chat.SearchPage, error) {
	from, err := readPosition(q.From)
	if err != nil {
		return chat.SearchPage{}, fault("search", err)
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	ids, err := s.searched(ctx, q)
	if err != nil || len(ids) == 0 {
		return chat.SearchPage{}, err
	}
	chunks := slices.Collect(slices.Chunk(ids, searchBatch))
	found := make([][]chat.Message, len(chunks))
	var jobs errgroup.Group
	jobs.SetLimit(fanOut)
	for i, some := range chunks {
		jobs.Go(func() (err error) {
			found[i], err = find[messageEntry](ctx, s.entries, "search", searchFilter(q, from, some),
				options.Find().SetSort(newestFirst).SetLimit(int64(q.Limit)+1).SetProjection(withoutTerms))
			return err
		})
	}
	if err := jobs.Wait(); err != nil {
		return chat.SearchPage{}, err
	}
	messages := slices.Concat(found...)
	slices.SortFunc(messages, func(a, b chat.Message) int {
		return cmp.Or(cmp.Compare(b.CreatedAt, a.CreatedAt), cmp.Compare(b.ID, a.ID))
	})
	var page chat.SearchPage
	for _, m := range messages[:min(len(messages), q.Limit)] {
		page.Hits = append(page.Hits, chat.SearchHit{Message: m, Position: positionOf(m)})
	}
	if len(messages) > q.Limit {
		page.Next = page.Hits[q.Limit-1].Position
	}
	return page, nil
}

// searched are the conversations that q is about: those of the user, or the one that is named, if it is one of them.
func (s *Store) searched(ctx context.Context, q chat.SearchQuery) ([]chat.ConversationID, error) {
	filter := bson.D{{Key: "userId", Value: q.UserID}, stays}
	if q.ConversationID != "" {
		filter = member(q.ConversationID, q.UserID)
	}
	members, err := find[memberRecord](ctx, s.members, "search", filter,
		options.Find().SetProjection(bson.D{{Key: "conversationId", Value: 1}, {Key: "_id", Value: 0}}))
	ids := make([]chat.ConversationID, len(members))
	for i, m := range members {
		ids[i] = m.ConversationID
	}
	return ids, err
}

// searchFilter is for entries_terms: one range of it for each conversation, with the first key, in the order of time. Other keys
// are looked for in what that finds.
func searchFilter(q chat.SearchQuery, from spot, ids []chat.ConversationID) bson.D {
	filter := bson.D{{Key: "conversationId", Value: in(ids)}, {Key: "terms", Value: q.Keys[0]}}
	if len(q.Keys) > 1 {
		filter[1].Value = is("$all", q.Keys)
	}
	var times bson.D
	if q.After > 0 {
		times = append(times, bson.E{Key: "$gte", Value: instant(q.After)})
	}
	if q.Before > 0 {
		times = append(times, bson.E{Key: "$lt", Value: instant(q.Before)})
	}
	if from.id != "" {
		// The first condition bounds the range, the others the rows of its first instant.
		times = append(times, bson.E{Key: "$lte", Value: instant(from.at)})
		filter = append(filter, bson.E{Key: "$or", Value: bson.A{
			bson.D{{Key: "createdAt", Value: is("$lt", instant(from.at))}},
			bson.D{{Key: "createdAt", Value: instant(from.at)}, {Key: "_id", Value: is("$lt", from.id)}},
		}})
	}
	if len(times) > 0 {
		filter = append(filter, bson.E{Key: "createdAt", Value: times})
	}
	return filter
}

// spot is where a page ended.
type spot struct {
	at chat.Time
	id chat.MessageID
}

func positionOf(m chat.Message) chat.SearchPosition {
	return chat.SearchPosition(fmt.Sprintf("%d:%s", m.CreatedAt, m.ID))
}

func readPosition(p chat.SearchPosition) (spot, error) {
	if p == "" {
		return spot{}, nil
	}
	at, id, _ := strings.Cut(string(p), ":")
	ms, err := strconv.ParseInt(at, 10, 64)
	if err != nil || ms < 0 || !chat.ValidID(chat.MessageID(id)) {
		return spot{}, chat.ErrPosition
	}
	return spot{chat.Time(ms), chat.MessageID(id)}, nil
}

// searchTerms are what a message's entry is found by.
func searchTerms(e chat.Entry) []string {
	m := *e.Message
	m.SenderID = e.SenderID
	return m.SearchKeys()
}
