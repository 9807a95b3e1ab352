// Package server is a gateway's HTTP side: it decides who gets a socket, and makes the handshake.
package server

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/parley-chat/parley/gateway/admission"
	"github.com/parley-chat/parley/gateway/metrics"
	"github.com/parley-chat/parley/gateway/node"
	"github.com/parley-chat/parley/gateway/socket"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/logging"
	"github.com/parley-chat/parley/pkg/peer"
	"github.com/parley-chat/parley/pkg/token"
)

const (
	// Subprotocol is the one that clients must offer.
	Subprotocol = "parley.v1"
	// bearerPrefix marks the second subprotocol, by which a browser can hand over a token.
	bearerPrefix = "bearer."
	// entryTimeout bounds what a handshake asks of the stores.
	entryTimeout = 5 * time.Second
	// refusedRetry and unavailableRetry are what Retry-After says, in seconds.
	refusedRetry     = 2
	unavailableRetry = 1
)

// Options of New.
type Options struct {
	Node     *node.Node
	Sessions Sessions
	Issuer   *token.Issuer
	// Peers tells where requests come from, and which pages may open sockets.
	Peers   *peer.Rules
	Metrics *metrics.Set
	Logger  *slog.Logger
}

// Server is an http.Handler for /ws.
type Server struct {
	opts     Options
	upgrader websocket.Upgrader
	looks    *looks
}

// New makes the handler.
func New(opts Options) *Server {
	s := &Server{opts: opts, looks: newLooks(opts.Sessions)}
	s.upgrader = websocket.Upgrader{
		Subprotocols: []string{Subprotocol},
		// Never filled: frames are written past gorilla. Without a pool it would keep a buffer for each socket.
		WriteBufferPool: &sync.Pool{},
		CheckOrigin:     func(*http.Request) bool { return true }, // checked before, with an answer of our own
		Error: func(w http.ResponseWriter, r *http.Request, status int, reason error) {
			writeProblem(w, r, problem{status: status, code: codeBadHandshake, detail: reason.Error()})
		},
	}
	return s
}

// idleQuery is what a client asks with whose user is not there: it comes back by itself, which is no sign of life.
const idleQuery = "idle=true"

// ServeHTTP answers /ws and nothing else.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	r = r.WithContext(logging.WithRequestID(r.Context(), requestID(r)))
	if r.URL.Path != "/ws" {
		writeProblem(w, r, problem{status: http.StatusNotFound, code: "not_found", detail: "there is nothing here but /ws"})
		return
	}
	result := s.connect(w, r)
	s.opts.Metrics.Connects.WithLabelValues(result).Inc()
	if result == resultAccepted {
		s.opts.Metrics.Handshake.Observe(time.Since(began).Seconds())
	} else {
		s.opts.Logger.DebugContext(r.Context(), "socket refused", "result", result)
	}
}

// The results of parley_gateway_connects_total, beside the admission.Refusals.
const (
	resultAccepted        = "accepted"
	resultNoUpgrade       = "not_websocket"
	resultForeignOrigin   = "origin_forbidden"
	resultBadHandshake    = "bad_handshake"
	resultUnauthenticated = "unauthenticated"
	resultUnavailable     = "unavailable"
)

// connect takes a request for a socket to its end, and says which.
func (s *Server) connect(w http.ResponseWriter, r *http.Request) string {
	if result, p := s.check(w, r); result != "" {
		if p.status == http.StatusUpgradeRequired {
			w.Header().Set("Upgrade", "websocket")
			w.Header().Set("Connection", "Upgrade")
		}
		writeProblem(w, r, p)
		return result
	}
	pass, refusal := s.opts.Node.Admit(s.opts.Peers.Address(r), time.Now())
	if refusal != "" {
		return refuse(w, r, refusal)
	}
	claims, err := s.opts.Issuer.VerifyAccess(credentials(r))
	if err != nil {
		return s.turnAway(w, r, pass)
	}
	if refusal := pass.SetUser(claims.UserID); refusal != "" {
		pass.Leave()
		return refuse(w, r, refusal)
	}
	// Without the client's going: others of the user may wait for the same channel.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), entryTimeout)
	defer cancel()
	id := socket.Identity{ConnectionID: chat.NewID[string](), UserID: claims.UserID, SessionID: claims.SessionID}
	client, err := s.opts.Node.Enter(ctx, id, pass)
	if err != nil {
		return s.unavailable(w, r, err)
	}
	// Only now, with the user's channel heard: a session that is revoked after this look is told of there.
	live, err := s.live(ctx, claims)
	if err != nil {
		client.Abort()
		return s.unavailable(w, r, err)
	}
	if !live {
		client.Close(socket.Unauthenticated)
	}
	if r.URL.RawQuery == idleQuery {
		client.StartIdle()
	}
	if err := client.Upgrade(&s.upgrader, w, r); err != nil {
		client.Abort()
		s.opts.Logger.DebugContext(r.Context(), "handshake failed", "error", err)
		return resultBadHandshake
	}
	if err := client.Open(time.Now()); err != nil {
		s.opts.Logger.ErrorContext(r.Context(), "hello", "error", err)
		client.Close(socket.Restart)
	}
	if !live {
		return resultUnauthenticated
	}
	s.opts.Logger.DebugContext(r.Context(), "socket opened", "connection", id.ConnectionID, "user", id.UserID)
	return resultAccepted
}

