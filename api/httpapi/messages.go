package httpapi

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
)

// Messages are the routes of messages.
type Messages struct{ service *service.Messages }

// NewMessages serves s.
func NewMessages(s *service.Messages) *Messages { return &Messages{s} }

const oneMessage = "/api/conversations/:id/messages/:messageId"

// Routes of the module.
func (h *Messages) Routes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: "/api/conversations/:id/messages", Handler: h.history},
		{Method: http.MethodPost, Path: "/api/conversations/:id/messages", Handler: h.send},
		{Method: http.MethodGet, Path: oneMessage, Handler: h.get},
		{Method: http.MethodPatch, Path: oneMessage, Handler: h.edit},
		{Method: http.MethodDelete, Path: oneMessage, Handler: h.delete},
		{Method: http.MethodPut, Path: oneMessage + "/reactions/:emoji", Handler: h.react},
		{Method: http.MethodDelete, Path: oneMessage + "/reactions/:emoji", Handler: h.unreact},
		{Method: http.MethodPut, Path: oneMessage + "/pin", Handler: h.pin},
		{Method: http.MethodDelete, Path: oneMessage + "/pin", Handler: h.unpin},
		{Method: http.MethodGet, Path: "/api/conversations/:id/pins", Handler: h.pins},
	}
}

func (h *Messages) history(c echo.Context) error {
	id, err := pathID[chat.ConversationID](c, "id")
	if err != nil {
		return err
	}
	limit, err := limitParam(c)
	if err != nil {
		return err
	}
	page, err := h.service.History(c.Request().Context(), viewer(c), id, service.HistoryQuery{
		Before: c.QueryParam("before"), After: c.QueryParam("after"), Around: c.QueryParam("around"), Limit: limit,
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, page)
}

// answerBytes is about how large an answer with a message is without its text.
const answerBytes = 448

// answerMessage is {"message": m}.
func answerMessage(c echo.Context, status int, m chat.Message) error {
	b := make([]byte, 0, answerBytes+len(m.Text))
	b = m.AppendJSON(append(b, `{"message":`...))
	return c.Blob(status, echo.MIMEApplicationJSON, append(b, "}\n"...))
}

func (h *Messages) send(c echo.Context) error {
	id, err := pathID[chat.ConversationID](c, "id")
	if err != nil {
		return err
	}
	in, err := decode[service.NewMessage](c)
	if err != nil {
		return err
	}
	sent, limit, err := h.service.Send(c.Request().Context(), viewer(c), id, in)
	tellLimit(c, limit)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if sent.Created {
		status = http.StatusCreated
	}
	return answerMessage(c, status, sent.Message)
}
