package httpapi

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/peer"
)

// The browser's two tokens. Scripts see neither, and the refresh token goes to the routes under /api/auth only.
const (
	accessCookie  = "parley_access"
	refreshCookie = "parley_refresh"
	refreshPath   = "/api/auth"
)

// cookieJar writes the token cookies.
type cookieJar struct{ peers *peer.Rules }

// set writes both cookies. The refresh cookie outlives the access cookie, which a refresh replaces.
func (j cookieJar) set(c echo.Context, in service.SignedIn) {
	j.write(c, accessCookie, in.AccessToken, "/", in.AccessUntil)
	j.write(c, refreshCookie, in.RefreshToken, refreshPath, in.RefreshUntil)
}

// clear removes both cookies.
func (j cookieJar) clear(c echo.Context) {
	j.write(c, accessCookie, "", "/", time.Time{})
	j.write(c, refreshCookie, "", refreshPath, time.Time{})
}

// write sets a cookie until its time; the zero time removes it.
func (j cookieJar) write(c echo.Context, name, value, path string, until time.Time) {
	cookie := &http.Cookie{ //nolint:gosec // G124: over plain http a Secure cookie would be lost; over https it is
		Name: name, Value: value, Path: path, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: j.peers.Secure(c.Request()),
	}
	if until.IsZero() {
		cookie.MaxAge = -1
	} else {
		cookie.MaxAge = max(1, int(time.Until(until).Seconds()))
	}
	c.SetCookie(cookie)
}
