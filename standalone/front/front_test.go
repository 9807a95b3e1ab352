package front_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/peer"
	"github.com/parley-chat/parley/standalone/front"
)

func node(t *testing.T, name string, status int) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, strings.Join([]string{name, r.Host, r.Header.Get("X-Forwarded-For"), string(body)}, "|"))
	}))
	t.Cleanup(srv.Close)
	u, err := url.Parse(srv.URL)
	require.NoError(t, err)
	return u.Host
}

func deadNode(t *testing.T) string {
	t.Helper()
	srv := httptest.NewServer(http.NotFoundHandler())
	u, err := url.Parse(srv.URL)
	require.NoError(t, err)
	srv.Close()
	return u.Host
}

var web = fstest.MapFS{
	"index.html":       {Data: []byte("the page")},
	"assets/app-1a.js": {Data: []byte("script")},
	"favicon.svg":      {Data: []byte("<svg/>")},
}

func newFront(api string, gateways ...string) http.Handler {
	peers := peer.NewRules([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")})
	mails := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "mails") })
	return front.New(front.Options{Web: web, API: api, Gateways: gateways, Mails: mails, Peers: peers, Log: slog.New(slog.DiscardHandler)})
}

func get(t *testing.T, h http.Handler, method, path, body string) (*httptest.ResponseRecorder, string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "http://chat.example"+path, strings.NewReader(body))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w, w.Body.String()
}

func TestStatic(t *testing.T) {
	h := newFront(deadNode(t), deadNode(t))
	for name, c := range map[string]struct {
		method, path string
		status       int
		body, cache  string
	}{
		"page":          {"GET", "/", 200, "the page", "no-cache"},
		"client route":  {"GET", "/c/01ABC", 200, "the page", "no-cache"},
		"asset":         {"GET", "/assets/app-1a.js", 200, "script", "public, max-age=31536000, immutable"},
		"missing asset": {"GET", "/assets/app-2b.js", 404, "404 page not found\n", ""},
		"file":          {"GET", "/favicon.svg", 200, "<svg/>", "no-cache"},
		"assets folder": {"GET", "/assets/", 200, "the page", "no-cache"},
		"traversal":     {"GET", "/assets/../../go.mod", 200, "the page", "no-cache"},
		"write":         {"POST", "/", 405, "method not allowed\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), c.method, "http://chat.example/", http.NoBody)
			r.URL.Path = c.path
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code == http.StatusMovedPermanently || w.Code == http.StatusTemporaryRedirect {
				return // the mux cleans paths by itself
			}
			require.Equal(t, c.status, w.Code)
			require.Equal(t, c.body, w.Body.String())
			if c.status == http.StatusOK {
				require.Equal(t, c.cache, w.Header().Get("Cache-Control"))
				require.Contains(t, w.Header().Get("Content-Security-Policy"), "default-src 'self'")
			}
		})
	}
}

func TestTheSamePolicyAsNginx(t *testing.T) {
	conf, err := os.ReadFile("../../nginx.conf")
	require.NoError(t, err)
	h := newFront("", "")
	w, _ := get(t, h, http.MethodGet, "/", "")
	require.True(t, strings.Contains(string(conf), w.Header().Get("Content-Security-Policy")))
}

func TestAPIKeepsHostAndTellsTheClient(t *testing.T) {
	h := newFront(node(t, "api", http.StatusCreated), deadNode(t))
	w, body := get(t, h, http.MethodPost, "/api/conversations", "payload")
	require.Equal(t, http.StatusCreated, w.Code)
	require.Equal(t, "api|chat.example|192.0.2.1|payload", body)
}

func TestGatewaysTakeTurns(t *testing.T) {
	h := newFront(deadNode(t),
		node(t, "a", http.StatusOK), deadNode(t), node(t, "draining", http.StatusServiceUnavailable), node(t, "b", http.StatusOK))
	answered := map[string]int{}
	for range 40 {
		w, body := get(t, h, http.MethodGet, "/ws", "")
		require.Equal(t, http.StatusOK, w.Code)
		name, _, _ := strings.Cut(body, "|")
		answered[name]++
	}
	require.Len(t, answered, 2)
	require.NotZero(t, answered["a"])
	require.NotZero(t, answered["b"])
}

func TestNoNodeAnswers(t *testing.T) {
	h := newFront(deadNode(t), deadNode(t), deadNode(t))
	for _, path := range []string{"/api/auth/me", "/ws"} {
		w, body := get(t, h, http.MethodGet, path, "")
		require.Equal(t, http.StatusServiceUnavailable, w.Code)
		require.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
		require.NotEmpty(t, w.Header().Get("Retry-After"))
		require.Contains(t, body, `"code":"unavailable"`)
	}
}

func TestMails(t *testing.T) {
	_, body := get(t, newFront(deadNode(t), deadNode(t)), http.MethodGet, "/dev/mail", "")
	require.Equal(t, "mails", body)
}
