package mediacloudinary_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/mediacloudinary"
	"github.com/parley-chat/parley/api/mediatest"
	"github.com/parley-chat/parley/pkg/chat"
)

const (
	key    = "123456789"
	secret = "keep-this-to-yourself"
)

// open is the adapter, on a server that answers instead of Cloudinary's.
func open(t *testing.T, h http.Handler) *mediacloudinary.Cloudinary {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	c, err := mediacloudinary.New(mediacloudinary.Account{
		URL: "cloudinary://" + key + ":" + secret + "@demo?upload_prefix=" + url.QueryEscape(server.URL),
	})
	require.NoError(t, err)
	return c
}

func TestContract(t *testing.T) {
	t.Parallel()
	mediatest.Run(t, func(t *testing.T) (mediatest.Media, mediatest.Fetch) {
		t.Helper()
		account := &account{images: map[string]image{}}
		return open(t, account), account.fetch
	})
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	account := &account{images: map[string]image{}}
	c := open(t, account)
	id := chat.NewID[chat.UploadID]()
	at, thumb, err := c.Put(t.Context(), id, mediatest.PNG(t))
	require.NoError(t, err)
	require.Equal(t, "https://res.cloudinary.com/demo/image/upload/v1700000000/parley/"+string(id)+".png", at)
	require.Equal(t, "https://res.cloudinary.com/demo/image/upload/c_limit,h_480,w_480/q_auto/v1700000000/parley/"+string(id)+".png", thumb)
	_, thumb, err = c.Put(t.Context(), id, mediatest.GIF(t))
	require.NoError(t, err)
	require.True(t, strings.HasSuffix(thumb, ".jpg"), thumb)
}

func TestFailuresAreToldWithoutTheSecret(t *testing.T) {
	t.Parallel()
	answer := func(status int, body string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		})
	}
	tests := map[string]http.Handler{
		"refused":            answer(401, `{"error":{"message":"Invalid Signature"}}`),
		"no JSON":            answer(502, `<html>Bad Gateway</html>`),
		"nothing":            answer(200, ``),
		"no address":         answer(200, `{"public_id":"x"}`),
		"an address of http": answer(200, `{"secure_url":"http://example.org/x"}`),
		"a script":           answer(200, `{"secure_url":"javascript:alert(1)"}`),
		"hangs up": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_ = conn.(*net.TCPConn).Close()
			}
		}),
	}
	for name, h := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := open(t, h)
			_, _, err := c.Put(t.Context(), chat.NewID[chat.UploadID](), mediatest.JPEG(t))
			require.Error(t, err)
			require.NotContains(t, err.Error(), secret)
			_, err = c.PutFile(t.Context(), chat.NewID[chat.UploadID](), "x.txt", strings.NewReader("x"))
			require.Error(t, err)
			require.NotContains(t, err.Error(), secret)
			err = c.Delete(t.Context(), chat.NewID[chat.UploadID](), "")
			require.Error(t, err)
			require.NotContains(t, err.Error(), secret)
		})
	}
}

func TestHangingServerIsLeft(t *testing.T) {
	t.Parallel()
	done := make(chan struct{})
	c := open(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-done }))
	t.Cleanup(func() { close(done) })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, _, err := c.Put(ctx, chat.NewID[chat.UploadID](), mediatest.JPEG(t))
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestSettings(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		account mediacloudinary.Account
		ok      bool
	}{
		{"URL", mediacloudinary.Account{URL: "cloudinary://k:s@demo"}, true},
		{"parts", mediacloudinary.Account{CloudName: "demo", Key: "k", Secret: "s"}, true},
		{"nothing", mediacloudinary.Account{}, false},
		{"no secret", mediacloudinary.Account{CloudName: "demo", Key: "k"}, false},
		{"no name", mediacloudinary.Account{Key: "k", Secret: "s"}, false},
		{"URL without a secret", mediacloudinary.Account{URL: "cloudinary://k@demo"}, false},
		{"URL without a name", mediacloudinary.Account{URL: "cloudinary://k:s@"}, false},
		{"other URL", mediacloudinary.Account{URL: "https://k:s@demo"}, false},
		{"broken URL", mediacloudinary.Account{URL: "cloudinary://k:" + secret + "%zz@demo"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := mediacloudinary.New(tt.account)
			if tt.ok {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, mediacloudinary.ErrSettings)
			require.NotContains(t, err.Error(), secret)
		})
	}
}
