package httpapi

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/parley-chat/parley/api/service"
)

const viewerKey = "viewer"

// viewer is who is signed in. Only for routes that aren't Public.
func viewer(c echo.Context) service.Viewer {
	v, ok := c.Get(viewerKey).(service.Viewer)
	if !ok {
		// Never answered as somebody: the zero Viewer is a member of nothing, but a route wired so is a mistake.
		panic("viewer of a public route")
	}
	return v
}

// signedIn lets only requests with a good access token through.
func signedIn(auth Authenticator) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			token, err := accessToken(c.Request())
			if err != nil {
				return err
			}
			v, err := auth.Authenticate(c.Request().Context(), token)
			if err != nil {
				return err
			}
			c.Set(viewerKey, v)
			return next(c)
		}
	}
}

// accessToken is the request's: from Authorization, else from the browser's cookie.
func accessToken(r *http.Request) (string, error) {
	refused := service.Refuse(service.CodeUnauthenticated, "sign in first")
	if header := r.Header.Get(echo.HeaderAuthorization); header != "" {
		scheme, token, ok := strings.Cut(header, " ")
		if !ok || !strings.EqualFold(scheme, "Bearer") {
			return "", refused
		}
		return strings.TrimSpace(token), nil
	}
	cookie, err := r.Cookie(accessCookie)
	if err != nil {
		return "", refused
	}
	return cookie.Value, nil
}
