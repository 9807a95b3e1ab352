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
)

// retryAfterSeconds is what clients are told when no node behind the front answers.
const retryAfterSeconds = "1"

// New serves web (the built client) at /, and passes /api and /ws on. Sockets go to the gateways
// in turn; one that can't be reached is passed over.
func New(web fs.FS, api string, gateways []string, logger *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/api/", proxy(logger, api))
	mux.Handle("/ws", proxy(logger, gateways...))
	mux.Handle("/", static(web))
	return mux
}

func proxy(logger *slog.Logger, addrs ...string) http.Handler {
	base := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // documented to be one
	base.Proxy = nil
	base.MaxIdleConnsPerHost = 128
	base.ResponseHeaderTimeout = time.Minute
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: addrs[0]})
			r.Out.Host = r.In.Host // the nodes compare it with Origin
			r.SetXForwarded()
		},
		Transport: newRotation(base, addrs),
		ErrorLog:  slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			logger.WarnContext(r.Context(), "no node answered", "path", r.URL.Path, "error", err)
			w.Header().Set("Retry-After", retryAfterSeconds)
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte(`{"type":"about:blank","title":"Service Unavailable","status":503,"code":"unavailable","detail":"no node answers; try again"}`))
		},
	}
}
