package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"
)

// ErrSignedOut says that the session has ended for good: its tokens are refused, and so was signing in again.
var ErrSignedOut = errors.New("signed out")

// Error is an answer that refuses.
type Error struct {
	Status    int    `json:"status"`
	Code      string `json:"code"`
	Detail    string `json:"detail"`
	RequestID string `json:"requestId"`
	Fields    []struct {
		Field   string `json:"field"`
		Message string `json:"message"`
	} `json:"errors"`
	// RetryAfter is how long the server asks to wait; 0 if it doesn't say.
	RetryAfter time.Duration `json:"-"`
	// Header is the answer's.
	Header http.Header `json:"-"`
}

func (e *Error) Error() string {
	return fmt.Sprintf("%d %s: %s (request %s)", e.Status, e.Code, e.Detail, e.RequestID)
}

// Retryable tells whether the same request may succeed later: the server was busy or broken, or never answered.
// For a send, that needs the same clientId.
func Retryable(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, ErrSignedOut) {
		return false
	}
	var refused *Error
	if !errors.As(err, &refused) {
		return true
	}
	return refused.Status == http.StatusTooManyRequests || refused.Status >= http.StatusInternalServerError
}

// Kind names the sort of an error, for counting: "503 unavailable", "timeout", "connection reset".
func Kind(err error) string {
	var refused *Error
	var netErr net.Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &refused):
		return strings.TrimSpace(fmt.Sprintf("%d %s", refused.Status, refused.Code))
	case errors.Is(err, ErrSignedOut):
		return "signed out"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "connection reset"
	case errors.As(err, &netErr) && netErr.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "canceled"
	default:
		return "connection broken"
	}
}

// retryAfter is what an answer asks to wait.
func retryAfter(err error) time.Duration {
	var refused *Error
	if errors.As(err, &refused) {
		return refused.RetryAfter
	}
	return 0
}
