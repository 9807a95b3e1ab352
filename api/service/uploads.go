package service

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-chat/parley/api/imaging"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/metric"
)

// UploadStore keeps what is known of stored files; see store.Uploads.
type UploadStore interface {
	CreateUpload(ctx context.Context, u chat.Upload) error
	UploadsByID(ctx context.Context, ids []chat.UploadID) ([]chat.Upload, error)
	ClaimUploads(ctx context.Context, ids []chat.UploadID, at, due chat.Time) error
	ReleasePicture(ctx context.Context, thumbnailURL string, due chat.Time) error
	UploadShared(ctx context.Context, id chat.UploadID, user chat.UserID) (bool, error)
	PictureShown(ctx context.Context, thumbnailURL string) (bool, error)
	TakeUnused(ctx context.Context, now, again chat.Time, limit int) (unused []chat.Upload, seen int, err error)
	DeleteUpload(ctx context.Context, id chat.UploadID) error
}

// Media keeps the files themselves; see mediatest.Media.
type Media interface {
	Put(ctx context.Context, id chat.UploadID, img imaging.Image) (url, thumbnailURL string, err error)
	PutFile(ctx context.Context, id chat.UploadID, name string, content io.Reader) (url string, err error)
	Delete(ctx context.Context, id chat.UploadID, name string) error
}

// Imager reads an uploaded image and encodes it anew; see imaging.Processor.
type Imager interface {
	Process(ctx context.Context, data []byte) (imaging.Image, error)
}

const (
	// DefaultUploadSlots is how many uploads one node reads and works on at a time.
	DefaultUploadSlots = 24
	// DefaultUploadKept is how long an upload stays to which nothing refers.
	DefaultUploadKept = 24 * time.Hour
	// slotsPerUser leaves room for others: as many as one message can have.
	slotsPerUser = chat.MaxAttachments
	// mediaTimeout bounds the keeping of an image; it is above that of any adapter.
	mediaTimeout = 25 * time.Second
	// removeTimeout bounds cleaning up, for which somebody waits.
	removeTimeout = 3 * time.Second
	// noUpload is what is wrong with an id, also with one that was never used and is gone.
	noUpload = "names an upload that doesn't exist"
	// mediaRetry is the Retry-After when the store of files fails.
	mediaRetry = 10 * time.Second
)

// Uploads takes files and says who may attach them.
type Uploads struct {
	store  UploadStore
	media  Media
	images Imager
	logger *slog.Logger
	now    func() time.Time
	total  *prometheus.CounterVec
	swept  *prometheus.CounterVec
	slots  int
	kept   time.Duration

	mu    sync.Mutex
	taken int                 // guarded by mu
	users map[chat.UserID]int // slots by user; guarded by mu
}

// UploadsOptions are the parts of Uploads.
type UploadsOptions struct {
	Store  UploadStore
	Media  Media
	Images Imager
	Logger *slog.Logger
	Now    func() time.Time
	// Registry takes parley_uploads_total and parley_uploads_removed_total; nil for none.
	Registry prometheus.Registerer
	// Slots is how many uploads are under way at most; 0 means DefaultUploadSlots.
	Slots int
	// Kept is how long an upload stays that is not used, from when it was uploaded and from the last try to use it; 0 means
	// DefaultUploadKept.
	Kept time.Duration
}

// NewUploads makes the service of its parts.
func NewUploads(o UploadsOptions) *Uploads {
	if o.Slots == 0 {
		o.Slots = DefaultUploadSlots
	}
	if o.Kept == 0 {
		o.Kept = DefaultUploadKept
	}
	return &Uploads{
		store: o.Store, media: o.Media, images: o.Images, logger: o.Logger, now: o.Now, slots: o.Slots, kept: o.Kept,
		users: map[chat.UserID]int{},
		total: metric.Shared(o.Registry, prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "parley_uploads_total", Help: "Uploads by result: stored, refused, busy, failed.",
		}, []string{"result"})),
		swept: metric.Shared(o.Registry, prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "parley_uploads_removed_total", Help: "Uploads that nothing referred to, by result: removed, failed.",
		}, []string{"result"})),
	}
}

// Begin takes a slot for one upload, before its bytes are read: those of images are kept in memory. The caller gives it back
// by done. It refuses with CodeUnavailable when all are taken, and with CodeRateLimited when the viewer has
// as many as one user may have.
func (s *Uploads) Begin(v Viewer) (done func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.users[v.UserID] >= slotsPerUser:
		s.total.WithLabelValues("busy").Inc()
		return nil, &Error{Code: CodeRateLimited, Detail: "too many uploads at once; wait for the others", RetryAfter: UnavailableRetry}
	case s.taken >= s.slots:
		s.total.WithLabelValues("busy").Inc()
		return nil, &Error{Code: CodeUnavailable, Detail: "too many uploads at the moment; try again", RetryAfter: UnavailableRetry}
	}
	s.taken++
	s.users[v.UserID]++
	return sync.OnceFunc(func() { s.end(v.UserID) }), nil
}

