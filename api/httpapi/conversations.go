package httpapi

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/ratelimit"
)

// Conversations are the routes of conversations.
type Conversations struct {
	service *service.Conversations
	groups  *service.Groups
	limiter *Limiter
	search  ratelimit.Limit
}

// NewConversations serves s; groups are made by g. search limits how often a user looks for conversations by name.
func NewConversations(s *service.Conversations, g *service.Groups, limiter *Limiter, search ratelimit.Limit) *Conversations {
	return &Conversations{s, g, limiter, search}
}

// Routes of the module.
func (h *Conversations) Routes() []Route {
	return []Route{
		{Method: http.MethodPost, Path: "/api/conversations", Handler: h.create},
		{Method: http.MethodGet, Path: "/api/conversations", Handler: h.list},
		{Method: http.MethodGet, Path: "/api/conversations/:id", Handler: h.get},
	}
}

type newConversation struct {
	Type chat.ConversationType `json:"type"`
	// UserID is for direct conversations, all that follows for groups.
	UserID         chat.UserID   `json:"userId"`
	ClientID       string        `json:"clientId"`
	Title          string        `json:"title"`
	Description    string        `json:"description"`
	AvatarUploadID chat.UploadID `json:"avatarUploadId"`
	MemberIDs      []chat.UserID `json:"memberIds"`
}

// check refuses what belongs to the other type. A clientId is good with both, though a direct conversation needs none.
func (in newConversation) check() error {
	const ofGroups = "is for groups only"
	switch direct := in.Type == chat.Direct; {
	case in.Type == chat.Group && in.UserID != "":
		return invalidParam("userId", "is for direct conversations only")
	case direct && in.Title != "":
		return invalidParam("title", ofGroups)
	case direct && in.Description != "":
		return invalidParam("description", ofGroups)
	case direct && in.AvatarUploadID != "":
		return invalidParam("avatarUploadId", ofGroups)
	case direct && in.MemberIDs != nil:
		return invalidParam("memberIds", ofGroups)
	}
	return nil
}

type conversationAnswer struct {
	Conversation service.ConversationView `json:"conversation"`
}

func (h *Conversations) create(c echo.Context) error {
	in, err := decode[newConversation](c)
	if err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	var view service.ConversationView
	var created bool
	switch in.Type {
	case chat.Direct:
		view, created, err = h.service.CreateDirect(c.Request().Context(), viewer(c), in.UserID)
	case chat.Group:
		view, created, err = h.groups.Create(c.Request().Context(), viewer(c), service.NewGroup{
			ClientID: in.ClientID, Title: in.Title, Description: in.Description, AvatarUploadID: in.AvatarUploadID, MemberIDs: in.MemberIDs,
		})
	default:
		err = invalidParam("type", `must be "direct" or "group"`)
	}
	if err != nil {
		return err
	}
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	return c.JSON(status, conversationAnswer{view})
}

// conversationCursor is chat.ConversationCursor on the wire.
type conversationCursor struct {
	LastActivityAt chat.Time           `json:"t"`
	ID             chat.ConversationID `json:"id"`
}

type conversationsAnswer struct {
	Conversations []service.ConversationView `json:"conversations"`
	NextCursor    *string                    `json:"nextCursor"`
}

func (h *Conversations) list(c echo.Context) error {
	limit, err := limitParam(c)
	if err != nil {
		return err
	}
	after, err := cursorParam[conversationCursor](c)
	if err != nil {
		return err
	}
	var views []service.ConversationView
	var next *chat.ConversationCursor
	if q := c.QueryParam("q"); strings.TrimSpace(q) == "" {
		views, next, err = h.service.List(c.Request().Context(), viewer(c), chat.ConversationCursor(after), limit)
	} else if err = h.limiter.take(c, h.search, string(viewer(c).UserID)); err == nil {
		views, next, err = h.service.Find(c.Request().Context(), viewer(c), q, chat.ConversationCursor(after), limit)
	}
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, conversationsAnswer{views, encodeCursor((*conversationCursor)(next))})
}

func (h *Conversations) get(c echo.Context) error {
	id, err := pathID[chat.ConversationID](c, "id")
	if err != nil {
		return err
	}
	view, err := h.service.Get(c.Request().Context(), viewer(c), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, conversationAnswer{view})
}
