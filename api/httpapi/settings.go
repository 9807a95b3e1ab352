package httpapi

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
)

// Settings are the routes of what members set for themselves.
type Settings struct{ service *service.Conversations }

// NewSettings serves s.
func NewSettings(s *service.Conversations) *Settings { return &Settings{s} }

// Routes of the module.
func (h *Settings) Routes() []Route {
	return []Route{{Method: http.MethodPatch, Path: "/api/conversations/:id/settings", Handler: h.update}}
}

type settingsRequest struct {
	MutedUntil   optional[chat.Time] `json:"mutedUntil"`
	Archived     optional[bool]      `json:"archived"`
	Pinned       optional[bool]      `json:"pinned"`
	MarkedUnread optional[bool]      `json:"markedUnread"`
}

func (h *Settings) update(c echo.Context) error {
	id, err := pathID[chat.ConversationID](c, "id")
	if err != nil {
		return err
	}
	in, err := decode[settingsRequest](c)
	if err != nil {
		return err
	}
	view, err := h.service.UpdateSettings(c.Request().Context(), viewer(c), id, service.SettingsChange{
		MutedUntil: in.MutedUntil.orZero(), Archived: in.Archived.orZero(), Pinned: in.Pinned.orZero(), MarkedUnread: in.MarkedUnread.orZero(),
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, conversationAnswer{view})
}
