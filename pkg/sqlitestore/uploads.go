package sqlitestore

import (
	"context"

	"github.com/parley-chat/parley/pkg/chat"
)

const (
	uploadColumns     = `id, owner_id, url, thumbnail_url, mime, bytes, width, height, created_at, name`
	insertUpload      = `INSERT INTO uploads (` + uploadColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	selectUploadsByID = `SELECT ` + uploadColumns + ` FROM uploads WHERE id IN (SELECT value FROM json_each(?))`
)

// CreateUpload keeps what is known of a stored file.
func (s *Store) CreateUpload(ctx context.Context, u chat.Upload) error {
	_, err := s.exec(ctx, "create upload", insertUpload, u.ID, u.OwnerID, u.URL, u.ThumbnailURL, u.Mime, u.Bytes, u.Width, u.Height, u.CreatedAt, u.Name)
	return err
}

// UploadsByID leaves out unknown ids; any order; at most 1,000 ids.
func (s *Store) UploadsByID(ctx context.Context, ids []chat.UploadID) ([]chat.Upload, error) {
	return listByID(ctx, s, "uploads by id", scanUpload, selectUploadsByID, ids)
}

func scanUpload(row scanner) (u chat.Upload, err error) {
	err = row.Scan(&u.ID, &u.OwnerID, &u.URL, &u.ThumbnailURL, &u.Mime, &u.Bytes, &u.Width, &u.Height, &u.CreatedAt, &u.Name)
	return u, err
}
