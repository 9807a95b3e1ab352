package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/httpapi"
	"github.com/parley-chat/parley/api/imaging"
	"github.com/parley-chat/parley/api/mediadisk"
	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/peer"
	"github.com/parley-chat/parley/pkg/ratelimit"
)

// uploadsWorld is the API with uploads only, on a disk.
type uploadsWorld struct {
	service.UploadStore
	url   string
	begun atomic.Int64

	mu      sync.Mutex
	uploads map[chat.UploadID]chat.Upload // guarded by mu
	left    int                           // tokens of the rate limit; guarded by mu
}

func (w *uploadsWorld) CreateUpload(_ context.Context, u chat.Upload) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.uploads[u.ID] = u
	return nil
}

func (w *uploadsWorld) UploadsByID(_ context.Context, ids []chat.UploadID) ([]chat.Upload, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if u, ok := w.uploads[ids[0]]; ok {
		return []chat.Upload{u}, nil
	}
	return nil, nil
}

// Authenticate takes "ada" for a token.
func (w *uploadsWorld) Authenticate(_ context.Context, token string) (service.Viewer, error) {
	if token != "ada" {
		return service.Viewer{}, service.Refuse(service.CodeUnauthenticated, "sign in first")
	}
	return service.Viewer{UserID: "01HADA0000000000000000000A"}, nil
}

func (w *uploadsWorld) Allow(_ context.Context, l ratelimit.Limit, _ string) (ratelimit.Decision, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.left--
	return ratelimit.Decision{Allowed: w.left >= 0, Limit: l.Burst, Remaining: max(0, w.left), RetryAfter: time.Second}, nil
}

// watched tells the world of each upload that began.
type watched struct {
	*service.Uploads
	begun *atomic.Int64
}

func (w watched) Begin(v service.Viewer) (func(), error) {
	done, err := w.Uploads.Begin(v)
	if err == nil {
		w.begun.Add(1)
	}
	return done, err
}

func newUploadsWorld(t *testing.T, files func(*mediadisk.Disk) httpapi.Files) *uploadsWorld {
	t.Helper()
	disk, err := mediadisk.New(t.TempDir())
	require.NoError(t, err)
	w := &uploadsWorld{uploads: map[chat.UploadID]chat.Upload{}, left: 100}
	svc := service.NewUploads(service.UploadsOptions{
		Store: w, Media: disk, Images: imaging.New(imaging.DefaultLimits()), Logger: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	server := httptest.NewServer(httpapi.New(httpapi.Options{
		Modules: []httpapi.Module{httpapi.NewUploads(watched{svc, &w.begun}, files(disk), ratelimit.Limit{Name: "upload", PerMinute: 30, Burst: 30})},
		Auth:    w, Peers: peer.NewRules(nil), Limiter: httpapi.NewLimiter(w),
	}))
	t.Cleanup(func() { server.Close(); require.NoError(t, disk.Close()) })
	w.url = server.URL
	return w
}

func onDisk(d *mediadisk.Disk) httpapi.Files { return d }

// do is one request as ada; headers come in pairs.
func (w *uploadsWorld) do(t *testing.T, method, path string, body io.Reader, headers ...string) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, w.url+path, body)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer ada")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res, answer
}

type formPart struct {
	field, file, mime string
	data              []byte
}

// form is a multipart body of these parts, and its type.
func form(t *testing.T, parts ...formPart) (body *bytes.Buffer, mime string) {
	t.Helper()
	body = &bytes.Buffer{}
	w := multipart.NewWriter(body)
	for _, p := range parts {
		header := map[string][]string{
			"Content-Disposition": {`form-data; name="` + p.field + `"; filename="` + p.file + `"`},
			"Content-Type":        {p.mime},
		}
		part, err := w.CreatePart(header)
		require.NoError(t, err)
		_, err = part.Write(p.data)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return body, w.FormDataContentType()
}

func smallPNG(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, 600, 300))))
	return b.Bytes()
}

