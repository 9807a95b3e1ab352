// Package mediatest holds the contract that every store of images keeps, as one test suite that runs
// against each of them.
package mediatest

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/imaging"
	"github.com/parley-chat/parley/pkg/chat"
)

// Media is what the suite tests.
type Media interface {
	// Put keeps an image, whole or not at all, and tells its addresses. A second Put of the same id
	// replaces the first.
	Put(ctx context.Context, id chat.UploadID, img imaging.Image) (url, thumbnailURL string, err error)
	// PutFile keeps content as it comes, read to its end, and tells its address, where it is served to be saved and not to be shown.
	PutFile(ctx context.Context, id chat.UploadID, name string, content io.Reader) (url string, err error)
	// Delete is no error for what is not there. name is that of a file, "" for an image.
	Delete(ctx context.Context, id chat.UploadID, name string) error
}

// Fetch gets what is at an address as a client would see it; ok is false for nothing.
type Fetch func(t *testing.T, url string) (mime string, body []byte, ok bool)

// Run runs the suite; each test gets a store of its own.
func Run(t *testing.T, open func(t *testing.T) (Media, Fetch)) {
	t.Helper()
	t.Run("what was put is served", func(t *testing.T) {
		media, fetch := open(t)
		for _, img := range []imaging.Image{JPEG(t), PNG(t), GIF(t)} {
			url, thumb := put(t, media, chat.NewID[chat.UploadID](), img)
			require.NotEqual(t, url, thumb)
			mime, body, ok := fetch(t, url)
			require.True(t, ok)
			require.Equal(t, img.Main.Mime, mime)
			require.True(t, bytes.Equal(img.Main.Bytes, body))
			mime, body, ok = fetch(t, thumb)
			require.True(t, ok)
			require.Equal(t, img.Thumb.Mime, mime)
			require.NotEmpty(t, body)
		}
	})
	t.Run("a second put replaces", func(t *testing.T) {
		media, fetch := open(t)
		id := chat.NewID[chat.UploadID]()
		put(t, media, id, JPEG(t))
		url, _ := put(t, media, id, PNG(t))
		mime, body, ok := fetch(t, url)
		require.True(t, ok)
		require.Equal(t, imaging.PNG, mime)
		require.True(t, bytes.Equal(PNG(t).Main.Bytes, body))
	})
	t.Run("deleted is gone", func(t *testing.T) {
		media, fetch := open(t)
		id, other := chat.NewID[chat.UploadID](), chat.NewID[chat.UploadID]()
		url, thumb := put(t, media, id, JPEG(t))
		stays, _ := put(t, media, other, JPEG(t))
		require.NoError(t, media.Delete(t.Context(), id, ""))
		for _, at := range []string{url, thumb} {
			_, _, ok := fetch(t, at)
			require.False(t, ok)
		}
		_, _, ok := fetch(t, stays)
		require.True(t, ok)
		require.NoError(t, media.Delete(t.Context(), id, ""), "again")
		require.NoError(t, media.Delete(t.Context(), chat.NewID[chat.UploadID](), ""), "unknown")
	})
	t.Run("files are kept as they are", func(t *testing.T) {
		media, fetch := open(t)
		for name, content := range map[string]string{"page.html": "<script>alert(1)</script>", "a b/ü.x y": strings.Repeat("x", 1<<20), "file": "x"} {
			id := chat.NewID[chat.UploadID]()
			// Not all at once, as from a network.
			url, err := media.PutFile(t.Context(), id, name, iotest.HalfReader(strings.NewReader(content)))
			require.NoError(t, err, name)
			mime, body, ok := fetch(t, url)
			require.True(t, ok, url)
			require.Equal(t, "application/octet-stream", mime)
			require.Equal(t, content, string(body), name)
			require.NoError(t, media.Delete(t.Context(), id, name))
			_, _, ok = fetch(t, url)
			require.False(t, ok)
			require.NoError(t, media.Delete(t.Context(), id, name), "again")
		}
		_, err := media.PutFile(t.Context(), "../../etc/passwd", "x", strings.NewReader("x"))
		require.Error(t, err)
	})
	t.Run("an id that is none is refused", func(t *testing.T) {
		media, _ := open(t)
		for _, id := range []chat.UploadID{"", "x", "../../etc/passwd", "01ARZ3NDEKTSV4RRFFQ69G5FA/"} {
			_, _, err := media.Put(t.Context(), id, JPEG(t))
			require.Error(t, err, id)
			require.NoError(t, media.Delete(t.Context(), id, ""), id)
		}
	})
	t.Run("nothing is kept for a caller who has gone", func(t *testing.T) {
		media, _ := open(t)
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		_, _, err := media.Put(gone, chat.NewID[chat.UploadID](), JPEG(t))
		require.ErrorIs(t, err, context.Canceled)
	})
	t.Run("many at once", func(t *testing.T) {
		media, fetch := open(t)
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				url, _, err := media.Put(t.Context(), chat.NewID[chat.UploadID](), PNG(t))
				if err != nil {
					t.Error(err)
					return
				}
				if _, _, ok := fetch(t, url); !ok {
					t.Error("not served:", url)
				}
			})
		}
		wg.Wait()
	})
}

func put(t *testing.T, media Media, id chat.UploadID, img imaging.Image) (url, thumbnailURL string) {
	t.Helper()
	url, thumbnailURL, err := media.Put(t.Context(), id, img)
	require.NoError(t, err)
	return url, thumbnailURL
}

// JPEG is a small image as it comes out of imaging.
func JPEG(tb testing.TB) imaging.Image {
	tb.Helper()
	var b bytes.Buffer
	require.NoError(tb, jpeg.Encode(&b, picture(), nil))
	return processed(tb, b.Bytes())
}

// PNG is a small image with transparency, as it comes out of imaging.
func PNG(tb testing.TB) imaging.Image {
	tb.Helper()
	img := picture()
	img.SetRGBA(0, 0, color.RGBA{})
	var b bytes.Buffer
	require.NoError(tb, png.Encode(&b, img))
	return processed(tb, b.Bytes())
}

// GIF is a small image as it comes out of imaging.
func GIF(tb testing.TB) imaging.Image {
	tb.Helper()
	var b bytes.Buffer
	require.NoError(tb, gif.Encode(&b, picture(), nil))
	return processed(tb, b.Bytes())
}

func picture() *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, 32, 16))
	for i := range img.Pix {
		img.Pix[i] = 0xff
	}
	return img
}

func processed(tb testing.TB, data []byte) imaging.Image {
	tb.Helper()
	img, err := imaging.New(imaging.DefaultLimits()).Process(tb.Context(), data)
	require.NoError(tb, err)
	return img
}
