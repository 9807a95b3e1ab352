// Package front stands in nginx's place on a bare machine: one address for the web client,
// the API and the sockets.
package front

import (
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"

	"github.com/parley-chat/parley/pkg/peer"
)

// retryAfterSeconds is what clients are told when no node behind the front answers.
const retryAfterSeconds = "1"

// Options of New.
type Options struct {
	// Web is the built client, served at /.
	Web fs.FS
	// API and Gateways are the nodes' addresses.
	API      string
	Gateways []string
	// Mails shows the mails that were not sent, at /dev/mail; nil for no such page.
	Mails http.Handler
	// Peers tells who a client is, also behind a further proxy.
	Peers *peer.Rules
	Log   *slog.Logger
}

// New serves the web client, and passes /api and /ws on. Sockets go to the gateways in turn; one
// that can't be reached is passed over.
func New(o Options) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/api/", proxy(o, o.API))
	mux.Handle("/ws", proxy(o, o.Gateways...))
	mux.Handle("/", static(o.Web))
	if o.Mails != nil {
		mux.Handle("/dev/mail", o.Mails)
	}
	return mux
}

func proxy(o Options, addrs ...string) http.Handler {
	base := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // documented to be one
	base.Proxy = nil
	base.MaxIdleConnsPerHost = 128
	base.ResponseHeaderTimeout = time.Minute
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: addrs[0]})
			r.Out.Host = r.In.Host // the nodes compare it with Origin
			scheme := "http"
			if o.Peers.Secure(r.In) {
				scheme = "https"
			}
			// Set, not appended to: what a client claims about itself is worth nothing.
			r.Out.Header.Set("X-Forwarded-For", o.Peers.Address(r.In).String())
			r.Out.Header.Set("X-Forwarded-Proto", scheme)
			r.Out.Header.Set("X-Forwarded-Host", o.Peers.Host(r.In))
		},
		Transport: newRotation(base, addrs),
		ErrorLog:  slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			o.Log.WarnContext(r.Context(), "no node answered", "path", r.URL.Path, "error", err)
			w.Header().Set("Retry-After", retryAfterSeconds)
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte(`{"type":"about:blank","title":"Service Unavailable","status":503,"code":"unavailable","detail":"no node answers; try again"}`))
		},
	}
}
