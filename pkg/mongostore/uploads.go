package mongostore

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/parley-chat/parley/pkg/chat"
)

const (
	// attachmentID is where an entry names the uploads of its message: what refers to an upload is read from the log itself.
	attachmentID = "message.attachments.id"
	// uploadKept is when uploads are looked at, that older versions have kept without saying when.
	uploadKept = 24 * time.Hour
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
	ClaimedAt    bson.DateTime `bson:"claimedAt,omitempty"`
	// DueAt is 1970 for uploads that need no look.
	DueAt bson.DateTime `bson:"dueAt"`
	// Removing: nothing can refer to it any more.
	Removing bool `bson:"removing,omitempty"`
}

// kept is the condition that an upload is not being removed.
var kept = bson.E{Key: "removing", Value: nil}

func (r uploadRecord) domain() chat.Upload {
	return chat.Upload{
		Attachment: chat.Attachment{
			ID: r.ID, Name: r.Name, URL: r.URL, ThumbnailURL: r.ThumbnailURL, Mime: r.Mime, Bytes: r.Bytes, Width: r.Width, Height: r.Height,
		},
		OwnerID: r.OwnerID, CreatedAt: chat.Time(r.CreatedAt), ClaimedAt: chat.Time(r.ClaimedAt), DueAt: chat.Time(r.DueAt),
	}
}

// CreateUpload keeps what is known of a stored file.
func (s *Store) CreateUpload(ctx context.Context, u chat.Upload) error {
	return insert(ctx, s.uploads, "create upload", uploadRecord{
		ID: u.ID, OwnerID: u.OwnerID, Name: u.Name, URL: u.URL, ThumbnailURL: u.ThumbnailURL, Mime: u.Mime, Bytes: u.Bytes,
		Width: u.Width, Height: u.Height, CreatedAt: instant(u.CreatedAt), ClaimedAt: instant(u.ClaimedAt), DueAt: instant(u.DueAt),
	})
}

// UploadsByID leaves out unknown ids and uploads that are being removed; any order; at most 1,000 ids.
func (s *Store) UploadsByID(ctx context.Context, ids []chat.UploadID) ([]chat.Upload, error) {
	return findByID[uploadRecord](ctx, s.uploads, "uploads by id", ids, bson.D{kept})
}

// ClaimUploads says that something is about to refer to the uploads: none of them is removed before due. Fails with
// chat.ErrNotFound if one of them is unknown or being removed. It and TakeUnused change one document on a condition, so one
// of the two comes first.
func (s *Store) ClaimUploads(ctx context.Context, ids []chat.UploadID, at, due chat.Time) error {
	const op = "claim uploads"
	if len(ids) > maxIDs {
		return fault(op, errTooMany)
	}
	if len(ids) == 0 {
		ids = []chat.UploadID{}
	}
	claimed, err := s.updateUploads(ctx, op, bson.D{{Key: "_id", Value: in(ids)}, kept},
		bson.D{{Key: "claimedAt", Value: instant(at)}, {Key: "dueAt", Value: instant(due)}})
	if err == nil && claimed < int64(len(ids)) {
		err = fmt.Errorf("mongostore: %s: %w", op, chat.ErrNotFound)
	}
	return err
}

// ReleasePicture lets the upload whose thumbnail is at this address be removed after due, if nothing refers to it then.
func (s *Store) ReleasePicture(ctx context.Context, thumbnailURL string, due chat.Time) error {
	if thumbnailURL == "" {
		return nil
	}
	_, err := s.updateUploads(ctx, "release picture", bson.D{{Key: "thumbnailUrl", Value: thumbnailURL}, kept},
		bson.D{{Key: "dueAt", Value: instant(due)}})
	return err
}

// release lets the uploads of a message, that is about to have them no more, be removed if nothing else has them.
func (s *Store) release(ctx context.Context, m chat.Message) error {
	if len(m.Attachments) == 0 {
		return nil
	}
	due := chat.TimeOf(time.Now().Add(chat.UploadGrace))
	_, err := s.updateUploads(ctx, "release uploads", bson.D{{Key: "_id", Value: in(chat.UploadIDs(m.Attachments))}, kept}, bson.D{{Key: "dueAt", Value: instant(due)}})
	return err
}

func (s *Store) updateUploads(ctx context.Context, op string, filter, set bson.D) (matched int64, err error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	result, err := s.uploads.UpdateMany(ctx, filter, bson.D{{Key: "$set", Value: set}})
	if err != nil {
		return 0, fault(op, err)
	}
	return result.MatchedCount, nil
}