func TestUploadAndFetch(t *testing.T) {
	t.Parallel()
	w := newUploadsWorld(t, onDisk)
	// What the client says that the file is counts for nothing.
	body, mime := form(t, formPart{"file", "../../evil.html", "text/html", smallPNG(t)})
	res, answer := w.do(t, http.MethodPost, "/api/uploads", body, "Content-Type", mime)
	require.Equal(t, http.StatusCreated, res.StatusCode, string(answer))
	require.Equal(t, "30", res.Header.Get("RateLimit-Limit"))
	var got map[string]any
	require.NoError(t, json.Unmarshal(answer, &got))
	id, _ := got["id"].(string)
	require.Equal(t, "image/png", got["mime"])
	require.EqualValues(t, 600, got["width"])
	require.EqualValues(t, 300, got["height"])
	require.Equal(t, "/api/uploads/"+id+"/original", got["url"])
	require.Equal(t, "/api/uploads/"+id+"/thumbnail", got["thumbnailUrl"])
	require.Equal(t, "evil.html", got["name"])
	require.Len(t, got, 8)

	for path, wantMime := range map[string]string{"original": "image/png", "thumbnail": "image/jpeg"} {
		res, file := w.do(t, http.MethodGet, "/api/uploads/"+id+"/"+path, nil)
		require.Equal(t, http.StatusOK, res.StatusCode)
		require.Equal(t, wantMime, res.Header.Get("Content-Type"))
		require.Equal(t, "nosniff", res.Header.Get("X-Content-Type-Options"))
		require.Equal(t, "inline", res.Header.Get("Content-Disposition"))
		require.Equal(t, "private, max-age=3600", res.Header.Get("Cache-Control"))
		require.Contains(t, res.Header.Get("Content-Security-Policy"), "sandbox")
		_, _, err := image.Decode(bytes.NewReader(file))
		require.NoError(t, err)
		if path == "original" {
			require.InDelta(t, got["bytes"], len(file), 0)
		}

		part, some := w.do(t, http.MethodGet, "/api/uploads/"+id+"/"+path, nil, "Range", "bytes=1-3")
		require.Equal(t, http.StatusPartialContent, part.StatusCode)
		require.Equal(t, file[1:4], some)
		beyond, refused := w.do(t, http.MethodGet, "/api/uploads/"+id+"/"+path, nil, "Range", "bytes=99999999-")
		require.Equal(t, http.StatusRequestedRangeNotSatisfiable, beyond.StatusCode)
		require.Contains(t, string(refused), service.CodeRangeNotSatisfiable)
		require.Equal(t, "application/problem+json", beyond.Header.Get("Content-Type"))
		require.Equal(t, fmt.Sprint("bytes */", len(file)), beyond.Header.Get("Content-Range"))
		same, none := w.do(t, http.MethodGet, "/api/uploads/"+id+"/"+path, nil, "If-None-Match", res.Header.Get("ETag"))
		require.Equal(t, http.StatusNotModified, same.StatusCode)
		require.Empty(t, none)
	}
}

