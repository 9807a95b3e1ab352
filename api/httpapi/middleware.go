package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"regexp"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/oklog/ulid/v2"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/logging"
	"github.com/parley-chat/parley/pkg/peer"
)

var goodRequestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// requestID takes the caller's id of the request, or makes one; logs carry it, the answer returns it.
func requestID(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		req := c.Request()
		id := req.Header.Get(echo.HeaderXRequestID)
		if id == "" || !goodRequestID.MatchString(id) {
			id = ulid.Make().String()
		}
		c.SetRequest(req.WithContext(logging.WithRequestID(req.Context(), id)))
		c.Response().Header().Set(echo.HeaderXRequestID, id)
		return next(c)
	}
}

// headAsGet answers HEAD as GET would be. The router has to take it for one; net/http knows better, and leaves the body out.
func headAsGet(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			get := *r
			get.Method = http.MethodGet
			r = &get
		}
		next.ServeHTTP(w, r)
	})
}

// recovered turns a panic into an error, so that one bad request doesn't end the process.
func recovered(log *slog.Logger) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) (err error) {
			defer func() {
				r := recover()
				if r == nil {
					return
				}
				if cause, ok := r.(error); ok && errors.Is(cause, http.ErrAbortHandler) {
					panic(r)
				}
				log.ErrorContext(c.Request().Context(), "panic", "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
				err = fmt.Errorf("panic: %v", r)
			}()
			return next(c)
		}
	}
}

// strictest are the strictest headers that answers of an API can have. All answers share the values, so nobody may change one in place.
var strictest = http.Header{
	"X-Content-Type-Options":       {"nosniff"},
	"Cache-Control":                {"no-store"},
	"Content-Security-Policy":      {"default-src 'none'; frame-ancestors 'none'"},
	"Cross-Origin-Resource-Policy": {"same-origin"},
	"Referrer-Policy":              {"no-referrer"},
}

// securityHeaders sets the strictest. A handler of something else replaces them.
func securityHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		maps.Copy(c.Response().Header(), strictest)
		return next(c)
	}
}

// sameOrigin refuses writes that a page of another origin makes a browser send.
func sameOrigin(peers *peer.Rules) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if writes(c.Request().Method) && !peers.OriginAllowed(c.Request()) {
				return service.Refuse(service.CodeOriginForbidden, "this origin may not write here")
			}
			return next(c)
		}
	}
}

// timeLimited ends the request's context, and the reading of its body, after d.
func timeLimited(d time.Duration) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			ctx, cancel := context.WithTimeout(c.Request().Context(), d)
			defer cancel()
			// A writer without deadlines has no slow peer either.
			_ = http.NewResponseController(c.Response()).SetReadDeadline(time.Now().Add(d))
			c.SetRequest(c.Request().WithContext(ctx))
			return next(c)
		}
	}
}

// bodyLimited refuses a body of more than n bytes: at once if it says so, else when the handler has read so much.
func bodyLimited(n int64) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			req := c.Request()
			if req.ContentLength > n {
				return service.Refuse(service.CodePayloadTooLarge, "the request body may have "+strconv.FormatInt(n, 10)+" bytes at most")
			}
			req.Body = http.MaxBytesReader(c.Response(), req.Body, n)
			return next(c)
		}
	}
}
