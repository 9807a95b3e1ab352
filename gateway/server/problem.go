package server

import (
	"encoding/json"
	"net/http"
	"regexp"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/logging"
)

const (
	codeUnavailable  = "unavailable"
	codeBadHandshake = "bad_handshake"
)

// problem is what goes into a problem document (RFC 9457).
type problem struct {
	status int
	code   string
	detail string
}

func writeProblem(w http.ResponseWriter, r *http.Request, p problem) {
	id := logging.RequestID(r.Context())
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("X-Request-Id", id)
	w.WriteHeader(p.status)
	_ = json.NewEncoder(w).Encode(map[string]any{ // the peer went away: nothing to tell it
		"type": "about:blank", "title": http.StatusText(p.status), "status": p.status,
		"detail": p.detail, "code": p.code, "requestId": id,
	})
}

var requestIDPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// requestID is the one that came with the request, if it looks like one, or a new one.
func requestID(r *http.Request) string {
	if id := r.Header.Get("X-Request-Id"); requestIDPattern.MatchString(id) {
		return id
	}
	return chat.NewID[string]()
}
