package client

import (
	"context"
	"errors"
	"net/http"
	"sync"
)

// Session is one signed-in device of a user. When the access token is refused, it refreshes it, and when that is
// refused too, it signs in again if it knows the password. Safe for concurrent use.
type Session struct {
	client *Client
	shared *credentials
}

type credentials struct {
	user            User
	email, password string

	refreshing sync.Mutex // held while new tokens are on their way
	mu         sync.Mutex // guards access, refresh
	access     string
	refresh    string
}

type signedIn struct {
	User         User   `json:"user"`
	AccessToken  string `json:"accessToken"`
	RefreshToken string `json:"refreshToken"`
}

// SignUp makes an account and signs it in. An *Error with code email_taken says that it exists.
func (c *Client) SignUp(ctx context.Context, fullName, email, password string) (*Session, error) {
	return c.signIn(ctx, "/api/auth/signup", email, password,
		map[string]string{"fullName": fullName, "email": email, "password": password})
}

// LogIn signs a device in. The session signs itself in again when it has to.
func (c *Client) LogIn(ctx context.Context, email, password string) (*Session, error) {
	return c.signIn(ctx, "/api/auth/login", email, password, map[string]string{"email": email, "password": password})
}

func (c *Client) signIn(ctx context.Context, path, email, password string, body any) (*Session, error) {
	var answer signedIn
	if _, err := c.call(ctx, request{method: http.MethodPost, path: path, body: body}, &answer); err != nil {
		return nil, err
	}
	return &Session{c, &credentials{
		user: answer.User, email: email, password: password,
		access: answer.AccessToken, refresh: answer.RefreshToken,
	}}, nil
}

// Via is the same session through another client: another node, another door.
func (s *Session) Via(c *Client) *Session { return &Session{c, s.shared} }

// ForgetPassword leaves only the tokens: once they are refused, the session has ended.
func (s *Session) ForgetPassword() {
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	s.shared.password = ""
}

// User is the account at the time of signing in.
func (s *Session) User() User { return s.shared.user }

// AccessToken is the current one.
func (s *Session) AccessToken() string {
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	return s.shared.access
}

// RefreshToken is the current one.
func (s *Session) RefreshToken() string {
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	return s.shared.refresh
}

// Refresh gets new tokens in place of access, the token that was refused; if they have been replaced since, it does
// nothing. It returns ErrSignedOut when neither the refresh token nor the password is accepted.
func (s *Session) Refresh(ctx context.Context, access string) error {
	s.shared.refreshing.Lock()
	defer s.shared.refreshing.Unlock()
	s.shared.mu.Lock()
	current, refresh, password := s.shared.access, s.shared.refresh, s.shared.password
	s.shared.mu.Unlock()
	if current != access {
		return nil
	}
	err := s.renew(ctx, "/api/auth/refresh", map[string]string{"refreshToken": refresh})
	if refused(err) && password != "" {
		err = s.renew(ctx, "/api/auth/login", map[string]string{"email": s.shared.email, "password": password})
	}
	if refused(err) {
		return errors.Join(ErrSignedOut, err)
	}
	return err
}

func (s *Session) renew(ctx context.Context, path string, body any) error {
	var answer signedIn
	if _, err := s.client.call(ctx, request{method: http.MethodPost, path: path, body: body}, &answer); err != nil {
		return err
	}
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	s.shared.access, s.shared.refresh = answer.AccessToken, answer.RefreshToken
	return nil
}

// LogOut ends the session on the server.
func (s *Session) LogOut(ctx context.Context) error {
	_, err := s.client.call(ctx, request{method: http.MethodPost, path: "/api/auth/logout", token: s.AccessToken()}, nil)
	return err
}

// call is Client.call with the session's token, once more after a refresh.
func (s *Session) call(ctx context.Context, r request, out any) (int, error) {
	r.token = s.AccessToken()
	status, err := s.client.call(ctx, r, out)
	if !refused(err) {
		return status, err
	}
	if err := s.Refresh(ctx, r.token); err != nil {
		return status, err
	}
	r.token = s.AccessToken()
	return s.client.call(ctx, r, out)
}

// refused tells whether the server did not accept who asked.
func refused(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == http.StatusUnauthorized
}
