package mongostore

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/parley-chat/parley/pkg/chat"
)

type linkRecord struct {
	Hash      string           `bson:"_id"`
	Purpose   chat.LinkPurpose `bson:"purpose"`
	UserID    chat.UserID      `bson:"userId"`
	Email     string           `bson:"email"`
	CreatedAt bson.DateTime    `bson:"createdAt"`
	ExpiresAt bson.DateTime    `bson:"expiresAt"`
}

func (r linkRecord) domain() chat.Link {
	return chat.Link{
		Hash: r.Hash, Purpose: r.Purpose, UserID: r.UserID, Email: r.Email,
		CreatedAt: chat.Time(r.CreatedAt), ExpiresAt: chat.Time(r.ExpiresAt),
	}
}

// CreateLink keeps a new link.
func (s *Store) CreateLink(ctx context.Context, l chat.Link) error {
	return insert(ctx, s.links, "create link", linkRecord{
		Hash: l.Hash, Purpose: l.Purpose, UserID: l.UserID, Email: l.Email,
		CreatedAt: instant(l.CreatedAt), ExpiresAt: instant(l.ExpiresAt),
	})
}

// Link fails with chat.ErrNotFound; expired ones are found.
func (s *Store) Link(ctx context.Context, hash string) (chat.Link, error) {
	return findOne[linkRecord](ctx, s.links, "link", bson.D{{Key: "_id", Value: hash}})
}

// TakeLink removes a link; fails with chat.ErrNotFound if there is none. Of two at once, one gets it.
func (s *Store) TakeLink(ctx context.Context, hash string) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	result, err := s.links.DeleteOne(ctx, bson.D{{Key: "_id", Value: hash}})
	if err == nil && result.DeletedCount == 0 {
		err = chat.ErrNotFound
	}
	return fault("take link", err)
}

// DeleteLinks removes all of the user's for a purpose.
func (s *Store) DeleteLinks(ctx context.Context, user chat.UserID, purpose chat.LinkPurpose) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	_, err := s.links.DeleteMany(ctx, bson.D{{Key: "userId", Value: user}, {Key: "purpose", Value: purpose}})
	return fault("delete links", err)
}

// DeleteExpiredLinks removes those that expired before the given time.
func (s *Store) DeleteExpiredLinks(ctx context.Context, before chat.Time) (int64, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	result, err := s.links.DeleteMany(ctx, bson.D{{Key: "expiresAt", Value: is("$lt", instant(before))}})
	if err != nil {
		return 0, fault("delete expired links", err)
	}
	return result.DeletedCount, nil
}
