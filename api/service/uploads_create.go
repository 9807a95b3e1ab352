package service

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"strings"

	"github.com/parley-chat/parley/api/imaging"
	"github.com/parley-chat/parley/pkg/chat"
)

// NewUpload is a file on its way in.
type NewUpload struct {
	// Name and Mime are what the client says of it; either may be anything.
	Name, Mime string
	// Content is read once. An error of it, a refusal perhaps, is given back by Create.
	Content io.Reader
}

// Create keeps a file for the viewer: the file first, then what is known of it, so that an upload that
// exists can be seen. What is an image by its content is encoded anew; all else is kept as it is, without being kept in
// memory. It refuses with CodePayloadTooLarge (bytes or pixels), CodeValidation on file (empty, or a
// broken image), and CodeUnavailable when the store of files or the database can't serve.
func (s *Uploads) Create(ctx context.Context, v Viewer, in NewUpload) (chat.Upload, error) {
	upload, err := s.create(ctx, v, in)
	var refusal *Error
	switch {
	case err == nil:
		s.total.WithLabelValues("stored").Inc()
	case errors.As(err, &refusal) && refusal.Code != CodeUnavailable:
		s.total.WithLabelValues("refused").Inc()
	default:
		s.total.WithLabelValues("failed").Inc()
	}
	return upload, err
}

func (s *Uploads) create(ctx context.Context, v Viewer, in NewUpload) (chat.Upload, error) {
	from := &source{from: in.Content}
	content := bufio.NewReaderSize(from, imaging.HeadBytes)
	head, _ := content.Peek(imaging.HeadBytes) // a shorter file has a shorter head; other errors come again
	if from.err != nil {
		return chat.Upload{}, from.err
	}
	if len(head) == 0 {
		var bad fieldErrors
		bad.add("file", "is empty")
		return chat.Upload{}, bad.err()
	}
	upload := chat.Upload{
		Attachment: chat.Attachment{ID: chat.NewID[chat.UploadID](), Name: chat.CleanFileName(in.Name)},
		OwnerID:    v.UserID, CreatedAt: chat.TimeOf(s.now()), DueAt: chat.TimeOf(s.now().Add(s.kept)),
	}
	keep := s.keepFile
	if imaging.Readable(head) {
		keep = s.keepImage
	} else {
		upload.Name = cmp.Or(upload.Name, "file")
		upload.Mime = kindOf(in.Mime)
	}
	if err := keep(ctx, &upload.Attachment, content, from); err != nil {
		return chat.Upload{}, err
	}
	if err := s.store.CreateUpload(ctx, upload); err != nil {
		s.remove(ctx, upload.Attachment)
		return chat.Upload{}, fromStore(err, "upload")
	}
	return upload, nil
}

func (s *Uploads) keepImage(ctx context.Context, a *chat.Attachment, content io.Reader, from *source) error {
	data, err := io.ReadAll(io.LimitReader(content, imaging.MaxBytes+1))
	if err != nil {
		return from.or(err)
	}
	img, err := s.images.Process(ctx, data)
	if err != nil {
		return fromImages(err)
	}
	a.Mime, a.Bytes, a.Width, a.Height = img.Main.Mime, int64(len(img.Main.Bytes)), img.Width, img.Height
	bounded, cancel := context.WithTimeout(ctx, mediaTimeout)
	defer cancel()
	if a.URL, a.ThumbnailURL, err = s.media.Put(bounded, a.ID, img); err != nil {
		s.remove(ctx, *a) // it may have got there, and only the answer not back
		return mediaFails(err)
	}
	return nil
}

// keepFile passes the content on as it comes.
func (s *Uploads) keepFile(ctx context.Context, a *chat.Attachment, content io.Reader, from *source) (err error) {
	a.URL, err = s.media.PutFile(ctx, a.ID, a.Name, content)
	if err == nil && !from.ended {
		err = errors.New("not read to its end")
	}
	if err != nil {
		s.remove(ctx, *a)
		return from.or(mediaFails(err))
	}
	a.Bytes = from.bytes
	return nil
}

func mediaFails(err error) error {
	return &Error{Code: CodeUnavailable, Detail: "the store of files can't be reached; try again later", RetryAfter: mediaRetry, cause: err}
}

// remove deletes files that nobody knows of, also when the one who asked has gone.
func (s *Uploads) remove(ctx context.Context, a chat.Attachment) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeTimeout)
	defer cancel()
	if err := s.deleteMedia(ctx, a); err != nil {
		s.logger.WarnContext(ctx, "file may be left behind", "upload", a.ID, "error", err)
	}
}

func (s *Uploads) deleteMedia(ctx context.Context, a chat.Attachment) error {
	name := a.Name
	if a.Width > 0 {
		name = ""
	}
	return s.media.Delete(ctx, a.ID, name) //nolint:wrapcheck // by the caller, who logs it
}

// source remembers how the reading of a file ended: a store of files may take an error for the end.
type source struct {
	from  io.Reader
	bytes int64
	ended bool
	err   error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.from.Read(p)
	s.bytes += int64(n)
	switch {
	case errors.Is(err, io.EOF):
		s.ended = true
	case err != nil:
		s.err = err
	}
	return n, err
}

// or is what went wrong with the source, else err.
func (s *source) or(err error) error {
	if s.err != nil {
		return s.err
	}
	return err
}

// kindOf is what a client may say that a file is. Images are those that Parley has read: clients show them.
func kindOf(said string) string {
	const unknown = "application/octet-stream"
	kind, _, err := mime.ParseMediaType(said)
	if err != nil || len(kind) > 100 || !strings.Contains(kind, "/") || strings.HasPrefix(kind, "image/") {
		return unknown
	}
	return kind
}

// fromImages turns what is wrong with an image into what the caller may see.
func fromImages(err error) error {
	switch {
	case errors.Is(err, imaging.ErrTooLarge):
		return &Error{Code: CodePayloadTooLarge, Detail: fmt.Sprintf("the image may have %d MiB at most", imaging.MaxBytes>>20), cause: err}
	case errors.Is(err, imaging.ErrTooManyPixels):
		return &Error{Code: CodePayloadTooLarge, cause: err, Detail: fmt.Sprintf(
			"the image may have %d million pixels at most, an animation %d million in all", imaging.MaxPixels/1_000_000, imaging.MaxFramePixels/1_000_000,
		)}
	case errors.Is(err, imaging.ErrUnsupported):
		return &Error{Code: CodeUnsupportedMediaType, Detail: "only JPEG, PNG, GIF and WebP images are taken", cause: err}
	case errors.Is(err, imaging.ErrBroken):
		return &Error{Code: CodeValidation, Detail: "the request has invalid fields", cause: err, Fields: []FieldError{
			{"file", "is a broken image, or one that was cut short"},
		}}
	default:
		return fmt.Errorf("image: %w", err)
	}
}