func TestAFileIsSavedAndNeverShown(t *testing.T) {
	t.Parallel()
	w := newUploadsWorld(t, onDisk)
	for name, disposition := range map[string]string{
		"page.html": `attachment; filename=page.html`, "größe \"1\".svg": `attachment; filename*=utf-8''gr%C3%B6%C3%9Fe%201.svg`,
	} {
		content := []byte("<script>alert(document.domain)</script>")
		body, mime := form(t, formPart{"file", strings.ReplaceAll(name, `"`, `\"`), "text/html", content})
		res, answer := w.do(t, http.MethodPost, "/api/uploads", body, "Content-Type", mime)
		require.Equal(t, http.StatusCreated, res.StatusCode, string(answer))
		var got chat.Attachment
		require.NoError(t, json.Unmarshal(answer, &got))
		require.Empty(t, got.ThumbnailURL)
		require.Equal(t, "/api/uploads/"+string(got.ID)+"/file", got.URL)
		res, file := w.do(t, http.MethodGet, got.URL, nil)
		require.Equal(t, http.StatusOK, res.StatusCode)
		require.Equal(t, content, file)
		require.Equal(t, "application/octet-stream", res.Header.Get("Content-Type"))
		require.Equal(t, disposition, res.Header.Get("Content-Disposition"))
		require.Equal(t, "nosniff", res.Header.Get("X-Content-Type-Options"))
		require.Equal(t, "default-src 'none'; sandbox; frame-ancestors 'none'", res.Header.Get("Content-Security-Policy"))
		part, some := w.do(t, http.MethodGet, got.URL, nil, "Range", "bytes=1-6")
		require.Equal(t, http.StatusPartialContent, part.StatusCode)
		require.Equal(t, "script", string(some))
		for _, other := range []string{"original", "thumbnail", "file.html"} {
			res, _ = w.do(t, http.MethodGet, "/api/uploads/"+string(got.ID)+"/"+other, nil)
			require.Equal(t, http.StatusNotFound, res.StatusCode)
		}
	}
	large := bytes.Repeat([]byte("0123456789abcdef"), chat.MaxFileBytes/16)
	body, mime := form(t, formPart{"file", "large.bin", "", large})
	res, answer := w.do(t, http.MethodPost, "/api/uploads", body, "Content-Type", mime)
	require.Equal(t, http.StatusCreated, res.StatusCode, string(answer))
	var got chat.Attachment
	require.NoError(t, json.Unmarshal(answer, &got))
	require.EqualValues(t, chat.MaxFileBytes, got.Bytes)
	_, file := w.do(t, http.MethodGet, got.URL, nil)
	require.True(t, bytes.Equal(large, file))
}

func TestUploadedFileIsNotForEverybody(t *testing.T) {
	t.Parallel()
	w := newUploadsWorld(t, onDisk)
	body, mime := form(t, formPart{"file", "a.png", "image/png", smallPNG(t)})
	res, answer := w.do(t, http.MethodPost, "/api/uploads", body, "Content-Type", mime)
	require.Equal(t, http.StatusCreated, res.StatusCode)
	var got chat.Attachment
	require.NoError(t, json.Unmarshal(answer, &got))
	res, _ = w.do(t, http.MethodGet, got.URL, nil, "Authorization", "Bearer nobody")
	require.Equal(t, http.StatusUnauthorized, res.StatusCode)

	for _, path := range []string{
		"/api/uploads/" + string(chat.NewID[chat.UploadID]()) + "/original",
		"/api/uploads/" + string(got.ID) + "/other",
		"/api/uploads/" + string(got.ID) + "/original.png",
		"/api/uploads/" + string(got.ID) + "/..%2f" + string(got.ID),
		"/api/uploads/..%2f..%2fetc/passwd",
		"/api/uploads/x/original",
	} {
		res, answer := w.do(t, http.MethodGet, path, nil)
		require.Equal(t, http.StatusNotFound, res.StatusCode, path)
		require.Equal(t, "application/problem+json", res.Header.Get("Content-Type"), path)
		require.Contains(t, string(answer), `"not_found"`)
	}

	elsewhere := newUploadsWorld(t, func(*mediadisk.Disk) httpapi.Files { return nil })
	res, _ = elsewhere.do(t, http.MethodGet, got.URL, nil)
	require.Equal(t, http.StatusNotFound, res.StatusCode)
}

