package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/ratelimit"
	"github.com/parley-chat/parley/pkg/token"
)

// maxSessions is how many live sessions a user may have; the one used longest ago makes room for a new one.
const maxSessions = 50

// maxUserAgent is in bytes.
const maxUserAgent = 256

// AccountStore is what sign-up and sign-in need of a store; package store has the contract.
type AccountStore interface {
	CreateUser(ctx context.Context, u chat.User) error
	User(ctx context.Context, id chat.UserID) (chat.User, error)
	UserByEmail(ctx context.Context, email string) (chat.User, error)
	UpdateUser(ctx context.Context, id chat.UserID, p chat.UserPatch) (chat.User, error)
}

// Tokens makes tokens and knows its own; token.Issuer does.
type Tokens interface {
	AccessVerifier
	Access(user chat.UserID, session chat.SessionID, ttl time.Duration) (string, time.Time, error)
	Refresh(session chat.SessionID) string
	VerifyRefresh(token string) (chat.SessionID, error)
}

// Mailer writes to users about their accounts; mail.Letters does. It never blocks and never fails.
type Mailer interface {
	// Welcome greets a new user, with a link to prove the address unless token is "".
	Welcome(u chat.User, token string)
	VerifyEmail(u chat.User, token string)
	ResetPassword(u chat.User, token string)
	PasswordChanged(u chat.User)
}

// AuthOptions of NewAuth. All are needed.
type AuthOptions struct {
	Accounts  AccountStore
	Links     LinkStore
	Sessions  *Sessions
	Tokens    Tokens
	Passwords *Passwords
	Mailer    Mailer
	// Limiter keeps to MailLimit, which is on the links mailed to one address.
	Limiter   Limiter
	MailLimit ratelimit.Limit
	// AccessTTL is how long an access token is good, RefreshTTL how long a session lives without being used.
	AccessTTL  time.Duration
	RefreshTTL time.Duration
	Log        *slog.Logger
	Now        func() time.Time
}

// Auth signs people up, in and out.
type Auth struct{ AuthOptions }

// NewAuth works with opts.
func NewAuth(opts AuthOptions) *Auth { return &Auth{opts} }

// Device is what a session remembers of where it was started.
type Device struct {
	UserAgent string
	Address   string
}

// SignedIn is a session that was started or refreshed, with its tokens.
type SignedIn struct {
	User SelfView
	// AccessToken is good until AccessUntil, RefreshToken, once, until RefreshUntil.
	AccessToken  string
	AccessUntil  time.Time
	RefreshToken string
	RefreshUntil time.Time
}

// NewAccount is what somebody signs up with.
type NewAccount struct {
	FullName string
	Email    string
	Password string
}

// Signup makes an account and starts its first session. Refuses with CodeValidation, CodeEmailTaken and CodeUnavailable.
func (a *Auth) Signup(ctx context.Context, account NewAccount, device Device) (SignedIn, error) {
	var bad fieldErrors
	u := chat.User{
		ID:        chat.NewID[chat.UserID](),
		FullName:  bad.cleanName("fullName", account.FullName, chat.MaxFullName),
		Email:     bad.cleanEmail(account.Email),
		CreatedAt: chat.TimeOf(a.Now()),
	}
	bad.checkPassword("password", account.Password)
	if err := bad.err(); err != nil {
		return SignedIn{}, err
	}
	// The store has the last word; this only saves the hashing.
	if _, err := a.Accounts.UserByEmail(ctx, u.Email); err == nil {
		return SignedIn{}, emailTaken(chat.ErrEmailTaken)
	} else if !errors.Is(err, chat.ErrNotFound) {
		return SignedIn{}, fromStore(err, "account")
	}
	var err error
	if u.PasswordHash, err = a.Passwords.Hash(ctx, account.Password); err != nil {
		return SignedIn{}, err
	}
	if err := a.Accounts.CreateUser(ctx, u); errors.Is(err, chat.ErrEmailTaken) {
		return SignedIn{}, emailTaken(err)
	} else if err != nil {
		return SignedIn{}, fromStore(err, "account")
	}
	a.welcome(ctx, u)
	return a.startSession(ctx, u, device)
}

