package httpapi

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/parley-chat/parley/pkg/chat"
)

type pinsAnswer struct {
	Messages []chat.Message `json:"messages"`
}

func (h *Messages) pins(c echo.Context) error {
	id, err := pathID[chat.ConversationID](c, "id")
	if err != nil {
		return err
	}
	pins, err := h.service.Pins(c.Request().Context(), viewer(c), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, pinsAnswer{pins})
}

func (h *Messages) pin(c echo.Context) error {
	id, message, err := messagePath(c)
	if err != nil {
		return err
	}
	after, limit, err := h.service.Pin(c.Request().Context(), viewer(c), id, message)
	return changed(c, after, limit, err)
}

func (h *Messages) unpin(c echo.Context) error {
	id, message, err := messagePath(c)
	if err != nil {
		return err
	}
	limit, err := h.service.Unpin(c.Request().Context(), viewer(c), id, message)
	return gone(c, limit, err)
}
