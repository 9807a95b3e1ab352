package httpapi

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/ratelimit"
)

// RecoveryService changes passwords and proves addresses, also by links that were mailed; service.Auth does.
type RecoveryService interface {
	ChangePassword(ctx context.Context, v service.Viewer, current, next string) error
	ForgotPassword(ctx context.Context, email string) error
	ResetPassword(ctx context.Context, token, password string) error
	SendVerification(ctx context.Context, v service.Viewer) error
	VerifyEmail(ctx context.Context, token string) error
}

// Recovery serves what of /api/auth is about passwords and addresses.
type Recovery struct {
	service RecoveryService
	// perAddress is on what can be done without being signed in.
	perAddress ratelimit.Limit
	guard      *failureGuard
}

// NewRecovery serves svc; of limits it takes Recovery, and LoginFailure for wrong current passwords.
func NewRecovery(svc RecoveryService, limiter *Limiter, limits AuthLimits) *Recovery {
	return &Recovery{svc, limits.Recovery, newFailureGuard(limiter, limits.LoginFailure)}
}

// Routes are the handler's.
func (h *Recovery) Routes() []Route {
	public := func(path string, handler echo.HandlerFunc) Route {
		return Route{Method: http.MethodPost, Path: path, Handler: handler, Public: true, Limit: PerAddress(h.perAddress)}
	}
	return []Route{
		{Method: http.MethodPost, Path: "/api/auth/password", Handler: h.change},
		public("/api/auth/password/forgot", h.forgot),
		public("/api/auth/password/reset", h.reset),
		public("/api/auth/verify-email", h.verify),
		{Method: http.MethodPost, Path: "/api/auth/verify-email/send", Handler: h.sendVerification},
	}
}

type passwordChange struct {
	CurrentPassword string `json:"currentPassword"`
	NewPassword     string `json:"newPassword"`
}

func (h *Recovery) change(c echo.Context) error {
	in, err := decode[passwordChange](c)
	if err != nil {
		return err
	}
	// Whoever has found an open session must not guess the password with it, from wherever.
	attempt := attemptOn("session", string(viewer(c).UserID))
	if err := h.guard.check(c, attempt); err != nil {
		return err
	}
	if err := h.service.ChangePassword(c.Request().Context(), viewer(c), in.CurrentPassword, in.NewPassword); err != nil {
		return h.guard.judge(c, attempt, err)
	}
	return c.NoContent(http.StatusNoContent)
}

type forgotRequest struct {
	Email string `json:"email"`
}

func (h *Recovery) forgot(c echo.Context) error {
	in, err := decode[forgotRequest](c)
	if err != nil {
		return err
	}
	return done(c, h.service.ForgotPassword(c.Request().Context(), in.Email))
}

type resetRequest struct {
	Token    string `json:"token"`
	Password string `json:"password"`
}

func (h *Recovery) reset(c echo.Context) error {
	in, err := decode[resetRequest](c)
	if err != nil {
		return err
	}
	return done(c, h.service.ResetPassword(c.Request().Context(), in.Token, in.Password))
}

type verifyRequest struct {
	Token string `json:"token"`
}

func (h *Recovery) verify(c echo.Context) error {
	in, err := decode[verifyRequest](c)
	if err != nil {
		return err
	}
	return done(c, h.service.VerifyEmail(c.Request().Context(), in.Token))
}

func (h *Recovery) sendVerification(c echo.Context) error {
	return done(c, h.service.SendVerification(c.Request().Context(), viewer(c)))
}

// done answers 204, or err.
func done(c echo.Context, err error) error {
	if err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
