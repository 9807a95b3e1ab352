package httpapi

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
)

// Receipts are the routes by which clients tell what has arrived and what was read, and ask what was not.
type Receipts struct{ service *service.Conversations }

// NewReceipts serves s.
func NewReceipts(s *service.Conversations) *Receipts { return &Receipts{s} }

// Routes of the module.
func (h *Receipts) Routes() []Route {
	return []Route{
		{Method: http.MethodPost, Path: "/api/conversations/:id/read", Handler: h.read},
		{Method: http.MethodPost, Path: "/api/delivered", Handler: h.delivered},
		{Method: http.MethodGet, Path: "/api/unread", Handler: h.unread},
	}
}

type readPosition struct {
	Seq int64 `json:"seq"`
}

type readAnswer struct {
	ReadSeq int64 `json:"readSeq"`
}

func (h *Receipts) read(c echo.Context) error {
	id, err := pathID[chat.ConversationID](c, "id")
	if err != nil {
		return err
	}
	in, err := decode[readPosition](c)
	if err != nil {
		return err
	}
	seq, err := h.service.MarkRead(c.Request().Context(), viewer(c), chat.ReadPosition{ConversationID: id, Seq: in.Seq})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, readAnswer{seq})
}

type deliveredRequest struct {
	Conversations map[chat.ConversationID]int64 `json:"conversations"`
}

func (h *Receipts) delivered(c echo.Context) error {
	in, err := decode[deliveredRequest](c)
	if err != nil {
		return err
	}
	if in.Conversations == nil {
		return invalidParam("conversations", "is missing")
	}
	if err := h.service.MarkDelivered(c.Request().Context(), viewer(c), in.Conversations); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (h *Receipts) unread(c echo.Context) error {
	total, err := h.service.Unread(c.Request().Context(), viewer(c))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, total)
}
