package service_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/png"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/imaging"
	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
)

// shelf is a store of uploads and of images; each can be made to fail.
type shelf struct {
	service.UploadStore
	uploads   map[chat.UploadID]chat.Upload
	images    map[chat.UploadID]imaging.Image
	files     map[chat.UploadID]string
	createErr error
	readErr   error
	putErr    error
	// putThenErr keeps the image and fails nevertheless, as a lost answer does.
	putThenErr error
	deleteErr  error
}

func (s *shelf) ClaimUploads(context.Context, []chat.UploadID, chat.Time, chat.Time) error {
	return nil
}

func (s *shelf) CreateUpload(_ context.Context, u chat.Upload) error {
	if s.createErr != nil {
		return s.createErr
	}
	s.uploads[u.ID] = u
	return nil
}

func (s *shelf) UploadsByID(_ context.Context, ids []chat.UploadID) ([]chat.Upload, error) {
	var found []chat.Upload
	for i := range ids { // the order is the store's own
		if u, ok := s.uploads[ids[len(ids)-1-i]]; ok {
			found = append(found, u)
		}
	}
	return found, s.readErr
}

func (s *shelf) Put(_ context.Context, id chat.UploadID, img imaging.Image) (url, thumbnailURL string, err error) {
	if s.putErr != nil {
		return "", "", s.putErr
	}
	s.images[id] = img
	return "/main/" + string(id), "/thumb/" + string(id), s.putThenErr
}

func (s *shelf) PutFile(_ context.Context, id chat.UploadID, name string, content io.Reader) (string, error) {
	if s.putErr != nil {
		return "", s.putErr
	}
	read, _ := io.ReadAll(content) // as a store that takes an error for the end
	s.files[id] = string(read)
	return "/file/" + string(id) + "/" + name, s.putThenErr
}

func (s *shelf) Delete(ctx context.Context, id chat.UploadID, name string) error {
	if s.deleteErr != nil {
		return s.deleteErr
	}
	if name == "" {
		delete(s.images, id)
	} else {
		delete(s.files, id)
	}
	return ctx.Err()
}

func newUploads(t *testing.T) (*service.Uploads, *shelf, *prometheus.Registry) {
	t.Helper()
	s := &shelf{uploads: map[chat.UploadID]chat.Upload{}, images: map[chat.UploadID]imaging.Image{}, files: map[chat.UploadID]string{}}
	registry := prometheus.NewRegistry()
	return service.NewUploads(service.UploadsOptions{
		Store: s, Media: s, Images: imaging.New(imaging.DefaultLimits()), Logger: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return time.UnixMilli(1_700_000_000_000) }, Registry: registry, Slots: 12,
	}), s, registry
}

// of is an upload of some bytes.
func of(data []byte) service.NewUpload { return service.NewUpload{Content: bytes.NewReader(data)} }

func someone() service.Viewer {
	return service.Viewer{UserID: chat.NewID[chat.UserID](), SessionID: chat.NewID[chat.SessionID]()}
}

func picture(t *testing.T, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))))
	return b.Bytes()
}

// claim writes another size into a PNG's header.
func claim(pic []byte, w, h uint32) []byte {
	binary.BigEndian.PutUint32(pic[16:], w)
	binary.BigEndian.PutUint32(pic[20:], h)
	binary.BigEndian.PutUint32(pic[29:], crc32.ChecksumIEEE(pic[12:29]))
	return pic
}

func TestUpload(t *testing.T) {
	uploads, s, _ := newUploads(t)
	v := someone()
	u, err := uploads.Create(t.Context(), v, of(picture(t, 60, 30)))
	require.NoError(t, err)
	require.True(t, chat.ValidID(u.ID))
	require.Equal(t, chat.Upload{
		Attachment: chat.Attachment{
			ID: u.ID, URL: "/main/" + string(u.ID), ThumbnailURL: "/thumb/" + string(u.ID),
			Mime: imaging.PNG, Bytes: int64(len(s.images[u.ID].Main.Bytes)), Width: 60, Height: 30,
		},
		OwnerID: v.UserID, CreatedAt: 1_700_000_000_000, DueAt: chat.Time(1_700_000_000_000 + service.DefaultUploadKept.Milliseconds()),
	}, u)
	require.Equal(t, u, s.uploads[u.ID])
}

