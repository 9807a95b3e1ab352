package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/ratelimit"
)

// SearchService finds messages; service.Search is one.
type SearchService interface {
	Find(ctx context.Context, v service.Viewer, r service.SearchRequest) ([]service.SearchResult, chat.SearchPosition, error)
}

// Search serves /api/search.
type Search struct {
	service SearchService
	limit   ratelimit.Limit
}

// NewSearch serves svc; limit is per user.
func NewSearch(svc SearchService, limit ratelimit.Limit) *Search { return &Search{svc, limit} }

// Routes of the module.
func (h *Search) Routes() []Route {
	return []Route{{Method: http.MethodGet, Path: "/api/search", Handler: h.find, Limit: PerUser(h.limit)}}
}

// searchCursor is chat.SearchPosition on the wire.
type searchCursor struct {
	Position chat.SearchPosition `json:"p"`
}

type searchAnswer struct {
	Results    []service.SearchResult `json:"results"`
	NextCursor *string                `json:"nextCursor"`
}

func (h *Search) find(c echo.Context) error {
	limit, err := limitParam(c)
	if err != nil {
		return err
	}
	from, err := cursorParam[searchCursor](c)
	if err != nil {
		return err
	}
	after, err := timeParam(c, "after")
	if err != nil {
		return err
	}
	before, err := timeParam(c, "before")
	if err != nil {
		return err
	}
	results, next, err := h.service.Find(c.Request().Context(), viewer(c), service.SearchRequest{
		Q: c.QueryParam("q"), ConversationID: chat.ConversationID(c.QueryParam("conversationId")), SenderID: chat.UserID(c.QueryParam("senderId")),
		Has: chat.Content(c.QueryParam("has")), After: after, Before: before, From: from.Position, Limit: limit,
	})
	if err != nil {
		return err
	}
	answer := searchAnswer{Results: results}
	if next != "" {
		answer.NextCursor = encodeCursor(&searchCursor{next})
	}
	return c.JSON(http.StatusOK, answer)
}

// timeParam is a time of the query, 0 where none is given. Refuses with CodeValidation, naming the parameter.
func timeParam(c echo.Context, name string) (chat.Time, error) {
	s := c.QueryParam(name)
	if s == "" {
		return 0, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || t.Before(time.UnixMilli(0)) || t.Year() > 9999 {
		return 0, invalidParam(name, "must be a time as in 2026-01-31T12:00:00Z")
	}
	return chat.TimeOf(t), nil
}
