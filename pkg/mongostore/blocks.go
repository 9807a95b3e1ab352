package mongostore

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/parley-chat/parley/pkg/chat"
)

type blockRecord struct {
	// ID is "<userId>:<blockedId>", so that there are no two.
	ID        string        `bson:"_id"`
	UserID    chat.UserID   `bson:"userId"`
	BlockedID chat.UserID   `bson:"blockedId"`
	CreatedAt bson.DateTime `bson:"createdAt"`
}

func blockID(user, blocked chat.UserID) string { return string(user + ":" + blocked) }

func (r blockRecord) domain() chat.Block {
	return chat.Block{UserID: r.UserID, BlockedID: r.BlockedID, CreatedAt: chat.Time(r.CreatedAt)}
}

// CreateBlock is a no-op for one that exists.
func (s *Store) CreateBlock(ctx context.Context, b chat.Block) error {
	err := insert(ctx, s.blocks, "create block", blockRecord{blockID(b.UserID, b.BlockedID), b.UserID, b.BlockedID, instant(b.CreatedAt)})
	if mongo.IsDuplicateKeyError(err) {
		return nil
	}
	return err
}

// DeleteBlock is a no-op for one that doesn't exist.
func (s *Store) DeleteBlock(ctx context.Context, user, blocked chat.UserID) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	_, err := s.blocks.DeleteOne(ctx, bson.D{{Key: "_id", Value: blockID(user, blocked)}})
	return fault("delete block", err)
}

// BlocksOf is one page of the user's own, by the id of the blocked.
func (s *Store) BlocksOf(ctx context.Context, user, after chat.UserID, limit int) ([]chat.Block, error) {
	return find[blockRecord](ctx, s.blocks, "blocks of user", bson.D{{Key: "userId", Value: user}, {Key: "blockedId", Value: is("$gt", after)}},
		options.Find().SetSort(ascending("userId", "blockedId")).SetLimit(int64(limit)))
}

// BlocksBetween are those between the user and others, whoever made them; any order; at most 1,000 others.
func (s *Store) BlocksBetween(ctx context.Context, user chat.UserID, others []chat.UserID) ([]chat.Block, error) {
	if len(others) == 0 {
		return nil, nil
	}
	if len(others) > maxIDs {
		return nil, fault("blocks between", errTooMany)
	}
	return find[blockRecord](ctx, s.blocks, "blocks between", bson.D{{Key: "$or", Value: bson.A{
		bson.D{{Key: "userId", Value: user}, {Key: "blockedId", Value: in(others)}},
		bson.D{{Key: "blockedId", Value: user}, {Key: "userId", Value: in(others)}},
	}}})
}

// BlocksAmong are those between the two of each couple, whoever made them; any order; at most 1,000 couples.
func (s *Store) BlocksAmong(ctx context.Context, couples []chat.Couple) ([]chat.Block, error) {
	if len(couples) == 0 {
		return nil, nil
	}
	if len(couples) > maxIDs {
		return nil, fault("blocks among", errTooMany)
	}
	ids := make([]string, 0, 2*len(couples))
	for _, c := range couples {
		ids = append(ids, blockID(c[0], c[1]), blockID(c[1], c[0]))
	}
	return find[blockRecord](ctx, s.blocks, "blocks among", bson.D{{Key: "_id", Value: in(ids)}})
}
