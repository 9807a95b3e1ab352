package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/logging"
)

// statuses is the one table from what services refuse to what HTTP says.
var statuses = map[service.Code]int{
	service.CodeInvalidJSON:          http.StatusBadRequest,
	service.CodeUnknownField:         http.StatusBadRequest,
	service.CodeValidation:           http.StatusBadRequest,
	service.CodeInvalidCursor:        http.StatusBadRequest,
	service.CodeUnauthenticated:      http.StatusUnauthorized,
	service.CodeInvalidCredentials:   http.StatusUnauthorized,
	service.CodeSessionRevoked:       http.StatusUnauthorized,
	service.CodeTokenReused:          http.StatusUnauthorized,
	service.CodeForbidden:            http.StatusForbidden,
	service.CodeBlocked:              http.StatusForbidden,
	service.CodeOriginForbidden:      http.StatusForbidden,
	service.CodeNotFound:             http.StatusNotFound,
	service.CodeInviteExpired:        http.StatusNotFound,
	service.CodeInviteRevoked:        http.StatusNotFound,
	service.CodeInviteUsedUp:         http.StatusNotFound,
	service.CodeMethodNotAllowed:     http.StatusMethodNotAllowed,
	service.CodeEmailTaken:           http.StatusConflict,
	service.CodeConflict:             http.StatusConflict,
	service.CodePayloadTooLarge:      http.StatusRequestEntityTooLarge,
	service.CodeUnsupportedMediaType: http.StatusUnsupportedMediaType,
	service.CodeRangeNotSatisfiable:  http.StatusRequestedRangeNotSatisfiable,
	service.CodeRateLimited:          http.StatusTooManyRequests,
	service.CodeUnavailable:          http.StatusServiceUnavailable,
	service.CodeInternal:             http.StatusInternalServerError,
}

// Problem is an error as clients get it (RFC 9457).
type Problem struct {
	Type      string               `json:"type"`
	Title     string               `json:"title"`
	Status    int                  `json:"status"`
	Detail    string               `json:"detail"`
	Code      service.Code         `json:"code"`
	RequestID string               `json:"requestId"`
	Errors    []service.FieldError `json:"errors,omitempty"`
}

// problemHandler answers whatever a handler or middleware returned as an error.
func problemHandler(log *slog.Logger) echo.HTTPErrorHandler {
	return func(err error, c echo.Context) {
		req := c.Request()
		refusal := refusalOf(err)
		if refusal.Code == service.CodeInternal {
			log.ErrorContext(req.Context(), "request failed", "error", err)
		} else if refusal.Code == service.CodeUnavailable && req.Context().Err() == nil {
			log.WarnContext(req.Context(), "request can't be served now", "error", err)
		}
		if c.Response().Committed {
			return
		}
		status := statuses[refusal.Code]
		header := c.Response().Header()
		if refusal.RetryAfter > 0 {
			header.Set("Retry-After", seconds(refusal.RetryAfter))
		}
		if status == http.StatusUnauthorized {
			header.Set("WWW-Authenticate", `Bearer realm="parley"`)
		}
		header.Set(echo.HeaderContentType, "application/problem+json")
		c.Response().WriteHeader(status)
		if req.Method == http.MethodHead {
			return
		}
		_ = json.NewEncoder(c.Response()).Encode(Problem{ // the client went away: nobody to tell
			Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: refusal.Detail,
			Code: refusal.Code, RequestID: logging.RequestID(req.Context()), Errors: refusal.Fields,
		})
	}
}

// refusalOf is what the client may know of err.
func refusalOf(err error) *service.Error {
	var (
		refusal *service.Error
		tooBig  *http.MaxBytesError
		routing *echo.HTTPError
	)
	switch {
	case errors.As(err, &refusal):
		return refusal
	case errors.As(err, &tooBig):
		return service.Refuse(service.CodePayloadTooLarge, "the request body may have "+strconv.FormatInt(tooBig.Limit, 10)+" bytes at most")
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &service.Error{Code: service.CodeUnavailable, Detail: "the request took too long; try again", RetryAfter: service.UnavailableRetry}
	case errors.As(err, &routing):
		return routingRefusal(routing)
	}
	return service.Refuse(service.CodeInternal, "something went wrong on the server")
}

// routingRefusal is for what echo itself refuses.
func routingRefusal(err *echo.HTTPError) *service.Error {
	switch err.Code {
	case http.StatusNotFound:
		return service.Refuse(service.CodeNotFound, "no such route")
	case http.StatusMethodNotAllowed:
		return service.Refuse(service.CodeMethodNotAllowed, "the route doesn't take this method; see Allow")
	case http.StatusRequestEntityTooLarge:
		return service.Refuse(service.CodePayloadTooLarge, "the request body is too large")
	case http.StatusUnsupportedMediaType:
		return service.Refuse(service.CodeUnsupportedMediaType, "the request body has a type that the route doesn't take")
	default:
		return service.Refuse(service.CodeInternal, "something went wrong on the server")
	}
}

// seconds is d in whole seconds, rounded up, as headers say it.
func seconds(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Seconds()))) }
