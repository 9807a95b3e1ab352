package httpapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/ratelimit"
)

// UploadsService takes files; service.Uploads does.
type UploadsService interface {
	// Begin takes a slot for one upload before its bytes are read; done gives it back.
	Begin(v service.Viewer) (done func(), err error)
	Create(ctx context.Context, v service.Viewer, in service.NewUpload) (chat.Upload, error)
	// Readable is what is known of an upload that the viewer may have, or the thumbnail of which; it refuses with CodeNotFound.
	Readable(ctx context.Context, v service.Viewer, id chat.UploadID, thumbnail bool) (chat.Upload, error)
}

// Files are uploads that this process serves itself; mediadisk.Disk has them.
type Files interface {
	// Open is an upload's content, that of an image ("original" or "thumbnail") with its type, or that of another file (uploadFile); it fails with chat.ErrNotFound.
	Open(id chat.UploadID, name string) (content io.ReadSeekCloser, mime string, err error)
}

const (
	// uploadTimeout is for 25 MiB over a slow line, and for keeping them.
	uploadTimeout = 3 * time.Minute
	// uploadBody is the file and what multipart puts around it.
	uploadBody = chat.MaxFileBytes + 64<<10
	// uploadFile is under what name a file is served that is no image.
	uploadFile = "file"
	// uploadThumbnail is under what name the thumbnail of an image is served.
	uploadThumbnail = "thumbnail"
	// uploadCache has browsers ask again after an hour: who may have a file changes, what is in it does not.
	uploadCache = "private, max-age=3600"
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
	in, err := readUpload(c.Request())
	if err != nil {
		return err
	}
	upload, err := h.service.Create(c.Request().Context(), viewer(c), in)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, upload.Attachment)
}

// readUpload is the form's only field. Refusals, here and when the content is read: CodeUnsupportedMediaType,
// CodePayloadTooLarge, CodeUnknownField, CodeValidation.
func readUpload(r *http.Request) (service.NewUpload, error) {
	form, err := r.MultipartReader()
	if err != nil {
		return service.NewUpload{}, service.Refuse(service.CodeUnsupportedMediaType, "the request body must be multipart/form-data")
	}
	part, err := form.NextPart()
	if errors.Is(err, io.EOF) {
		return service.NewUpload{}, badUpload("is missing")
	}
	if err != nil {
		return service.NewUpload{}, cutUpload(r, err)
	}
	if part.FormName() != uploadField {
		return service.NewUpload{}, unknownField(part.FormName())
	}
	return service.NewUpload{
		Name: part.FileName(), Mime: part.Header.Get(echo.HeaderContentType),
		Content: &uploadContent{r: r, form: form, part: part, left: chat.MaxFileBytes},
	}, nil
}

// uploadContent is the content of a form's only field. It ends only where the form does: what is behind it is refused before
// anything is kept.
type uploadContent struct {
	r    *http.Request
	form *multipart.Reader
	part *multipart.Part
	left int64
	// err is what the first read that failed said; a form is not read on after it.
	err error
}

func (u *uploadContent) Read(p []byte) (int, error) {
	if u.err != nil {
		return 0, u.err
	}
	n, err := u.part.Read(p)
	u.left -= int64(n)
	switch {
	case u.left < 0:
		u.err = service.Refuse(service.CodePayloadTooLarge, fmt.Sprintf("a file may have %d MiB at most", chat.MaxFileBytes>>20))
		return 0, u.err
	case errors.Is(err, io.EOF):
		if u.err = atEnd(u.r, u.form); u.err == nil {
			u.err = io.EOF
		}
	case err != nil:
		u.err = cutUpload(u.r, err)
	}
	return n, u.err
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
		return badUpload("is there twice; one file is taken at a time")
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

// file serves an upload that is kept here to those who may have it. Its id never stands for another one.
func (h *Uploads) file(c echo.Context) error {
	id, err := pathID[chat.UploadID](c, "id")
	if err != nil {
		return err
	}
	if h.files == nil {
		return service.Refuse(service.CodeNotFound, "no such thing")
	}
	name, disposition := c.Param("name"), "inline"
	upload, err := h.service.Readable(c.Request().Context(), viewer(c), id, name == uploadThumbnail)
	if err != nil {
		return err
	}
	if name == uploadFile {
		disposition = cmp.Or(mime.FormatMediaType("attachment", map[string]string{"filename": upload.Name}), "attachment")
	}
	content, kind, err := h.files.Open(id, name)
	if errors.Is(err, chat.ErrNotFound) {
		return service.Refuse(service.CodeNotFound, "no such thing")
	}
	if err != nil {
		return fmt.Errorf("open upload: %w", err)
	}
	defer content.Close()
	header := c.Response().Header()
	// Only images are shown, which Parley has encoded anew. Whatever else people upload is saved, and never has a type that a
	// browser would do something with.
	header.Set("Content-Type", kind)
	header.Set("Content-Disposition", disposition)
	// What is opened by itself runs nothing, whatever it holds.
	header.Set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'")
	// Shown by the web client also where it has an address of its own, on the same site.
	header.Set("Cross-Origin-Resource-Policy", "same-site")
	header.Set("Cache-Control", uploadCache)
	header.Set("ETag", `"`+string(id)+"-"+name+`"`)
	w := &rangeWriter{ResponseWriter: c.Response()}
	http.ServeContent(w, c.Request(), "", time.Time{}, content)
	if w.refused {
		for _, ofContent := range []string{"Cache-Control", "Content-Disposition", "ETag"} {
			header.Del(ofContent)
		}
		return service.Refuse(service.CodeRangeNotSatisfiable, "the file has no such bytes; see Content-Range")
	}
	return nil
}

// rangeWriter keeps back how http.ServeContent refuses a range, which is in plain text.
type rangeWriter struct {
	http.ResponseWriter
	refused bool
}

func (w *rangeWriter) WriteHeader(status int) {
	if status == http.StatusRequestedRangeNotSatisfiable {
		w.refused = true
		return
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *rangeWriter) Write(b []byte) (int, error) {
	if w.refused {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b) //nolint:wrapcheck // by nobody: ServeContent ends then
}
