package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// Group makes a group of the user and others.
func (s *Session) Group(ctx context.Context, title string, userIDs ...string) (Conversation, error) {
	var answer struct{ Conversation Conversation }
	body := map[string]any{"type": "group", "title": title, "memberIds": append([]string{}, userIDs...)}
	_, err := s.call(ctx, request{method: http.MethodPost, path: "/api/conversations", body: body}, &answer)
	return answer.Conversation, err
}

// Rename gives a group another title.
func (s *Session) Rename(ctx context.Context, id, title string) (Conversation, error) {
	var answer struct{ Conversation Conversation }
	_, err := s.call(ctx, request{method: http.MethodPatch, path: conversationPath(id, ""), body: map[string]string{"title": title}}, &answer)
	return answer.Conversation, err
}

// AddMembers adds users to a group.
func (s *Session) AddMembers(ctx context.Context, id string, userIDs ...string) error {
	_, err := s.call(ctx, request{method: http.MethodPost, path: conversationPath(id, "/members"), body: map[string]any{"userIds": userIDs}}, nil)
	return err
}

// MembersPage is a part of a group's members: those of whom q is the beginning of a name, and all if it is "". next is the cursor of the
// following page; "" for the last one.
func (s *Session) MembersPage(ctx context.Context, id, q, cursor string, limit int) (members []Member, next string, err error) {
	query := url.Values{"limit": {strconv.Itoa(limit)}}
	if q != "" {
		query.Set("q", q)
	}
	if cursor != "" {
		query.Set("cursor", cursor)
	}
	var answer struct {
		Members    []Member
		NextCursor string
	}
	_, err = s.call(ctx, request{method: http.MethodGet, path: conversationPath(id, "/members"), query: query}, &answer)
	return answer.Members, answer.NextCursor, err
}

// SetRole makes a member an admin, a member, or the owner.
func (s *Session) SetRole(ctx context.Context, id, userID, role string) error {
	_, err := s.call(ctx, request{method: http.MethodPatch, path: memberPath(id, userID), body: map[string]string{"role": role}}, nil)
	return err
}

// RemoveMember removes a member; the user themselves leaves.
func (s *Session) RemoveMember(ctx context.Context, id, userID string) error {
	_, err := s.call(ctx, request{method: http.MethodDelete, path: memberPath(id, userID)}, nil)
	return err
}

func memberPath(id, userID string) string {
	return conversationPath(id, "/members/"+url.PathEscape(userID))
}
