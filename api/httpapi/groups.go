package httpapi

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
)

// Groups are the routes that change a group.
type Groups struct{ service *service.Groups }

// NewGroups serves s.
func NewGroups(s *service.Groups) *Groups { return &Groups{s} }

// Routes of the module.
func (h *Groups) Routes() []Route {
	return []Route{
		{Method: http.MethodPatch, Path: "/api/conversations/:id", Handler: h.update},
		{Method: http.MethodDelete, Path: "/api/conversations/:id", Handler: h.delete},
		{Method: http.MethodGet, Path: "/api/conversations/:id/members", Handler: h.members},
		{Method: http.MethodPost, Path: "/api/conversations/:id/members", Handler: h.add},
		{Method: http.MethodPatch, Path: "/api/conversations/:id/members/:userId", Handler: h.setRole},
		{Method: http.MethodDelete, Path: "/api/conversations/:id/members/:userId", Handler: h.remove},
	}
}

type groupChange struct {
	Title          optional[string]        `json:"title"`
	Description    optional[string]        `json:"description"`
	AvatarUploadID optional[chat.UploadID] `json:"avatarUploadId"`
}

func (h *Groups) update(c echo.Context) error {
	id, err := pathID[chat.ConversationID](c, "id")
	if err != nil {
		return err
	}
	in, err := decode[groupChange](c)
	if err != nil {
		return err
	}
	view, err := h.service.Update(c.Request().Context(), viewer(c), id, service.GroupChange{
		Title: in.Title.orZero(), Description: in.Description.orZero(), AvatarUploadID: in.AvatarUploadID.orZero(),
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, conversationAnswer{view})
}

func (h *Groups) delete(c echo.Context) error {
	id, err := pathID[chat.ConversationID](c, "id")
	if err != nil {
		return err
	}
	if err := h.service.Delete(c.Request().Context(), viewer(c), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

type membersAnswer struct {
	Members []service.MemberView `json:"members"`
}

type memberPage struct {
	membersAnswer
	NextCursor *string `json:"nextCursor"`
}

func (h *Groups) members(c echo.Context) error {
	id, err := pathID[chat.ConversationID](c, "id")
	if err != nil {
		return err
	}
	limit, err := limitParam(c)
	if err != nil {
		return err
	}
	after, err := cursorParam[service.MemberPosition](c)
	if err != nil {
		return err
	}
	views, next, err := h.service.Members(c.Request().Context(), viewer(c), id, c.QueryParam("q"), after, limit)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, memberPage{membersAnswer{views}, encodeCursor(next)})
}

type newMembers struct {
	UserIDs []chat.UserID `json:"userIds"`
}

func (h *Groups) add(c echo.Context) error {
	id, err := pathID[chat.ConversationID](c, "id")
	if err != nil {
		return err
	}
	in, err := decode[newMembers](c)
	if err != nil {
		return err
	}
	if in.UserIDs == nil {
		return invalidParam("userIds", "is missing")
	}
	views, err := h.service.Add(c.Request().Context(), viewer(c), id, in.UserIDs)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, membersAnswer{views})
}

type roleChange struct {
	Role chat.Role `json:"role"`
}

type memberAnswer struct {
	Member service.MemberView `json:"member"`
}

func (h *Groups) setRole(c echo.Context) error {
	id, user, err := memberPath(c)
	if err != nil {
		return err
	}
	in, err := decode[roleChange](c)
	if err != nil {
		return err
	}
	view, err := h.service.SetRole(c.Request().Context(), viewer(c), id, user, in.Role)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, memberAnswer{view})
}

func (h *Groups) remove(c echo.Context) error {
	id, user, err := memberPath(c)
	if err != nil {
		return err
	}
	if err := h.service.Remove(c.Request().Context(), viewer(c), id, user); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func memberPath(c echo.Context) (chat.ConversationID, chat.UserID, error) {
	id, err := pathID[chat.ConversationID](c, "id")
	if err != nil {
		return "", "", err
	}
	user, err := pathID[chat.UserID](c, "userId")
	return id, user, err
}
