package httpapi

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/ratelimit"
)

// Invites are the routes of links into groups.
type Invites struct {
	service *service.Invites
	limit   ratelimit.Limit
}

// NewInvites serves s; limit is per user, for making invites and for trying codes together.
func NewInvites(s *service.Invites, limit ratelimit.Limit) *Invites { return &Invites{s, limit} }

// Routes of the module.
func (h *Invites) Routes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: "/api/conversations/:id/invites", Handler: h.list},
		{Method: http.MethodPost, Path: "/api/conversations/:id/invites", Handler: h.create, Limit: PerUser(h.limit)},
		{Method: http.MethodDelete, Path: "/api/conversations/:id/invites/:inviteId", Handler: h.revoke},
		{Method: http.MethodGet, Path: "/api/invites/:code", Handler: h.preview, Limit: PerUser(h.limit)},
		{Method: http.MethodPost, Path: "/api/invites/:code/join", Handler: h.join, Limit: PerUser(h.limit)},
	}
}

type newInvite struct {
	ExpiresInSeconds optional[int64] `json:"expiresInSeconds"`
	MaxUses          optional[int64] `json:"maxUses"`
}

type inviteAnswer struct {
	Invite service.InviteView `json:"invite"`
}

type invitesAnswer struct {
	Invites []service.InviteView `json:"invites"`
}

func (h *Invites) list(c echo.Context) error {
	id, err := pathID[chat.ConversationID](c, "id")
	if err != nil {
		return err
	}
	views, err := h.service.List(c.Request().Context(), viewer(c), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, invitesAnswer{views})
}

func (h *Invites) create(c echo.Context) error {
	id, err := pathID[chat.ConversationID](c, "id")
	if err != nil {
		return err
	}
	in, err := decodeOptional[newInvite](c)
	if err != nil {
		return err
	}
	view, err := h.service.Create(c.Request().Context(), viewer(c), id, service.NewInvite{
		ExpiresIn: in.ExpiresInSeconds.orZero(), MaxUses: in.MaxUses.orZero(),
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, inviteAnswer{view})
}

func (h *Invites) revoke(c echo.Context) error {
	id, err := pathID[chat.ConversationID](c, "id")
	if err != nil {
		return err
	}
	invite, err := pathID[chat.InviteID](c, "inviteId")
	if err != nil {
		return err
	}
	if err := h.service.Revoke(c.Request().Context(), viewer(c), id, invite); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (h *Invites) preview(c echo.Context) error {
	view, err := h.service.Preview(c.Request().Context(), viewer(c), c.Param("code"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, view)
}

func (h *Invites) join(c echo.Context) error {
	view, err := h.service.Join(c.Request().Context(), viewer(c), c.Param("code"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, conversationAnswer{view})
}