// check looks at the request alone.
func (s *Server) check(w http.ResponseWriter, r *http.Request) (string, problem) {
	switch {
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", http.MethodGet)
		return resultNoUpgrade, problem{status: http.StatusMethodNotAllowed, code: "method_not_allowed", detail: "a socket is asked for with GET"}
	case !websocket.IsWebSocketUpgrade(r):
		return resultNoUpgrade, problem{status: http.StatusUpgradeRequired, code: "upgrade_required", detail: "this is a WebSocket endpoint"}
	case !s.opts.Peers.OriginAllowed(r):
		return resultForeignOrigin, problem{status: http.StatusForbidden, code: "origin_forbidden", detail: "this origin may not open sockets here"}
	case !slices.Contains(websocket.Subprotocols(r), Subprotocol):
		return resultBadHandshake, problem{status: http.StatusBadRequest, code: codeBadHandshake, detail: "offer the subprotocol " + Subprotocol}
	}
	return "", problem{}
}

// live tells whether the session behind the claims is good now.
func (s *Server) live(ctx context.Context, claims token.Claims) (bool, error) {
	session, known, err := s.looks.Ask(ctx, claims.SessionID)
	if err != nil {
		return false, err //nolint:wrapcheck // logged by the caller
	}
	return known && session.UserID == claims.UserID && session.Live(chat.TimeOf(time.Now())), nil
}

// turnAway completes the handshake to close with 4401: browsers see no HTTP status.
func (s *Server) turnAway(w http.ResponseWriter, r *http.Request, pass *admission.Pass) string {
	if err := s.opts.Node.TurnAway(&s.upgrader, w, r, pass, socket.Unauthenticated); err != nil {
		s.opts.Logger.DebugContext(r.Context(), "handshake failed", "error", err)
		return resultBadHandshake
	}
	return resultUnauthenticated
}

func refuse(w http.ResponseWriter, r *http.Request, refusal admission.Refusal) string {
	details := map[admission.Refusal]string{
		admission.NodeFull:    "this node has no room for another socket",
		admission.AddressFull: "too many sockets from this address",
		admission.UserFull:    "too many sockets of this user",
		admission.TooFast:     "too many new sockets at once",
		admission.Draining:    "this node is stopping",
	}
	w.Header().Set("Retry-After", strconv.Itoa(refusedRetry))
	writeProblem(w, r, problem{status: http.StatusServiceUnavailable, code: codeUnavailable, detail: details[refusal]})
	return string(refusal)
}

func (s *Server) unavailable(w http.ResponseWriter, r *http.Request, err error) string {
	s.opts.Logger.WarnContext(r.Context(), "socket refused: a store is not available", "error", err)
	w.Header().Set("Retry-After", strconv.Itoa(unavailableRetry))
	writeProblem(w, r, problem{status: http.StatusServiceUnavailable, code: codeUnavailable, detail: "try again in a moment"})
	return resultUnavailable
}

// credentials is the access token of a request: what the client gives on purpose before what its browser adds.
func credentials(r *http.Request) string {
	for _, p := range websocket.Subprotocols(r) {
		if t, ok := strings.CutPrefix(p, bearerPrefix); ok {
			return t
		}
	}
	if scheme, t, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(t)
	}
	if c, err := r.Cookie("parley_access"); err == nil {
		return c.Value
	}
	return ""
}
