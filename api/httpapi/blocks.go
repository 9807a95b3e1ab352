package httpapi

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
)

// BlocksService is whom the viewer has blocked; service.Blocks is one.
type BlocksService interface {
	Block(ctx context.Context, v service.Viewer, user chat.UserID) error
	Unblock(ctx context.Context, v service.Viewer, user chat.UserID) error
	Blocked(ctx context.Context, v service.Viewer, after service.BlockPosition, limit int) ([]service.UserView, *service.BlockPosition, error)
}

// Blocks are the routes of blocking.
type Blocks struct{ service BlocksService }

// NewBlocks serves svc.
func NewBlocks(svc BlocksService) *Blocks { return &Blocks{svc} }

// Routes are the handler's.
func (h *Blocks) Routes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: "/api/users/blocked", Handler: h.list},
		{Method: http.MethodPut, Path: "/api/users/:id/block", Handler: h.change(h.service.Block)},
		{Method: http.MethodDelete, Path: "/api/users/:id/block", Handler: h.change(h.service.Unblock)},
	}
}

func (h *Blocks) list(c echo.Context) error {
	limit, err := limitParam(c)
	if err != nil {
		return err
	}
	after, err := cursorParam[service.BlockPosition](c)
	if err != nil {
		return err
	}
	users, next, err := h.service.Blocked(c.Request().Context(), viewer(c), after, limit)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, usersAnswer{users, encodeCursor(next)})
}

func (h *Blocks) change(do func(context.Context, service.Viewer, chat.UserID) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		id, err := pathID[chat.UserID](c, "id")
		if err != nil {
			return err
		}
		if err := do(c.Request().Context(), viewer(c), id); err != nil {
			return err
		}
		return c.NoContent(http.StatusNoContent)
	}
}
