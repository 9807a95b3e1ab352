package client

import (
	"context"
	"net/http"
	"net/url"
)

// Me is the signed-in user as the server knows them now.
func (s *Session) Me(ctx context.Context) (User, error) {
	var answer struct{ User User }
	_, err := s.call(ctx, request{method: http.MethodGet, path: "/api/auth/me"}, &answer)
	return answer.User, err
}

// Devices are the sessions of the signed-in user.
func (s *Session) Devices(ctx context.Context) ([]DeviceSession, error) {
	var answer struct{ Sessions []DeviceSession }
	_, err := s.call(ctx, request{method: http.MethodGet, path: "/api/auth/sessions"}, &answer)
	return answer.Sessions, err
}

// Revoke ends one of the user's sessions.
func (s *Session) Revoke(ctx context.Context, id string) error {
	_, err := s.call(ctx, request{method: http.MethodDelete, path: "/api/auth/sessions/" + url.PathEscape(id)}, nil)
	return err
}
