package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Invite is a link into a group.
type Invite struct {
	ID        string     `json:"id"`
	Code      string     `json:"code"`
	URL       string     `json:"url"`
	ExpiresAt *time.Time `json:"expiresAt"`
	MaxUses   *int       `json:"maxUses"`
	Uses      int        `json:"uses"`
}

// InvitePreview is where an invite leads. ConversationID is nil for who is no member.
type InvitePreview struct {
	Title          string  `json:"title"`
	MemberCount    int     `json:"memberCount"`
	ConversationID *string `json:"conversationId"`
}

// Invite makes an invite that is good for so many people (0 is any number) and so many seconds.
func (s *Session) Invite(ctx context.Context, conversationID string, maxUses, seconds int) (Invite, error) {
	var answer struct{ Invite Invite }
	_, err := s.call(ctx, request{
		method: http.MethodPost, path: conversationPath(conversationID, "/invites"), body: map[string]int{"maxUses": maxUses, "expiresInSeconds": seconds},
	}, &answer)
	return answer.Invite, err
}

// Invites are those of a group that are neither revoked nor expired.
func (s *Session) Invites(ctx context.Context, conversationID string) ([]Invite, error) {
	var answer struct{ Invites []Invite }
	_, err := s.call(ctx, request{method: http.MethodGet, path: conversationPath(conversationID, "/invites")}, &answer)
	return answer.Invites, err
}

// RevokeInvite ends an invite.
func (s *Session) RevokeInvite(ctx context.Context, conversationID, inviteID string) error {
	_, err := s.call(ctx, request{method: http.MethodDelete, path: conversationPath(conversationID, "/invites/"+url.PathEscape(inviteID))}, nil)
	return err
}

// PreviewInvite tells where an invite leads.
func (s *Session) PreviewInvite(ctx context.Context, code string) (InvitePreview, error) {
	var preview InvitePreview
	_, err := s.call(ctx, request{method: http.MethodGet, path: "/api/invites/" + url.PathEscape(code)}, &preview)
	return preview, err
}

// Join joins a group by an invite.
func (s *Session) Join(ctx context.Context, code string) (Conversation, error) {
	var answer struct{ Conversation Conversation }
	_, err := s.call(ctx, request{method: http.MethodPost, path: "/api/invites/" + url.PathEscape(code) + "/join"}, &answer)
	return answer.Conversation, err
}
