package httpapi

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/ratelimit"
)

// UsersService is the directory and the viewer's own account; service.Users is one.
type UsersService interface {
	Find(ctx context.Context, v service.Viewer, q string, after service.UserPosition, limit int) ([]service.UserView, *service.UserPosition, error)
	Get(ctx context.Context, v service.Viewer, id chat.UserID) (service.ProfileView, error)
	Me(ctx context.Context, v service.Viewer) (service.SelfView, error)
	UpdateMe(ctx context.Context, v service.Viewer, change service.ProfileChange) (service.SelfView, error)
}

// Users serves /api/users and /api/auth/me.
type Users struct {
	service UsersService
	search  ratelimit.Limit
}

// NewUsers serves svc; search limits the directory, per user.
func NewUsers(svc UsersService, search ratelimit.Limit) *Users { return &Users{svc, search} }

// Routes are the handler's.
func (h *Users) Routes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: "/api/auth/me", Handler: h.me},
		{Method: http.MethodPatch, Path: "/api/auth/me", Handler: h.updateMe},
		{Method: http.MethodGet, Path: "/api/users", Handler: h.find, Limit: PerUser(h.search)},
		{Method: http.MethodGet, Path: "/api/users/:id", Handler: h.get},
	}
}

type userAnswer[T any] struct {
	User T `json:"user"`
}

type usersAnswer struct {
	Users      []service.UserView `json:"users"`
	NextCursor *string            `json:"nextCursor"`
}

func (h *Users) me(c echo.Context) error {
	me, err := h.service.Me(c.Request().Context(), viewer(c))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, userAnswer[service.SelfView]{me})
}

type profileRequest struct {
	FullName       optional[string]        `json:"fullName"`
	Bio            optional[string]        `json:"bio"`
	AvatarUploadID optional[chat.UploadID] `json:"avatarUploadId"`
	Settings       presenceRequest         `json:"settings"`
}

type presenceRequest struct {
	LastSeen  *string `json:"lastSeen"`
	Invisible *bool   `json:"invisible"`
}

func (h *Users) updateMe(c echo.Context) error {
	req, err := decode[profileRequest](c)
	if err != nil {
		return err
	}
	change := service.ProfileChange{
		FullName: req.FullName.orZero(), Bio: req.Bio.orZero(), AvatarUploadID: req.AvatarUploadID.orZero(),
		LastSeen: req.Settings.LastSeen, Invisible: req.Settings.Invisible,
	}
	me, err := h.service.UpdateMe(c.Request().Context(), viewer(c), change)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, userAnswer[service.SelfView]{me})
}

func (h *Users) find(c echo.Context) error {
	limit, err := limitParam(c)
	if err != nil {
		return err
	}
	after, err := cursorParam[service.UserPosition](c)
	if err != nil {
		return err
	}
	users, next, err := h.service.Find(c.Request().Context(), viewer(c), c.QueryParam("q"), after, limit)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, usersAnswer{users, encodeCursor(next)})
}

func (h *Users) get(c echo.Context) error {
	id, err := pathID[chat.UserID](c, "id")
	if err != nil {
		return err
	}
	user, err := h.service.Get(c.Request().Context(), viewer(c), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, userAnswer[service.ProfileView]{user})
}
