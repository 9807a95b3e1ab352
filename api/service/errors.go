package service

import (
	"errors"
	"fmt"
	"time"

	"github.com/parley-chat/parley/pkg/chat"
)

// Code is the stable name of a refusal; clients test it. The set is closed.
type Code string

const (
	CodeInvalidJSON          Code = "invalid_json"
	CodeUnknownField         Code = "unknown_field"
	CodeValidation           Code = "validation_failed"
	CodeInvalidCursor        Code = "invalid_cursor"
	CodeUnauthenticated      Code = "unauthenticated"
	CodeInvalidCredentials   Code = "invalid_credentials"
	CodeSessionRevoked       Code = "session_revoked"
	CodeTokenReused          Code = "token_reused"
	CodeForbidden            Code = "forbidden"
	CodeBlocked              Code = "blocked"
	CodeOriginForbidden      Code = "origin_forbidden"
	CodeNotFound             Code = "not_found"
	CodeInviteExpired        Code = "invite_expired"
	CodeInviteRevoked        Code = "invite_revoked"
	CodeInviteUsedUp         Code = "invite_used_up"
	CodeMethodNotAllowed     Code = "method_not_allowed"
	CodeEmailTaken           Code = "email_taken"
	CodeConflict             Code = "conflict"
	CodePayloadTooLarge      Code = "payload_too_large"
	CodeUnsupportedMediaType Code = "unsupported_media_type"
	CodeRangeNotSatisfiable  Code = "range_not_satisfiable"
	CodeRateLimited          Code = "rate_limited"
	CodeUnavailable          Code = "unavailable"
	CodeInternal             Code = "internal"
)

// Error is a refusal as its caller may see it. Anything else that a service returns is an
// internal fault, to be logged and shown as CodeInternal.
type Error struct {
	Code   Code
	Detail string
	// Fields are set for CodeValidation.
	Fields []FieldError
	// RetryAfter is set for CodeRateLimited and CodeUnavailable.
	RetryAfter time.Duration
	cause      error
}

// FieldError says what is wrong with one field of the request.
type FieldError struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

func (e *Error) Error() string {
	if e.cause != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Detail, e.cause)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Detail)
}

func (e *Error) Unwrap() error { return e.cause }

// Refuse is a refusal with a code and a sentence for the caller.
func Refuse(code Code, detail string) *Error { return &Error{Code: code, Detail: detail} }

// UnavailableRetry is the Retry-After of an answer when the store can't serve.
const UnavailableRetry = 2 * time.Second

// fromStore turns the store's errors that callers may see into refusals; what names the missing thing.
func fromStore(err error, what string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, chat.ErrNotFound):
		return &Error{Code: CodeNotFound, Detail: what + " not found", cause: err}
	case errors.Is(err, chat.ErrUnavailable):
		return &Error{Code: CodeUnavailable, Detail: "the database can't serve now; try again", RetryAfter: UnavailableRetry, cause: err}
	default:
		return fmt.Errorf("%s: %w", what, err)
	}
}

// fieldErrors collects what is wrong with a request.
type fieldErrors []FieldError

func (f *fieldErrors) add(field, message string) {
	*f = append(*f, FieldError{field, message})
}

// err is nil when nothing was wrong.
func (f *fieldErrors) err() error {
	if len(*f) == 0 {
		return nil
	}
	return &Error{Code: CodeValidation, Detail: "the request has invalid fields", Fields: *f}
}

func isNotFound(err error) bool {
	var refusal *Error
	return errors.As(err, &refusal) && refusal.Code == CodeNotFound
}