func TestUploadRequestRefusals(t *testing.T) {
	t.Parallel()
	w := newUploadsWorld(t, onDisk)
	pic := smallPNG(t)
	whole, mime := form(t, formPart{"file", "a.png", "image/png", pic})
	with := func(parts ...formPart) func() (io.Reader, string) {
		return func() (io.Reader, string) { return form(t, parts...) }
	}
	tests := []struct {
		name   string
		body   func() (io.Reader, string)
		status int
		code   string
	}{
		{"JSON", func() (io.Reader, string) { return strings.NewReader(`{}`), "application/json" }, 415, "unsupported_media_type"},
		{"no type", func() (io.Reader, string) { return strings.NewReader(`x`), "" }, 415, "unsupported_media_type"},
		{"nothing in the form", with(), 400, "validation_failed"},
		{"another field", with(formPart{"image", "a.png", "image/png", pic}), 400, "unknown_field"},
		{"a field behind it", with(formPart{"file", "a.png", "image/png", pic}, formPart{"title", "", "text/plain", []byte("x")}), 400, "unknown_field"},
		{"two files", with(formPart{"file", "a.png", "image/png", pic}, formPart{"file", "b.png", "image/png", pic}), 400, "validation_failed"},
		{"form cut short", func() (io.Reader, string) { return bytes.NewReader(whole.Bytes()[:len(pic)/2]), mime }, 400, "validation_failed"},
		{"an empty file", with(formPart{"file", "a.txt", "text/plain", nil}), 400, "validation_failed"},
		{"a field behind a file", with(formPart{"file", "a.txt", "text/plain", []byte("x")}, formPart{"title", "", "text/plain", []byte("x")}), 400, "unknown_field"},
		{"a file cut short", func() (io.Reader, string) {
			body, mime := form(t, formPart{"file", "a.txt", "text/plain", make([]byte, 1<<20)})
			return bytes.NewReader(body.Bytes()[:1<<19]), mime
		}, 400, "validation_failed"},
		{"a file a byte too large", with(formPart{"file", "a.bin", "x/y", make([]byte, chat.MaxFileBytes+1)}), 413, "payload_too_large"},
		{"broken image", with(formPart{"file", "a.png", "image/png", pic[:len(pic)/2]}), 400, "validation_failed"},
		{"a byte too many", with(formPart{"file", "a.png", "image/png", append(bytes.Clone(pic), make([]byte, imaging.MaxBytes+1-len(pic))...)}), 413, "payload_too_large"},
		{"a form far too large", with(formPart{"file", "a.png", "image/png", make([]byte, chat.MaxFileBytes+1<<20)}), 413, "payload_too_large"},
		{"the same, of unknown length", func() (io.Reader, string) {
			body, mime := form(t, formPart{"file", "a.png", "image/png", make([]byte, chat.MaxFileBytes+1<<20)})
			return io.MultiReader(body), mime
		}, 413, "payload_too_large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			body, mime := tt.body()
			res, answer := w.do(t, http.MethodPost, "/api/uploads", body, "Content-Type", mime)
			require.Equal(t, tt.status, res.StatusCode, string(answer))
			require.Contains(t, string(answer), `"`+tt.code+`"`)
		})
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	require.Empty(t, w.uploads)
}

func TestUploadRateLimit(t *testing.T) {
	t.Parallel()
	w := newUploadsWorld(t, onDisk)
	w.left = 1
	for _, want := range []int{http.StatusCreated, http.StatusTooManyRequests} {
		body, mime := form(t, formPart{"file", "a.png", "image/png", smallPNG(t)})
		res, _ := w.do(t, http.MethodPost, "/api/uploads", body, "Content-Type", mime)
		require.Equal(t, want, res.StatusCode)
		require.Equal(t, want == http.StatusTooManyRequests, res.Header.Get("Retry-After") != "")
	}
}

func TestUploadsAtOnce(t *testing.T) {
	t.Parallel()
	w := newUploadsWorld(t, onDisk)
	// Ten that send their headers and then nothing take all that one user may have.
	release := make(chan struct{})
	var wg sync.WaitGroup
	for range chat.MaxAttachments {
		wg.Go(func() {
			body, writer := io.Pipe()
			go func() {
				<-release
				_ = writer.Close()
			}()
			w.do(t, http.MethodPost, "/api/uploads", body, "Content-Type", "multipart/form-data; boundary=x")
		})
	}
	require.Eventually(t, func() bool { return w.begun.Load() == chat.MaxAttachments }, 10*time.Second, time.Millisecond)
	body, mime := form(t, formPart{"file", "a.png", "image/png", smallPNG(t)})
	res, answer := w.do(t, http.MethodPost, "/api/uploads", body, "Content-Type", mime)
	require.Equal(t, http.StatusTooManyRequests, res.StatusCode)
	require.Contains(t, string(answer), "at once")
	close(release)
	wg.Wait()
	body, mime = form(t, formPart{"file", "a.png", "image/png", smallPNG(t)})
	res, _ = w.do(t, http.MethodPost, "/api/uploads", body, "Content-Type", mime)
	require.Equal(t, http.StatusCreated, res.StatusCode)
}
