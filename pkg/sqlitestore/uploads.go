package sqlitestore

import (
	"context"
	"fmt"
	"time"

	"github.com/parley-chat/parley/pkg/chat"
)

const (
	uploadColumns = `u.id, u.owner_id, u.url, u.thumbnail_url, u.mime, u.bytes, u.width, u.height, u.created_at, u.name, u.claimed_at, u.due_at`
	insertUpload  = `INSERT INTO uploads (id, owner_id, url, thumbnail_url, mime, bytes, width, height, created_at, name, claimed_at, due_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	selectUploadsByID = `SELECT ` + uploadColumns + ` FROM uploads u WHERE u.id IN (SELECT value FROM json_each(?)) AND NOT u.removing`

	claimUploads   = `UPDATE uploads SET claimed_at = ?, due_at = ? WHERE id IN (SELECT value FROM json_each(?)) AND NOT removing`
	releaseUploads = `UPDATE uploads SET due_at = ? WHERE id IN (SELECT value FROM json_each(?)) AND NOT removing`
	releasePicture = `UPDATE uploads INDEXED BY uploads_thumbnail SET due_at = ? WHERE thumbnail_url = ? AND thumbnail_url <> '' AND NOT removing`

	selectShared = `SELECT EXISTS (SELECT 1 FROM attachments a CROSS JOIN members m ON m.conversation_id = a.conversation_id
		WHERE a.upload_id = ? AND m.user_id = ? AND m.left_seq = 0)`
	selectShown = `SELECT EXISTS (SELECT 1 FROM users WHERE avatar_url = ?1 AND avatar_url <> '')
		OR EXISTS (SELECT 1 FROM conversations WHERE avatar_url = ?1 AND avatar_url <> '' AND deleted_at = 0)`
	selectAttached = `SELECT EXISTS (SELECT 1 FROM attachments WHERE upload_id = ?)`

	selectDueUploads = `SELECT ` + uploadColumns + ` FROM uploads u INDEXED BY uploads_due
		WHERE u.due_at > 0 AND u.due_at <= ? ORDER BY u.due_at LIMIT ?`
	takeUpload   = `UPDATE uploads SET removing = 1, due_at = ? WHERE id = ?`
	passUpload   = `UPDATE uploads SET due_at = 0, removing = 0 WHERE id = ?`
	deleteUpload = `DELETE FROM uploads WHERE id = ? AND removing`

	insertAttachment  = `INSERT INTO attachments (upload_id, conversation_id, seq) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`
	deleteAttachments = `DELETE FROM attachments WHERE upload_id IN (SELECT value FROM json_each(?)) AND conversation_id = ? AND seq = ?`
)

// CreateUpload keeps what is known of a stored file.
func (s *Store) CreateUpload(ctx context.Context, u chat.Upload) error {
	_, err := s.exec(ctx, "create upload", insertUpload, u.ID, u.OwnerID, u.URL, u.ThumbnailURL, u.Mime, u.Bytes, u.Width, u.Height,
		u.CreatedAt, u.Name, u.ClaimedAt, u.DueAt)
	return err
}

// UploadsByID leaves out unknown ids and uploads that are being removed; any order; at most 1,000 ids.
func (s *Store) UploadsByID(ctx context.Context, ids []chat.UploadID) ([]chat.Upload, error) {
	return listByID(ctx, s, "uploads by id", scanUpload, selectUploadsByID, ids)
}

// ClaimUploads says that something is about to refer to the uploads: none of them is removed before due. Fails with
// chat.ErrNotFound if one of them is unknown or being removed.
func (s *Store) ClaimUploads(ctx context.Context, ids []chat.UploadID, at, due chat.Time) error {
	const op = "claim uploads"
	if len(ids) > maxIDs {
		return s.fault(op, errTooMany)
	}
	claimed, err := s.exec(ctx, op, claimUploads, at, due, toJSON(ids))
	if err == nil && claimed < int64(len(ids)) {
		err = fmt.Errorf("sqlitestore: %s: %w", op, chat.ErrNotFound)
	}
	return err
}

// ReleasePicture lets the upload whose thumbnail is at this address be removed after due, if nothing refers to it then.
func (s *Store) ReleasePicture(ctx context.Context, thumbnailURL string, due chat.Time) error {
	_, err := s.exec(ctx, "release picture", releasePicture, due, thumbnailURL)
	return err
}

// UploadShared tells whether a message with the upload stands in a conversation of the user's.
func (s *Store) UploadShared(ctx context.Context, id chat.UploadID, user chat.UserID) (bool, error) {
	shared, err := get(ctx, s, "upload shared", number, selectShared, id, user)
	return shared > 0, err
}

// PictureShown tells whether a person, or a group that has not ended, has the picture at this address.
func (s *Store) PictureShown(ctx context.Context, thumbnailURL string) (bool, error) {
	shown, err := get(ctx, s, "picture shown", number, selectShown, thumbnailURL)
	return shown > 0, err
}

// TakeUnused looks at up to limit uploads that are due at now, and gives those to which nothing refers; they are being removed
// from then on, and due once more at again.
func (s *Store) TakeUnused(ctx context.Context, now, again chat.Time, limit int) (unused []chat.Upload, seen int, err error) {
	err = s.write(ctx, "take unused uploads", func(ctx context.Context, tx *transaction) error {
		due, err := all(ctx, tx, scanUpload, selectDueUploads, now, limit)
		if err != nil {
			return err
		}
		seen = len(due)
		for _, u := range due {
			used, err := uploadUsed(ctx, tx, u)
			switch {
			case err != nil:
				return err
			case used:
				_, err = tx.exec(ctx, passUpload, u.ID)
			default:
				u.DueAt = again
				unused = append(unused, u)
				_, err = tx.exec(ctx, takeUpload, again, u.ID)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	return unused, seen, nil
}

func uploadUsed(ctx context.Context, tx *transaction, u chat.Upload) (bool, error) {
	attached, err := one(ctx, tx, number, selectAttached, u.ID)
	if err != nil || attached > 0 {
		return attached > 0, err
	}
	shown, err := one(ctx, tx, number, selectShown, u.ThumbnailURL)
	return shown > 0, err
}

// DeleteUpload forgets an upload that is being removed; a no-op for others.
func (s *Store) DeleteUpload(ctx context.Context, id chat.UploadID) error {
	_, err := s.exec(ctx, "delete upload", deleteUpload, id)
	return err
}

// attach notes which uploads a new message has.
func attach(ctx context.Context, tx *transaction, m chat.Message) error {
	for _, a := range m.Attachments {
		if _, err := tx.exec(ctx, insertAttachment, a.ID, m.ConversationID, m.Seq); err != nil {
			return err
		}
	}
	return nil
}

// detach notes that a message has its uploads no more: the next look at them finds whether anything else has.
func detach(ctx context.Context, tx *transaction, m chat.Message) error {
	if len(m.Attachments) == 0 {
		return nil
	}
	ids := toJSON(chat.UploadIDs(m.Attachments))
	if _, err := tx.exec(ctx, deleteAttachments, ids, m.ConversationID, m.Seq); err != nil {
		return err
	}
	_, err := tx.exec(ctx, releaseUploads, time.Now().Add(chat.UploadGrace).UnixMilli(), ids)
	return err
}

func scanUpload(row scanner) (u chat.Upload, err error) {
	err = row.Scan(&u.ID, &u.OwnerID, &u.URL, &u.ThumbnailURL, &u.Mime, &u.Bytes, &u.Width, &u.Height, &u.CreatedAt, &u.Name,
		&u.ClaimedAt, &u.DueAt)
	return u, err
}