func emailTaken(cause error) error {
	return &Error{
		Code: CodeEmailTaken, Detail: "an account with this email address exists already", cause: cause,
		Fields: []FieldError{{"email", "is taken"}},
	}
}

// Login starts a session. Refuses with CodeValidation (something is missing), CodeInvalidCredentials (which of the two
// is wrong is never told, neither by the time it takes) and CodeUnavailable.
func (a *Auth) Login(ctx context.Context, email, password string, device Device) (SignedIn, error) {
	var bad fieldErrors
	if email = chat.FoldEmail(email); email == "" {
		bad.add("email", "is missing")
	}
	if password == "" {
		bad.add("password", "is missing")
	}
	if err := bad.err(); err != nil {
		return SignedIn{}, err
	}
	u, err := a.accountOf(ctx, email)
	if err != nil {
		return SignedIn{}, err
	}
	hash := u.PasswordHash
	if len(password) > chat.MaxPassword {
		hash = "" // bcrypt would look at the first 72 bytes only, and so take a longer one for the right one
	}
	ok, err := a.Passwords.Check(ctx, hash, password)
	switch {
	case err != nil:
		return SignedIn{}, err
	case !ok:
		return SignedIn{}, Refuse(CodeInvalidCredentials, "the email address or the password is wrong")
	}
	a.renewHash(ctx, u, password)
	return a.startSession(ctx, u, device)
}

// accountOf is the account with this address, or the zero User.
func (a *Auth) accountOf(ctx context.Context, email string) (chat.User, error) {
	if len(email) > chat.MaxEmail {
		return chat.User{}, nil
	}
	u, err := a.Accounts.UserByEmail(ctx, email)
	if errors.Is(err, chat.ErrNotFound) {
		return chat.User{}, nil
	}
	return u, fromStore(err, "account")
}

// renewHash brings an account to the bcrypt cost that is set now, which only its password can. Not done now, it is at the
// next login.
func (a *Auth) renewHash(ctx context.Context, u chat.User, password string) {
	if !a.Passwords.outdated(u.PasswordHash) {
		return
	}
	hash, err := a.Passwords.Hash(ctx, password)
	if err == nil {
		_, err = a.Accounts.UpdateUser(ctx, u.ID, chat.UserPatch{PasswordHash: &hash})
	}
	if err != nil {
		a.Log.WarnContext(ctx, "password hash not renewed", "user", u.ID, "error", err)
	}
}

func (a *Auth) startSession(ctx context.Context, u chat.User, device Device) (SignedIn, error) {
	now := a.Now()
	session := chat.Session{
		ID: chat.NewID[chat.SessionID](), UserID: u.ID, UserAgent: cut(device.UserAgent, maxUserAgent), Address: device.Address,
		CreatedAt: chat.TimeOf(now), LastUsedAt: chat.TimeOf(now), ExpiresAt: chat.TimeOf(now.Add(a.RefreshTTL)),
	}
	refresh := a.Tokens.Refresh(session.ID)
	session.RefreshHash = token.Hash(refresh)
	if err := a.Sessions.store.CreateSession(ctx, session); err != nil {
		return SignedIn{}, fromStore(err, "session")
	}
	if err := a.makeRoom(ctx, u.ID); err != nil {
		a.Log.WarnContext(ctx, "oldest sessions not ended", "user", u.ID, "error", err)
	}
	return a.signedIn(u, session.ID, refresh, session.ExpiresAt)
}

