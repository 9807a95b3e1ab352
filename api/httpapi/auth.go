package httpapi

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/peer"
	"github.com/parley-chat/parley/pkg/ratelimit"
)

// AuthService signs people up, in and out; service.Auth does.
type AuthService interface {
	Signup(ctx context.Context, account service.NewAccount, device service.Device) (service.SignedIn, error)
	Login(ctx context.Context, email, password string, device service.Device) (service.SignedIn, error)
	Refresh(ctx context.Context, refreshToken string) (service.SignedIn, error)
	Logout(ctx context.Context, accessToken, refreshToken string) error
}

// AuthLimits bound how often one address may try.
type AuthLimits struct {
	// Signup and Login are per client address.
	Signup ratelimit.Limit
	Login  ratelimit.Limit
	// Recovery is on forgotten passwords and on the links that were mailed, per client address.
	Recovery ratelimit.Limit
	// LoginFailure counts wrong passwords per client address and account together, so that nobody can lock somebody
	// else out of their account from elsewhere.
	LoginFailure ratelimit.Limit
}

// Auth serves /api/auth's sign-up, log-in, refresh and log-out.
type Auth struct {
	service AuthService
	limits  AuthLimits
	peers   *peer.Rules
	cookies cookieJar
	guard   *failureGuard
}

// NewAuth serves svc.
func NewAuth(svc AuthService, limiter *Limiter, limits AuthLimits, peers *peer.Rules) *Auth {
	return &Auth{service: svc, limits: limits, peers: peers, cookies: cookieJar{peers}, guard: newFailureGuard(limiter, limits.LoginFailure)}
}

// Routes are the handler's.
func (h *Auth) Routes() []Route {
	return []Route{
		{Method: http.MethodPost, Path: "/api/auth/signup", Handler: h.signup, Public: true, Limit: PerAddress(h.limits.Signup)},
		{Method: http.MethodPost, Path: "/api/auth/login", Handler: h.login, Public: true, Limit: PerAddress(h.limits.Login)},
		{Method: http.MethodPost, Path: "/api/auth/refresh", Handler: h.refresh, Public: true},
		{Method: http.MethodPost, Path: "/api/auth/logout", Handler: h.logout, Public: true},
	}
}

type signupRequest struct {
	FullName string `json:"fullName"`
	Email    string `json:"email"`
	Password string `json:"password"`
}

func (h *Auth) signup(c echo.Context) error {
	req, err := decode[signupRequest](c)
	if err != nil {
		return err
	}
	in, err := h.service.Signup(c.Request().Context(), service.NewAccount(req), h.device(c))
	if err != nil {
		return err
	}
	return h.answer(c, http.StatusCreated, in)
}

type loginRequest struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

func (h *Auth) login(c echo.Context) error {
	req, err := decode[loginRequest](c)
	if err != nil {
		return err
	}
	attempt := attemptOn(h.peers.Bucket(c.Request()), chat.FoldEmail(req.Email))
	if err := h.guard.check(c, attempt); err != nil {
		return err
	}
	in, err := h.service.Login(c.Request().Context(), req.Email, req.Password, h.device(c))
	if err != nil {
		return h.guard.judge(c, attempt, err)
	}
	return h.answer(c, http.StatusOK, in)
}

type refreshRequest struct {
	RefreshToken string `json:"refreshToken"`
}

func (h *Auth) refresh(c echo.Context) error {
	given, err := refreshToken(c)
	if err != nil {
		return err
	}
	in, err := h.service.Refresh(c.Request().Context(), given)
	if err != nil {
		if statuses[refusalOf(err).Code] == http.StatusUnauthorized {
			h.cookies.clear(c)
		}
		return err
	}
	return h.answer(c, http.StatusOK, in)
}

func (h *Auth) logout(c echo.Context) error {
	refresh, err := refreshToken(c)
	if err != nil {
		return err
	}
	access, err := accessToken(c.Request())
	if err != nil {
		access = "" // the refresh token alone will do
	}
	if err := h.service.Logout(c.Request().Context(), access, refresh); err != nil {
		return err
	}
	h.cookies.clear(c)
	return c.NoContent(http.StatusNoContent)
}

// refreshToken is the one of the body, else the browser's cookie, else "".
func refreshToken(c echo.Context) (string, error) {
	req, err := decodeOptional[refreshRequest](c)
	if err != nil || req.RefreshToken != "" {
		return req.RefreshToken, err
	}
	cookie, err := c.Request().Cookie(refreshCookie)
	if err != nil {
		return "", nil //nolint:nilerr // no cookie, no token
	}
	return cookie.Value, nil
}

func (h *Auth) device(c echo.Context) service.Device {
	return service.Device{UserAgent: c.Request().UserAgent(), Address: h.peers.Address(c.Request()).String()}
}

type signedInAnswer struct {
	User        service.SelfView `json:"user"`
	AccessToken string           `json:"accessToken"`
	ExpiresAt   chat.Time        `json:"expiresAt"`
	// RefreshToken is for clients that keep no cookies; scripts of a browser never see it.
	RefreshToken string `json:"refreshToken,omitempty"`
}

func (h *Auth) answer(c echo.Context, status int, in service.SignedIn) error {
	h.cookies.set(c, in)
	answer := signedInAnswer{User: in.User, AccessToken: in.AccessToken, ExpiresAt: chat.TimeOf(in.AccessUntil)}
	if c.Request().Header.Get("X-Parley-Client") == "native" {
		answer.RefreshToken = in.RefreshToken
	}
	return c.JSON(status, answer)
}
