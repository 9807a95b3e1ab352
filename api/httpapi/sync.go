package httpapi

import (
	"math"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
)

// syncBodyLimit, in bytes, has room for service.MaxSyncCursors conversations.
const syncBodyLimit = 1 << 20

// Sync are the routes by which clients catch up.
type Sync struct{ service *service.Conversations }

// NewSync serves s.
func NewSync(s *service.Conversations) *Sync { return &Sync{s} }

// Routes of the module.
func (h *Sync) Routes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: "/api/conversations/:id/events", Handler: h.events},
		{Method: http.MethodPost, Path: "/api/sync", Handler: h.sync, BodyLimit: syncBodyLimit},
	}
}

func (h *Sync) events(c echo.Context) error {
	id, err := pathID[chat.ConversationID](c, "id")
	if err != nil {
		return err
	}
	after, err := intParam(c, "after", 0, 0, math.MaxInt64)
	if err != nil {
		return err
	}
	limit, err := intParam(c, "limit", chat.MaxSyncEvents, 1, chat.MaxSyncEvents)
	if err != nil {
		return err
	}
	page, err := h.service.Events(c.Request().Context(), viewer(c), id, after, int(limit))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, page)
}

type syncRequest struct {
	Conversations map[chat.ConversationID]int64 `json:"conversations"`
}

func (h *Sync) sync(c echo.Context) error {
	in, err := decode[syncRequest](c)
	if err != nil {
		return err
	}
	result, err := h.service.Sync(c.Request().Context(), viewer(c), in.Conversations)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, result)
}