func TestAnyOtherFileIsKeptAsItIs(t *testing.T) {
	for _, tt := range []struct{ name, mime, content, wantName, wantMime string }{
		{"../notes.txt", "text/plain; charset=utf-8", "hello", "notes.txt", "text/plain"},
		{"evil.svg", "image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg"/>`, "evil.svg", "application/octet-stream"},
		{"", "no type", strings.Repeat("x", 1<<20), "file", "application/octet-stream"},
		{"photo.png", "image/png", "<html>", "photo.png", "application/octet-stream"},
	} {
		uploads, s, _ := newUploads(t)
		v := someone()
		u, err := uploads.Create(t.Context(), v, service.NewUpload{Name: tt.name, Mime: tt.mime, Content: strings.NewReader(tt.content)})
		require.NoError(t, err)
		require.Equal(t, chat.Attachment{
			ID: u.ID, Name: tt.wantName, URL: "/file/" + string(u.ID) + "/" + tt.wantName, Mime: tt.wantMime, Bytes: int64(len(tt.content)),
		}, u.Attachment)
		require.Equal(t, tt.content, s.files[u.ID])
		require.Equal(t, u, s.uploads[u.ID])
		found, err := uploads.Readable(t.Context(), v, u.ID, false)
		require.NoError(t, err)
		require.Equal(t, u, found)
		_, err = uploads.Avatar(t.Context(), v, u.ID)
		requireCode(t, service.CodeValidation, err)
	}
}

func TestAFileThatDoesNotComeWholeIsNotKept(t *testing.T) {
	refusal := service.Refuse(service.CodePayloadTooLarge, "too large")
	for _, length := range []int{0, 100, 1 << 20} {
		uploads, s, _ := newUploads(t)
		content := io.MultiReader(strings.NewReader(strings.Repeat("x", length)), iotest.ErrReader(refusal))
		_, err := uploads.Create(t.Context(), someone(), service.NewUpload{Name: "x", Content: content})
		require.ErrorIs(t, err, refusal)
		require.Empty(t, s.files)
		require.Empty(t, s.uploads)
	}
	for _, breakIt := range []func(*shelf){func(s *shelf) { s.putErr = io.ErrClosedPipe }, func(s *shelf) { s.putThenErr = io.ErrClosedPipe }, func(s *shelf) { s.createErr = chat.ErrUnavailable }} {
		uploads, s, _ := newUploads(t)
		breakIt(s)
		_, err := uploads.Create(t.Context(), someone(), of([]byte("hello")))
		requireCode(t, service.CodeUnavailable, err)
		require.Empty(t, s.files)
	}
}

func TestUploadRefusals(t *testing.T) {
	uploads, s, registry := newUploads(t)
	for name, tt := range map[string]struct {
		data []byte
		code service.Code
	}{
		"nothing":         {nil, service.CodeValidation},
		"cut short":       {picture(t, 60, 30)[:60], service.CodeValidation},
		"too many bytes":  {append(picture(t, 60, 30), make([]byte, imaging.MaxBytes)...), service.CodePayloadTooLarge},
		"too many pixels": {claim(picture(t, 1, 1), 8001, 5000), service.CodePayloadTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := uploads.Create(t.Context(), someone(), of(tt.data))
			requireCode(t, tt.code, err)
		})
	}
	require.Empty(t, s.images)
	require.Empty(t, s.uploads)
	require.InDelta(t, 4, counted(t, registry, "refused"), 0)
	require.InDelta(t, 0, counted(t, registry, "failed"), 0)
}

func TestUploadFailuresLeaveNothing(t *testing.T) {
	for name, tt := range map[string]struct {
		breakIt func(*shelf)
		code    service.Code
	}{
		"the image store is down":  {func(s *shelf) { s.putErr = errors.New("no route to host") }, service.CodeUnavailable},
		"its answer is lost":       {func(s *shelf) { s.putThenErr = errors.New("reset") }, service.CodeUnavailable},
		"the database is down":     {func(s *shelf) { s.createErr = chat.ErrUnavailable }, service.CodeUnavailable},
		"the database has a fault": {func(s *shelf) { s.createErr = errors.New("disk full") }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			uploads, s, registry := newUploads(t)
			tt.breakIt(s)
			_, err := uploads.Create(t.Context(), someone(), of(picture(t, 9, 9)))
			require.Error(t, err)
			var refusal *service.Error
			if tt.code != "" {
				requireCode(t, tt.code, err)
				require.ErrorAs(t, err, &refusal)
				require.Positive(t, refusal.RetryAfter)
				require.NotContains(t, refusal.Detail, "no route to host")
			} else {
				require.NotErrorAs(t, err, &refusal)
			}
			require.Empty(t, s.images)
			require.Empty(t, s.uploads)
			require.InDelta(t, 1, counted(t, registry, "failed"), 0)
		})
	}
}

func TestImageIsRemovedForACallerWhoHasGone(t *testing.T) {
	_, s, _ := newUploads(t)
	ctx, cancel := context.WithCancel(t.Context())
	s.createErr = chat.ErrUnavailable
	defer cancel()
	gone := &leaving{shelf: s, leave: cancel}
	uploads := service.NewUploads(service.UploadsOptions{
		Store: gone, Media: s, Images: imaging.New(imaging.DefaultLimits()), Logger: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	_, err := uploads.Create(ctx, someone(), of(picture(t, 9, 9)))
	require.Error(t, err)
	require.Empty(t, s.images)
}

// leaving is a store during whose work the caller goes away.
type leaving struct {
	*shelf
	leave func()
}

func (l *leaving) CreateUpload(ctx context.Context, u chat.Upload) error {
	l.leave()
	return l.shelf.CreateUpload(ctx, u)
}

func TestAttachable(t *testing.T) {
	uploads, s, _ := newUploads(t)
	ada, bob := someone(), someone()
	create := func(v service.Viewer) chat.Upload {
		u, err := uploads.Create(t.Context(), v, of(picture(t, 5, 5)))
		require.NoError(t, err)
		return u
	}
	one, two, bobs := create(ada), create(ada), create(bob)

	got, err := uploads.Attachable(t.Context(), ada, []chat.UploadID{two.ID, one.ID})
	require.NoError(t, err)
	require.Equal(t, []chat.Attachment{two.Attachment, one.Attachment}, got)
	got, err = uploads.Attachable(t.Context(), ada, nil)
	require.NoError(t, err)
	require.Empty(t, got)

	for name, ids := range map[string][]chat.UploadID{
		"another's":           {one.ID, bobs.ID},
		"unknown":             {chat.NewID[chat.UploadID]()},
		"not an id":           {"../x"},
		"twice":               {one.ID, one.ID},
		"not an id, in other": {one.ID, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := uploads.Attachable(t.Context(), ada, ids)
			requireField(t, err, "uploadIds")
		})
	}

	url, err := uploads.Avatar(t.Context(), bob, bobs.ID)
	require.NoError(t, err)
	require.Equal(t, bobs.ThumbnailURL, url)
	_, err = uploads.Avatar(t.Context(), ada, bobs.ID)
	requireField(t, err, "avatarUploadId")

	s.readErr = chat.ErrUnavailable
	_, err = uploads.Attachable(t.Context(), ada, []chat.UploadID{one.ID})
	requireCode(t, service.CodeUnavailable, err)
}

func TestUploadSlots(t *testing.T) {
	uploads, _, registry := newUploads(t)
	ada, bob, eve := someone(), someone(), someone()
	var first func()
	for i := range chat.MaxAttachments {
		done, err := uploads.Begin(ada)
		require.NoError(t, err)
		if i == 0 {
			first = done
		}
	}
	_, err := uploads.Begin(ada)
	requireCode(t, service.CodeRateLimited, err)
	for range 2 {
		_, err = uploads.Begin(bob)
		require.NoError(t, err)
	}
	_, err = uploads.Begin(eve)
	requireCode(t, service.CodeUnavailable, err)
	require.InDelta(t, 2, counted(t, registry, "busy"), 0)

	first()
	first() // a second call gives nothing back
	_, err = uploads.Begin(eve)
	require.NoError(t, err)
	_, err = uploads.Begin(eve)
	requireCode(t, service.CodeUnavailable, err)
}

func requireField(t *testing.T, err error, field string) {
	t.Helper()
	requireCode(t, service.CodeValidation, err)
	var refusal *service.Error
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, field, refusal.Fields[0].Field)
}

func counted(t *testing.T, registry *prometheus.Registry, result string) float64 {
	t.Helper()
	families, err := registry.Gather()
	require.NoError(t, err)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == "parley_uploads_total" && m.GetLabel()[0].GetValue() == result {
				return m.GetCounter().GetValue()
			}
		}
	}
	return 0
}