func (s *Uploads) end(user chat.UserID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken--
	s.users[user]--
	if s.users[user] == 0 {
		delete(s.users, user)
	}
}

// Readable is what is known of an upload for who may have its content, or its thumbnail alone; for all others CodeNotFound. A
// message shows it to those who may read that, a picture of a person or a group shows its thumbnail to everybody, and an
// upload that was never used is its owner's.
func (s *Uploads) Readable(ctx context.Context, v Viewer, id chat.UploadID, thumbnail bool) (chat.Upload, error) {
	found, err := s.store.UploadsByID(ctx, []chat.UploadID{id})
	if err != nil {
		return chat.Upload{}, fromStore(err, "file")
	}
	if len(found) == 0 {
		return chat.Upload{}, fromStore(chat.ErrNotFound, "file")
	}
	u := found[0]
	if u.OwnerID == v.UserID && u.ClaimedAt == 0 {
		return u, nil
	}
	shown, err := s.store.UploadShared(ctx, id, v.UserID)
	if err == nil && !shown && thumbnail {
		shown, err = s.store.PictureShown(ctx, u.ThumbnailURL)
	}
	if err == nil && !shown {
		err = chat.ErrNotFound
	}
	return u, fromStore(err, "file")
}

// Attachable gives uploads, in the order of ids, the form in which messages show them. It refuses with CodeValidation
// on uploadIds what is not an upload of the viewer, or is named twice.
func (s *Uploads) Attachable(ctx context.Context, v Viewer, ids []chat.UploadID) ([]chat.Attachment, error) {
	return s.own(ctx, v, "uploadIds", ids)
}

// Claim keeps the uploads of a message from being removed while it is written. It refuses with CodeNotFound if one of them is
// gone: nothing referred to it, and it is being removed.
func (s *Uploads) Claim(ctx context.Context, attachments []chat.Attachment) error {
	if len(attachments) == 0 {
		return nil
	}
	now := s.now()
	return fromStore(s.store.ClaimUploads(ctx, chat.UploadIDs(attachments), chat.TimeOf(now), chat.TimeOf(now.Add(max(s.kept, chat.UploadGrace)))), "upload")
}

// Release says that a person or a group is about to have another picture than the one at this address, "" for none.
func (s *Uploads) Release(ctx context.Context, avatarURL string) error {
	if avatarURL == "" {
		return nil
	}
	return fromStore(s.store.ReleasePicture(ctx, avatarURL, chat.TimeOf(s.now().Add(chat.UploadGrace))), "upload")
}

// Avatar is the address of an upload's thumbnail, for a picture of a person or a group, and keeps it from being removed until that is
// written. It refuses with CodeValidation on avatarUploadId what is not an upload of the viewer, or no image.
func (s *Uploads) Avatar(ctx context.Context, v Viewer, id chat.UploadID) (string, error) {
	found, err := s.own(ctx, v, "avatarUploadId", []chat.UploadID{id})
	if err != nil {
		return "", err
	}
	if found[0].ThumbnailURL == "" {
		var bad fieldErrors
		bad.add("avatarUploadId", "is no image")
		return "", bad.err()
	}
	if err := s.Claim(ctx, found); err != nil {
		return "", asField(err, "avatarUploadId", noUpload)
	}
	return found[0].ThumbnailURL, nil
}

// own is the attachments of ids, all of them uploads of the viewer. Whether one exists that is another's is not told.
func (s *Uploads) own(ctx context.Context, v Viewer, field string, ids []chat.UploadID) ([]chat.Attachment, error) {
	attachments := make([]chat.Attachment, 0, len(ids))
	if len(ids) == 0 {
		return attachments, nil
	}
	var bad fieldErrors
	seen := make(map[chat.UploadID]bool, len(ids))
	for _, id := range ids {
		switch {
		case !chat.ValidID(id):
			bad.add(field, noUpload)
		case seen[id]:
			bad.add(field, "names an upload twice")
		}
		seen[id] = true
	}
	if err := bad.err(); err != nil {
		return nil, err
	}
	found, err := s.store.UploadsByID(ctx, ids)
	if err != nil {
		return nil, fromStore(err, "upload")
	}
	byID := make(map[chat.UploadID]chat.Upload, len(found))
	for _, u := range found {
		byID[u.ID] = u
	}
	for _, id := range ids {
		if u, ok := byID[id]; ok && u.OwnerID == v.UserID {
			attachments = append(attachments, u.Attachment)
			continue
		}
		bad.add(field, noUpload)
	}
	if err := bad.err(); err != nil {
		return nil, err
	}
	return attachments, nil
}
