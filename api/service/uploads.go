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
	// slotsPerUser leaves room for others: as many as one message can have.
	slotsPerUser = chat.MaxAttachments
	// mediaTimeout bounds the keeping of an image; it is above that of any adapter.
	mediaTimeout = 25 * time.Second
	// removeTimeout bounds cleaning up, for which somebody waits.
	removeTimeout = 3 * time.Second
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
	slots  int

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
	// Registry takes parley_uploads_total; nil for none.
	Registry prometheus.Registerer
	// Slots is how many uploads are under way at most; 0 means DefaultUploadSlots.
	Slots int
}

// NewUploads makes the service of its parts.
func NewUploads(o UploadsOptions) *Uploads {
	if o.Slots == 0 {
		o.Slots = DefaultUploadSlots
	}
	return &Uploads{
		store: o.Store, media: o.Media, images: o.Images, logger: o.Logger, now: o.Now, slots: o.Slots,
		users: map[chat.UserID]int{},
		total: metric.Shared(o.Registry, prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "parley_uploads_total", Help: "Uploads by result: stored, refused, busy, failed.",
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

// File is what is known of an upload that is no image, or CodeNotFound.
func (s *Uploads) File(ctx context.Context, id chat.UploadID) (chat.Upload, error) {
	found, err := s.store.UploadsByID(ctx, []chat.UploadID{id})
	if err != nil {
		return chat.Upload{}, fromStore(err, "file")
	}
	if len(found) == 0 || found[0].ThumbnailURL != "" {
		return chat.Upload{}, fromStore(chat.ErrNotFound, "file")
	}
	return found[0], nil
}

// Attachable gives uploads, in the order of ids, the form in which messages show them. It refuses with CodeValidation
// on uploadIds what is not an upload of the viewer, or is named twice.
func (s *Uploads) Attachable(ctx context.Context, v Viewer, ids []chat.UploadID) ([]chat.Attachment, error) {
	return s.own(ctx, v, "uploadIds", ids)
}

// Avatar is the address of an upload's thumbnail, for a picture of a person or a group. It refuses with CodeValidation on
// avatarUploadId what is not an upload of the viewer, or no image.
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
			bad.add(field, "names an upload that doesn't exist")
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
		bad.add(field, "names an upload that doesn't exist")
	}
	if err := bad.err(); err != nil {
		return nil, err
	}
	return attachments, nil
}
