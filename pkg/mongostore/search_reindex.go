package mongostore

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/namekey"
	"github.com/parley-chat/parley/pkg/search"
)

// progressRecord is how far older messages, or names, have got their keys, by the rules of a version.
type progressRecord struct {
	ID      string `bson:"_id"`
	Version int    `bson:"version"`
	Done    bool   `bson:"done"`
	// The last entry that was gone through, or the last user.
	CreatedAt      bson.DateTime       `bson:"createdAt,omitempty"`
	ConversationID chat.ConversationID `bson:"conversationId,omitempty"`
	Seq            int64               `bson:"seq,omitempty"`
	UserID         chat.UserID         `bson:"userId,omitempty"`
}

func (r progressRecord) domain() progressRecord { return r }

// Reindex makes the keys of up to limit messages, and of as many people's names, that were written before there were any, or
// with keys of older rules, and tells how many it went through; 0 when all is done.
func (s *Store) Reindex(ctx context.Context, limit int) (int, error) {
	total := 0
	for name, some := range map[string]func(context.Context, *progressRecord, int) (int, error){
		"search-messages": s.reindexMessages, "search-names": s.reindexNames,
	} {
		p, err := findOne[progressRecord](ctx, s.progress, "reindex", bson.D{{Key: "_id", Value: name}})
		if err != nil && !errors.Is(err, chat.ErrNotFound) {
			return total, err
		}
		if p.Version != search.Version {
			p = progressRecord{ID: name, Version: search.Version}
		}
		if p.Done {
			continue
		}
		n, err := some(ctx, &p, limit)
		if err != nil {
			return total, err
		}
		total += n
		p.Done = n < limit
		if err := s.keepProgress(ctx, p); err != nil {
			return total, err
		}
	}
	return total, nil
}

func (s *Store) keepProgress(ctx context.Context, p progressRecord) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	_, err := s.progress.ReplaceOne(ctx, bson.D{{Key: "_id", Value: p.ID}}, p, options.Replace().SetUpsert(true))
	return fault("reindex", err)
}

// reindexMessages leaves those alone that change meanwhile: whoever changes a message makes its keys.
func (s *Store) reindexMessages(ctx context.Context, p *progressRecord, limit int) (int, error) {
	entries, err := s.EntriesSince(ctx, chat.EntryCursor{CreatedAt: chat.Time(p.CreatedAt), ConversationID: p.ConversationID, Seq: p.Seq}, limit)
	if err != nil {
		return 0, err
	}
	var writes []mongo.WriteModel
	for _, e := range entries {
		p.CreatedAt, p.ConversationID, p.Seq = instant(e.CreatedAt), e.ConversationID, e.Seq
		if e.Message == nil {
			continue
		}
		var f fields
		terms := searchTerms(e)
		f.put("terms", terms, len(terms) > 0)
		writes = append(writes, mongo.NewUpdateOneModel().SetFilter(asRead(*e.Message)).SetUpdate(f.update()))
	}
	return len(entries), write(ctx, s.entries, writes)
}

// reindexNames leaves those alone whose names change meanwhile.
func (s *Store) reindexNames(ctx context.Context, p *progressRecord, limit int) (int, error) {
	users, err := find[userRecord](ctx, s.users, "reindex", bson.D{{Key: "_id", Value: is("$gt", p.UserID)}},
		options.Find().SetSort(ascending("_id")).SetLimit(int64(limit)))
	if err != nil {
		return 0, err
	}
	var writes []mongo.WriteModel
	for _, u := range users {
		p.UserID = u.ID
		folded := chat.FoldName(u.FullName)
		writes = append(writes, mongo.NewUpdateOneModel().
			SetFilter(bson.D{{Key: "_id", Value: u.ID}, {Key: "fullName", Value: u.FullName}}).
			SetUpdate(bson.D{{Key: "$set", Value: bson.D{{Key: "foldedName", Value: folded}, {Key: "nameKeys", Value: namekey.Of(folded)}}}}))
	}
	return len(users), write(ctx, s.users, writes)
}

func write(ctx context.Context, c *mongo.Collection, writes []mongo.WriteModel) error {
	if len(writes) == 0 {
		return nil
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	_, err := c.BulkWrite(ctx, writes, options.BulkWrite().SetOrdered(false))
	return fault("reindex", err)
}
