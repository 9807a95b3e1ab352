package client

import (
	"context"
	"net/http"
	"net/url"
)

// UnreadCounts is how much waits to be read in some conversations.
type UnreadCounts struct {
	Unread        int64 `json:"unread"`
	Mentions      int64 `json:"mentions"`
	Conversations int64 `json:"conversations"`
}

// UnreadTotal counts over all of the user's conversations, the muted ones apart.
type UnreadTotal struct {
	UnreadCounts
	Muted UnreadCounts `json:"muted"`
}

// Unread counts what waits to be read.
func (s *Session) Unread(ctx context.Context) (UnreadTotal, error) {
	var total UnreadTotal
	_, err := s.call(ctx, request{method: http.MethodGet, path: "/api/unread"}, &total)
	return total, err
}

// Configure changes what the user has set for a conversation: mutedUntil, archived, pinned, markedUnread.
func (s *Session) Configure(ctx context.Context, conversationID string, settings map[string]any) (Conversation, error) {
	var answer struct{ Conversation Conversation }
	_, err := s.call(ctx, request{method: http.MethodPatch, path: conversationPath(conversationID, "/settings"), body: settings}, &answer)
	return answer.Conversation, err
}

// Delivered tells up to which seq the user has each conversation.
func (s *Session) Delivered(ctx context.Context, seqs map[string]int64) error {
	_, err := s.call(ctx, request{method: http.MethodPost, path: "/api/delivered", body: map[string]any{"conversations": seqs}}, nil)
	return err
}

// Block makes somebody one from whom the user wants nothing.
func (s *Session) Block(ctx context.Context, userID string) error {
	_, err := s.call(ctx, request{method: http.MethodPut, path: blockPath(userID)}, nil)
	return err
}

// Unblock ends that.
func (s *Session) Unblock(ctx context.Context, userID string) error {
	_, err := s.call(ctx, request{method: http.MethodDelete, path: blockPath(userID)}, nil)
	return err
}

func blockPath(userID string) string { return "/api/users/" + url.PathEscape(userID) + "/block" }

// FindConversations are the first of the user's conversations that are called so.
func (s *Session) FindConversations(ctx context.Context, q string) ([]Conversation, error) {
	var page struct{ Conversations []Conversation }
	_, err := s.call(ctx, request{method: http.MethodGet, path: "/api/conversations", query: url.Values{"q": {q}}}, &page)
	return page.Conversations, err
}

// SetPresence changes what the user lets others see of their presence: lastSeen, invisible.
func (s *Session) SetPresence(ctx context.Context, settings map[string]any) error {
	_, err := s.call(ctx, request{method: http.MethodPatch, path: "/api/auth/me", body: map[string]any{"settings": settings}}, nil)
	return err
}
