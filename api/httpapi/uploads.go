package httpapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/parley-chat/parley/api/imaging"
	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/ratelimit"
)

// UploadsService takes images; service.Uploads does.
type UploadsService interface {
	// Begin takes a slot for one upload before its bytes are read; done gives it back.
	Begin(v service.Viewer) (done func(), err error)
	Create(ctx context.Context, v service.Viewer, data []byte) (chat.Upload, error)
}

// Files are uploaded images that this process serves itself; mediadisk.Disk has them.
type Files interface {
	// Open is an upload's file ("original" or "thumbnail") and its type; it fails with chat.ErrNotFound.
	Open(id chat.UploadID, name string) (content io.ReadSeekCloser, mime string, err error)
}

const (
	// uploadTimeout is for 10 MiB over a slow line, and for keeping them.
	uploadTimeout = 90 * time.Second
	// uploadBody is the file and what multipart puts around it.
	uploadBody = imaging.MaxBytes + 64<<10
	// uploadField is the only field of the form.
	uploadField = "file"
)

// Uploads serves /api/uploads.
type Uploads struct {
	service UploadsService
	files   Files
	limit   ratelimit.Limit
}

// NewUploads serves svc, and files where this process keeps them; files is nil where somebody else serves them. limit
// is for uploads, per user.
func NewUploads(svc UploadsService, files Files, limit ratelimit.Limit) *Uploads {
	return &Uploads{svc, files, limit}
}

// Routes are the handler's.
func (h *Uploads) Routes() []Route {
	return []Route{
		{
			Method: http.MethodPost, Path: "/api/uploads", Handler: h.create,
			Limit: PerUser(h.limit), BodyLimit: uploadBody, Timeout: uploadTimeout,
		},
		{Method: http.MethodGet, Path: "/api/uploads/:id/:name", Handler: h.file},
	}
}

func (h *Uploads) create(c echo.Context) error {
	done, err := h.service.Begin(viewer(c))
	if err != nil {
		return err
	}
	defer done()
	data, err := readUpload(c.Request())
	if err != nil {
		return err
	}
	upload, err := h.service.Create(c.Request().Context(), viewer(c), data)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, upload.Attachment)
}

// readUpload is the content of the form's only field. What the client calls the file, and its type, are not looked
// at. Refusals: CodeUnsupportedMediaType, CodePayloadTooLarge, CodeUnknownField, CodeValidation.
func readUpload(r *http.Request) ([]byte, error) {
	form, err := r.MultipartReader()
	if err != nil {
		return nil, service.Refuse(service.CodeUnsupportedMediaType, "the request body must be multipart/form-data")
	}
	part, err := form.NextPart()
	if errors.Is(err, io.EOF) {
		return nil, badUpload("is missing")
	}
	if err != nil {
		return nil, cutUpload(r, err)
	}
	if part.FormName() != uploadField {
		return nil, unknownField(part.FormName())
	}
	data, err := io.ReadAll(io.LimitReader(part, imaging.MaxBytes+1))
	if err != nil {
		return nil, cutUpload(r, err)
	}
	if len(data) > imaging.MaxBytes {
		return nil, service.Refuse(service.CodePayloadTooLarge, fmt.Sprintf("the image may have %d MiB at most", imaging.MaxBytes>>20))
	}
	return data, atEnd(r, form)
}

// atEnd checks that the form has nothing further.
func atEnd(r *http.Request, form *multipart.Reader) error {
	part, err := form.NextPart()
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return cutUpload(r, err)
	case part.FormName() == uploadField:
		return badUpload("is there twice; one image is taken at a time")
	default:
		return unknownField(part.FormName())
	}
}

// cutUpload is why a form could not be read to its end.
func cutUpload(r *http.Request, err error) error {
	var tooBig *http.MaxBytesError
	if errors.As(err, &tooBig) {
		return fmt.Errorf("read upload: %w", err)
	}
	if ended := r.Context().Err(); ended != nil {
		return fmt.Errorf("read upload: %w: %w", ended, err)
	}
	return badUpload("was cut short, or the form around it is malformed")
}

func badUpload(message string) error {
	return &service.Error{Code: service.CodeValidation, Detail: "the request has invalid fields", Fields: []service.FieldError{
		{Field: uploadField, Message: message},
	}}
}

// file serves an image that is kept here. Its id can't be guessed, and never stands for another image.
func (h *Uploads) file(c echo.Context) error {
	id, err := pathID[chat.UploadID](c, "id")
	if err != nil {
		return err
	}
	if h.files == nil {
		return service.Refuse(service.CodeNotFound, "no such thing")
	}
	name := c.Param("name")
	content, mime, err := h.files.Open(id, name)
	if errors.Is(err, chat.ErrNotFound) {
		return service.Refuse(service.CodeNotFound, "no such thing")
	}
	if err != nil {
		return fmt.Errorf("open upload: %w", err)
	}
	defer content.Close()
	header := c.Response().Header()
	header.Set("Content-Type", mime)
	header.Set("Content-Disposition", "inline")
	// An image opened by itself runs nothing, whatever it holds.
	header.Set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'")
	// Shown by the web client also where it has an address of its own, on the same site.
	header.Set("Cross-Origin-Resource-Policy", "same-site")
	header.Set("Cache-Control", "private, max-age=31536000, immutable")
	header.Set("ETag", `"`+string(id)+"-"+name+`"`)
	http.ServeContent(c.Response(), c.Request(), "", time.Time{}, content)
	return nil
}
