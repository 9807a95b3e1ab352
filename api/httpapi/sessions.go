package httpapi

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/peer"
)

// SessionsService lists and ends the viewer's sessions; service.Sessions does.
type SessionsService interface {
	List(ctx context.Context, v service.Viewer) ([]service.SessionView, error)
	Revoke(ctx context.Context, v service.Viewer, id chat.SessionID) error
}

// Sessions serves /api/auth/sessions.
type Sessions struct {
	service SessionsService
	cookies cookieJar
}

// NewSessions serves svc.
func NewSessions(svc SessionsService, peers *peer.Rules) *Sessions {
	return &Sessions{svc, cookieJar{peers}}
}

// Routes are the handler's.
func (h *Sessions) Routes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: "/api/auth/sessions", Handler: h.list},
		{Method: http.MethodDelete, Path: "/api/auth/sessions/:id", Handler: h.revoke},
	}
}

type sessionsAnswer struct {
	Sessions []service.SessionView `json:"sessions"`
}

func (h *Sessions) list(c echo.Context) error {
	sessions, err := h.service.List(c.Request().Context(), viewer(c))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, sessionsAnswer{sessions})
}

func (h *Sessions) revoke(c echo.Context) error {
	id, err := pathID[chat.SessionID](c, "id")
	if err != nil {
		return err
	}
	v := viewer(c)
	if err := h.service.Revoke(c.Request().Context(), v, id); err != nil {
		return err
	}
	if id == v.SessionID {
		h.cookies.clear(c)
	}
	return c.NoContent(http.StatusNoContent)
}