// makeRoom ends the sessions beyond maxSessions.
func (a *Auth) makeRoom(ctx context.Context, user chat.UserID) error {
	live, err := a.Sessions.store.SessionsOf(ctx, user, chat.TimeOf(a.Now()))
	if err != nil {
		return fromStore(err, "sessions")
	}
	for _, s := range live[min(maxSessions, len(live)):] {
		if err := a.Sessions.end(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func (a *Auth) signedIn(u chat.User, session chat.SessionID, refresh string, until chat.Time) (SignedIn, error) {
	access, accessUntil, err := a.Tokens.Access(u.ID, session, a.AccessTTL)
	if err != nil {
		return SignedIn{}, fmt.Errorf("sign in: %w", err)
	}
	return SignedIn{
		User: viewSelf(u), AccessToken: access, AccessUntil: accessUntil, RefreshToken: refresh, RefreshUntil: until.Std(),
	}, nil
}

// Refresh gives new tokens for a refresh token, which is spent then. One that was spent before has been copied: the
// session ends, since nobody can tell the owner from the thief. Refuses with CodeUnauthenticated, CodeTokenReused,
// CodeSessionRevoked and CodeUnavailable.
func (a *Auth) Refresh(ctx context.Context, refreshToken string) (SignedIn, error) {
	session, err := a.sessionOf(ctx, refreshToken)
	if err != nil {
		return SignedIn{}, err
	}
	if err := a.Sessions.checkLive(session); err != nil {
		return SignedIn{}, err
	}
	if token.Hash(refreshToken) != session.RefreshHash {
		return SignedIn{}, a.reused(ctx, session)
	}
	u, err := a.Accounts.User(ctx, session.UserID)
	if err != nil {
		return SignedIn{}, fromStore(err, "account")
	}
	now := a.Now()
	next := a.Tokens.Refresh(session.ID)
	rotation := chat.Rotation{
		ID: session.ID, OldHash: session.RefreshHash, NewHash: token.Hash(next),
		At: chat.TimeOf(now), ExpiresAt: chat.TimeOf(now.Add(a.RefreshTTL)),
	}
	if err := a.Sessions.store.RotateSession(ctx, rotation); errors.Is(err, chat.ErrConflict) {
		return SignedIn{}, a.reused(ctx, session) // somebody used it at the same time, or the session has just ended
	} else if err != nil {
		return SignedIn{}, fromStore(err, "session")
	}
	return a.signedIn(u, session.ID, next, rotation.ExpiresAt)
}

func (a *Auth) reused(ctx context.Context, session chat.Session) error {
	a.Log.WarnContext(ctx, "refresh token used twice", "session", session.ID, "user", session.UserID)
	if err := a.Sessions.end(ctx, session); err != nil {
		return err
	}
	return Refuse(CodeTokenReused, "this refresh token was used before, so the session was ended; sign in again")
}

// sessionOf is the session that a refresh token was made for, in whatever state.
func (a *Auth) sessionOf(ctx context.Context, refreshToken string) (chat.Session, error) {
	const detail = "the refresh token is not good, or no longer"
	id, err := a.Tokens.VerifyRefresh(refreshToken)
	if err != nil {
		return chat.Session{}, &Error{Code: CodeUnauthenticated, Detail: detail, cause: err}
	}
	session, err := a.Sessions.store.Session(ctx, id)
	if errors.Is(err, chat.ErrNotFound) {
		return chat.Session{}, &Error{Code: CodeUnauthenticated, Detail: detail, cause: err}
	}
	return session, fromStore(err, "session")
}

// Logout ends the session of whichever of the two tokens is good; with neither there is nothing to end, and no error.
// Refuses with CodeUnavailable.
func (a *Auth) Logout(ctx context.Context, accessToken, refreshToken string) error {
	id, err := a.Tokens.VerifyRefresh(refreshToken)
	if err != nil {
		claims, err := a.Tokens.VerifyAccess(accessToken)
		if err != nil {
			return nil //nolint:nilerr // whoever holds no good token is signed out already
		}
		id = claims.SessionID
	}
	session, err := a.Sessions.store.Session(ctx, id)
	switch {
	case errors.Is(err, chat.ErrNotFound), err == nil && session.RevokedAt != 0:
		return nil
	case err != nil:
		return fromStore(err, "session")
	}
	return a.Sessions.end(ctx, session)
}

// cut is s with at most n bytes, in valid UTF-8, which headers need not be.
func cut(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return strings.ToValidUTF8(s, "")
}
