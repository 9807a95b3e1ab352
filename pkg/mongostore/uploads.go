package mongostore

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/parley-chat/parley/pkg/chat"
)

type uploadRecord struct {
	ID           chat.UploadID `bson:"_id"`
	OwnerID      chat.UserID   `bson:"ownerId"`
	Name         string        `bson:"name,omitempty"`
	URL          string        `bson:"url"`
	ThumbnailURL string        `bson:"thumbnailUrl"`
	Mime         string        `bson:"mime"`
	Bytes        int64         `bson:"bytes"`
	Width        int           `bson:"width"`
	Height       int           `bson:"height"`
	CreatedAt    bson.DateTime `bson:"createdAt"`
}

func (r uploadRecord) domain() chat.Upload {
	return chat.Upload{
		Attachment: chat.Attachment{
			ID: r.ID, Name: r.Name, URL: r.URL, ThumbnailURL: r.ThumbnailURL, Mime: r.Mime, Bytes: r.Bytes, Width: r.Width, Height: r.Height,
		},
		OwnerID: r.OwnerID, CreatedAt: chat.Time(r.CreatedAt),
	}
}

// CreateUpload keeps what is known of a stored file.
func (s *Store) CreateUpload(ctx context.Context, u chat.Upload) error {
	return insert(ctx, s.uploads, "create upload", uploadRecord{
		ID: u.ID, OwnerID: u.OwnerID, Name: u.Name, URL: u.URL, ThumbnailURL: u.ThumbnailURL, Mime: u.Mime, Bytes: u.Bytes,
		Width: u.Width, Height: u.Height, CreatedAt: instant(u.CreatedAt),
	})
}

// UploadsByID leaves out unknown ids; any order; at most 1,000 ids.
func (s *Store) UploadsByID(ctx context.Context, ids []chat.UploadID) ([]chat.Upload, error) {
	return findByID[uploadRecord](ctx, s.uploads, "uploads by id", ids, nil)
}
