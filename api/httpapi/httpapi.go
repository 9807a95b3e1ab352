// Package httpapi is Parley's HTTP API: it turns requests into calls of the services and their answers into JSON.
// Each noun has a file and a handler struct; what all requests go through is in the files beside them.
package httpapi

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/semaphore"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/peer"
)

// The bounds that Options leaves at zero take.
const (
	// DefaultBodyLimit is in bytes.
	DefaultBodyLimit     = 64 << 10
	DefaultTimeout       = 15 * time.Second
	DefaultMaxConcurrent = 4096
	DefaultMaxRunning    = 128
	DefaultMaxWait       = 3 * time.Second
)

// Route is one operation of the API.
type Route struct {
	Method string
	// Path is as echo takes it, with parameters as ":id".
	Path    string
	Handler echo.HandlerFunc
	// Public routes need nobody signed in; for all others viewer(c) is set.
	Public bool
	// Limit is taken from before the handler runs; nil for none.
	Limit *RouteLimit
	// BodyLimit is in bytes; 0 means DefaultBodyLimit.
	BodyLimit int64
	// Timeout bounds the request, its body's arrival included; 0 means the server's own.
	Timeout time.Duration
}

// Module is a group of routes: one noun's handler.
type Module interface{ Routes() []Route }

// Authenticator knows who is behind an access token.
type Authenticator interface {
	// Authenticate refuses with service.CodeUnauthenticated, CodeSessionRevoked or CodeUnavailable.
	Authenticate(ctx context.Context, accessToken string) (service.Viewer, error)
}

// Options of New. Modules, Auth and Peers are needed.
type Options struct {
	Modules []Module
	Auth    Authenticator
	Peers   *peer.Rules
	Limiter *Limiter
	Log     *slog.Logger
	// Registry takes the metrics; nil for none.
	Registry prometheus.Registerer
	// Timeout bounds a request; 0 means DefaultTimeout.
	Timeout time.Duration
	// MaxConcurrent is how many requests may be under way, those that wait for others included; more are answered 503 at
	// once. 0 means DefaultMaxConcurrent.
	MaxConcurrent int
	// MaxRunning is how many of them run at a time; the others wait. Routes with a time-out of their own, which mostly wait
	// for bytes, are not counted. 0 means DefaultMaxRunning.
	MaxRunning int
	// MaxWait is how long a request waits to run until it is answered 503. 0 means DefaultMaxWait.
	MaxWait time.Duration
}

// New is the API as a handler.
func New(opts Options) http.Handler {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Timeout == 0 {
		opts.Timeout = DefaultTimeout
	}
	if opts.MaxConcurrent == 0 {
		opts.MaxConcurrent = DefaultMaxConcurrent
	}
	if opts.MaxRunning == 0 {
		opts.MaxRunning = DefaultMaxRunning
	}
	if opts.MaxWait == 0 {
		opts.MaxWait = DefaultMaxWait
	}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = problemHandler(opts.Log)
	// Outermost first. The error is turned into an answer inside of observe, so that it sees the status.
	e.Use(requestID, newObserver(opts).observe, recovered(opts.Log), securityHeaders, bounded(opts.MaxConcurrent), sameOrigin(opts.Peers))
	running := semaphore.NewWeighted(int64(opts.MaxRunning))
	for _, m := range opts.Modules {
		for _, r := range m.Routes() {
			e.Add(r.Method, r.Path, r.Handler, chain(opts, running, r)...)
		}
	}
	return headAsGet(e)
}

// chain is what a route's requests go through after all that every request does.
func chain(opts Options, running *semaphore.Weighted, r Route) []echo.MiddlewareFunc {
	if r.BodyLimit == 0 {
		r.BodyLimit = DefaultBodyLimit
	}
	steps := []echo.MiddlewareFunc{timeLimited(cmp.Or(r.Timeout, opts.Timeout))}
	if r.Timeout == 0 {
		steps = append(steps, queued(running, opts.MaxWait))
	}
	if !r.Public {
		steps = append(steps, signedIn(opts.Auth))
	}
	if r.Limit != nil {
		steps = append(steps, opts.Limiter.route(opts.Peers, *r.Limit))
	}
	return append(steps, bodyLimited(r.BodyLimit))
}

// writes tells whether a method may change something.
func writes(method string) bool {
	return method != http.MethodGet && method != http.MethodHead && method != http.MethodOptions
}

// Template is a route's path as OpenAPI writes it: "/api/users/{id}".
func (r Route) Template() string {
	parts := strings.Split(r.Path, "/")
	for i, p := range parts {
		if name, ok := strings.CutPrefix(p, ":"); ok {
			parts[i] = "{" + name + "}"
		}
	}
	return strings.Join(parts, "/")
}
