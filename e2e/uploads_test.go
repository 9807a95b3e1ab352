package e2e_test

import (
	"bytes"
	"image"
	"image/color"
	_ "image/jpeg" // thumbnails are
	"image/png"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/loadtest/client"
)

// picture is a PNG of noise, so that it does not shrink to nothing.
func picture(t *testing.T, width, height int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for x := range width {
		for y := range height {
			img.Set(x, y, color.RGBA{byte(rand.Uint32()), byte(x), byte(y), 255})
		}
	}
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, img))
	return b.Bytes()
}

func TestImageFromEndToEnd(t *testing.T) {
	c := shared(t)
	ann, bob, cy := signUp(t, c.Base(), "ann"), signUp(t, c.Base(), "bob"), signUp(t, c.Base(), "cy")
	conversation := direct(t, ann, bob)
	ear := listen(t, bob, c.Base())

	upload, err := ann.Upload(t.Context(), "holiday.png", "image/png", picture(t, 900, 600))
	require.NoError(t, err)
	require.Equal(t, []int{900, 600}, []int{upload.Width, upload.Height})
	sent, _, err := ann.Send(t.Context(), conversation, client.NewMessage{ClientID: "photo", Text: "look", UploadIDs: []string{upload.ID}})
	require.NoError(t, err)
	require.Equal(t, []client.Upload{upload}, sent.Attachments)
	got := ear.delivery(sent.ID).Message
	require.Equal(t, []client.Upload{upload}, got.Attachments)

	for _, base := range []string{c.Base(), c.API(1), c.API(2)} {
		for url, width := range map[string]int{got.Attachments[0].URL: 900, got.Attachments[0].ThumbnailURL: 0} {
			require.True(t, strings.HasPrefix(url, "/"), "its own server's: %s", url)
			res, body := ask(t, http.MethodGet, base+url, "", bearer(bob.AccessToken()))
			require.Equal(t, http.StatusOK, res.StatusCode, "%s %s", url, body)
			require.Equal(t, "nosniff", res.Header.Get("X-Content-Type-Options"))
			img, _, err := image.Decode(strings.NewReader(body))
			require.NoError(t, err)
			if width > 0 {
				require.Equal(t, width, img.Bounds().Dx())
			} else {
				require.Less(t, img.Bounds().Dx(), 900, "a thumbnail is smaller")
			}
		}
	}
	res, _ := ask(t, http.MethodGet, c.Base()+got.Attachments[0].URL, "", nil)
	require.Equal(t, http.StatusUnauthorized, res.StatusCode, "only for those who are signed in")

	dee := direct(t, cy, bob)
	_, _, err = cy.Send(t.Context(), dee, client.NewMessage{ClientID: "stolen", UploadIDs: []string{upload.ID}})
	require.Equal(t, "validation_failed", refusal(t, err).Code, "an upload is its owner's to attach")
}

func TestBadUploads(t *testing.T) {
	c := shared(t)
	ann := signUp(t, c.Base(), "ann")
	small := picture(t, 40, 40)
	cases := map[string]struct {
		data []byte
		code string
	}{
		"nothing":                 {nil, "validation_failed"},
		"a cut image":             {small[:len(small)/2], ""},
		"an image of 10 MiB":      {append(bytes.Clone(small), make([]byte, 10<<20)...), "payload_too_large"},
		"a file of over 25 MiB":   {make([]byte, 25<<20+1), "payload_too_large"},
		"a body that nginx stops": {make([]byte, 28<<20), "payload_too_large"},
		"too many pixels":         {bomb(t), ""},
	}
	for name, bad := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := ann.Upload(t.Context(), "x.png", "image/png", bad.data)
			refused := refusal(t, err)
			require.GreaterOrEqual(t, refused.Status, 400)
			require.Less(t, refused.Status, 500)
			if bad.code != "" {
				require.Equal(t, bad.code, refused.Code)
			}
		})
	}
}

// bomb is a small file that unpacks to 100 megapixels.
func bomb(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, 10_000, 10_000))))
	require.Less(t, b.Len(), 1<<20)
	return b.Bytes()
}

// TestFilesFromEndToEnd sends several files in one message, one of them as large as it may be and one that means harm.
func TestFilesFromEndToEnd(t *testing.T) {
	c := shared(t)
	ann, bob := signUp(t, c.Base(), "ann"), signUp(t, c.Base(), "bob")
	conversation := direct(t, ann, bob)
	ear := listenAt(t, bob, c.Base(), c.Gateway(3))
	large := make([]byte, 25<<20)
	for i := range large {
		large[i] = byte(i * i >> 7)
	}
	files := []struct {
		name, mime, as string
		data           []byte
	}{
		{"../../page.html", "text/html", "page.html", []byte("<script>alert(document.domain)</script>")},
		{"drawing.svg", "image/svg+xml", "drawing.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`)},
		{"large.bin", "application/octet-stream", "large.bin", large},
	}
	message := client.NewMessage{ClientID: "files", Text: "here"}
	for _, f := range files {
		upload, err := ann.Upload(t.Context(), f.name, f.mime, f.data)
		require.NoError(t, err)
		require.Equal(t, f.as, upload.Name)
		require.Empty(t, upload.ThumbnailURL)
		require.EqualValues(t, len(f.data), upload.Bytes)
		message.UploadIDs = append(message.UploadIDs, upload.ID)
	}
	sent, _, err := ann.Send(t.Context(), conversation, message)
	require.NoError(t, err)
	got := ear.delivery(sent.ID).Message.Attachments
	require.Len(t, got, len(files))
	for i, f := range files {
		for _, base := range []string{c.Base(), c.API(2)} {
			res, body := ask(t, http.MethodGet, base+got[i].URL, "", bearer(bob.AccessToken()))
			require.Equal(t, http.StatusOK, res.StatusCode)
			require.Equal(t, string(f.data), body, f.name)
			require.Equal(t, "application/octet-stream", res.Header.Get("Content-Type"))
			require.Equal(t, "attachment; filename="+f.as, res.Header.Get("Content-Disposition"))
			require.Equal(t, []string{"nosniff"}, res.Header.Values("X-Content-Type-Options"))
			require.Contains(t, res.Header.Get("Content-Security-Policy"), "sandbox")
		}
	}
}