// UploadShared tells whether a message with the upload stands in a conversation of the user's. The conversations are gone through
// some at a time: it may have been forwarded into any number of them.
func (s *Store) UploadShared(ctx context.Context, id chat.UploadID, user chat.UserID) (bool, error) {
	const op = "upload shared"
	ctx, cancel := bounded(ctx)
	defer cancel()
	cursor, err := s.entries.Find(ctx, bson.D{{Key: attachmentID, Value: id}},
		options.Find().SetProjection(bson.D{{Key: "conversationId", Value: 1}, {Key: "_id", Value: 0}}).SetBatchSize(maxIDs))
	if err != nil {
		return false, fault(op, err)
	}
	defer func() { _ = cursor.Close(context.WithoutCancel(ctx)) }()
	places := map[string]struct{}{}
	for more := true; more; {
		if more = cursor.Next(ctx); more {
			var e entryRecord
			if err := cursor.Decode(&e); err != nil {
				return false, fault(op, err)
			}
			places[memberID(e.ConversationID, user)] = struct{}{}
		}
		if len(places) == maxIDs || !more && len(places) > 0 {
			shared, err := s.anyDocument(ctx, s.members, op, bson.D{{Key: "_id", Value: in(slices.Collect(maps.Keys(places)))}, stays})
			if shared || err != nil {
				return shared, err
			}
			clear(places)
		}
	}
	return false, fault(op, cursor.Err())
}

// PictureShown tells whether a person, or a group that has not ended, has the picture at this address.
func (s *Store) PictureShown(ctx context.Context, thumbnailURL string) (bool, error) {
	const op = "picture shown"
	if thumbnailURL == "" {
		return false, nil
	}
	shown, err := s.anyDocument(ctx, s.users, op, bson.D{{Key: "avatarUrl", Value: thumbnailURL}})
	if shown || err != nil {
		return shown, err
	}
	return s.anyDocument(ctx, s.conversations, op, bson.D{{Key: "avatarUrl", Value: thumbnailURL}, stands})
}

// anyDocument tells whether the filter finds anything.
func (s *Store) anyDocument(ctx context.Context, c *mongo.Collection, op string, filter bson.D) (bool, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	n, err := c.CountDocuments(ctx, filter, options.Count().SetLimit(1))
	return n > 0, fault(op, err)
}

// TakeUnused looks at up to limit uploads that are due at now, and gives those to which nothing refers; they are being removed
// from then on, and due once more at again. Each is changed only if it still is due as it was read: whoever claims, releases or
// takes it meanwhile has moved that.
func (s *Store) TakeUnused(ctx context.Context, now, again chat.Time, limit int) (unused []chat.Upload, seen int, err error) {
	const op = "take unused uploads"
	due, err := find[uploadRecord](ctx, s.uploads, op,
		bson.D{{Key: "dueAt", Value: bson.D{{Key: "$gt", Value: instant(0)}, {Key: "$lte", Value: instant(now)}}}},
		options.Find().SetSort(ascending("dueAt")).SetLimit(int64(limit)))
	if err != nil {
		return nil, 0, err
	}
	for _, u := range due {
		used, err := s.uploadUsed(ctx, u)
		if err != nil {
			return unused, seen, err
		}
		change := bson.D{{Key: "$set", Value: bson.D{{Key: "removing", Value: true}, {Key: "dueAt", Value: instant(again)}}}}
		if used {
			change = bson.D{{Key: "$set", Value: bson.D{{Key: "dueAt", Value: instant(0)}}}, {Key: "$unset", Value: bson.D{{Key: "removing", Value: ""}}}}
		}
		done, err := s.changeUpload(ctx, u, change)
		if err != nil {
			return unused, seen, fault(op, err)
		}
		seen++
		if done && !used {
			u.DueAt = again
			unused = append(unused, u)
		}
	}
	return unused, seen, nil
}

// changeUpload changes an upload that is due as it was read, and tells whether it was.
func (s *Store) changeUpload(ctx context.Context, u chat.Upload, change bson.D) (bool, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	result, err := s.uploads.UpdateOne(ctx, bson.D{{Key: "_id", Value: u.ID}, {Key: "dueAt", Value: instant(u.DueAt)}}, change)
	if err != nil {
		return false, err
	}
	return result.MatchedCount == 1, nil
}

func (s *Store) uploadUsed(ctx context.Context, u chat.Upload) (bool, error) {
	attached, err := s.anyDocument(ctx, s.entries, "upload attached", bson.D{{Key: attachmentID, Value: u.ID}})
	if attached || err != nil {
		return attached, err
	}
	return s.PictureShown(ctx, u.ThumbnailURL)
}

// DeleteUpload forgets an upload that is being removed; a no-op for others.
func (s *Store) DeleteUpload(ctx context.Context, id chat.UploadID) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	_, err := s.uploads.DeleteOne(ctx, bson.D{{Key: "_id", Value: id}, {Key: "removing", Value: true}})
	return fault("delete upload", err)
}

// dateUploads has those looked at once that older versions have kept.
func (s *Store) dateUploads(ctx context.Context) error {
	due := chat.TimeOf(time.Now().Add(uploadKept))
	_, err := s.updateUploads(ctx, "date uploads", bson.D{{Key: "dueAt", Value: nil}}, bson.D{{Key: "dueAt", Value: instant(due)}})
	return err
}
