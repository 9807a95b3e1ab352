package httpapi

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/ratelimit"
)

// messagePath is the message that a path names.
func messagePath(c echo.Context) (chat.ConversationID, chat.MessageID, error) {
	id, err := pathID[chat.ConversationID](c, "id")
	if err != nil {
		return "", "", err
	}
	message, err := pathID[chat.MessageID](c, "messageId")
	return id, message, err
}

func (h *Messages) get(c echo.Context) error {
	id, message, err := messagePath(c)
	if err != nil {
		return err
	}
	found, err := h.service.Message(c.Request().Context(), viewer(c), id, message)
	if err != nil {
		return err
	}
	return answerMessage(c, http.StatusOK, found)
}

type edit struct {
	Text string `json:"text"`
}

func (h *Messages) edit(c echo.Context) error {
	id, message, err := messagePath(c)
	if err != nil {
		return err
	}
	in, err := decode[edit](c)
	if err != nil {
		return err
	}
	after, limit, err := h.service.Edit(c.Request().Context(), viewer(c), id, message, in.Text)
	return changed(c, after, limit, err)
}

func (h *Messages) delete(c echo.Context) error {
	id, message, err := messagePath(c)
	if err != nil {
		return err
	}
	limit, err := h.service.Delete(c.Request().Context(), viewer(c), id, message)
	return gone(c, limit, err)
}

// changed answers with the message as it is after a change.
func changed(c echo.Context, after chat.Message, limit *ratelimit.Decision, err error) error {
	tellLimit(c, limit)
	if err != nil {
		return err
	}
	return answerMessage(c, http.StatusOK, after)
}

// gone answers with nothing.
func gone(c echo.Context, limit *ratelimit.Decision, err error) error {
	tellLimit(c, limit)
	if err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
