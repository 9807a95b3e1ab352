package httpapi

import (
	"context"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/ratelimit"
)

func (h *Messages) react(c echo.Context) error {
	return h.reaction(c, h.service.React)
}

func (h *Messages) unreact(c echo.Context) error {
	return h.reaction(c, h.service.Unreact)
}

// reactor is a change of one of the viewer's reactions.
type reactor func(context.Context, service.Viewer, chat.ConversationID, chat.MessageID, string) (chat.Message, *ratelimit.Decision, error)

func (h *Messages) reaction(c echo.Context, do reactor) error {
	id, message, err := messagePath(c)
	if err != nil {
		return err
	}
	emoji, err := url.PathUnescape(c.Param("emoji"))
	if err != nil {
		return service.Refuse(service.CodeNotFound, "no such thing")
	}
	after, limit, err := do(c.Request().Context(), viewer(c), id, message, emoji)
	return changed(c, after, limit, err)
}
