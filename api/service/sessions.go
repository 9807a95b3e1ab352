package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/gather"
	"github.com/parley-chat/parley/pkg/token"
)

const (
	// sessionTrust is how long a node may go on believing what it read of a session: the promise is that a revoked one
	// is refused everywhere within one second, whatever has become of the bus.
	sessionTrust = 500 * time.Millisecond
	// knownSessions is how many sessions a node keeps in mind.
	knownSessions = 16384
)

// SessionStore is what sessions need of a store; package store has the contract.
type SessionStore interface {
	CreateSession(ctx context.Context, s chat.Session) error
	Session(ctx context.Context, id chat.SessionID) (chat.Session, error)
	SessionsByID(ctx context.Context, ids []chat.SessionID) ([]chat.Session, error)
	SessionsOf(ctx context.Context, user chat.UserID, now chat.Time) ([]chat.Session, error)
	RotateSession(ctx context.Context, r chat.Rotation) error
	RevokeSession(ctx context.Context, id chat.SessionID, at chat.Time) error
}

// AccessVerifier checks access tokens; token.Issuer does.
type AccessVerifier interface {
	VerifyAccess(token string) (token.Claims, error)
}

// Sessions knows who is signed in, and ends sessions.
type Sessions struct {
	store  SessionStore
	access AccessVerifier
	pub    Publisher
	log    *slog.Logger
	now    func() time.Time
	reads  *gather.Questions[chat.SessionID, chat.Session]

	mu    sync.Mutex                                // keeps remember's look and write together
	known *lru.Cache[chat.SessionID, readOfSession] // guarded by mu for writes
}

// readOfSession is a session as it was in the store when the read began.
type readOfSession struct {
	session chat.Session
	at      time.Time
}

// NewSessions works on store, and tells gateways through pub of those that end.
func NewSessions(store SessionStore, access AccessVerifier, pub Publisher, log *slog.Logger, now func() time.Time) (*Sessions, error) {
	known, err := lru.New[chat.SessionID, readOfSession](knownSessions)
	if err != nil {
		return nil, fmt.Errorf("session cache: %w", err)
	}
	reads := gather.New(gather.Options[chat.SessionID, chat.Session]{Most: mostAsked, Ask: sessionsOf(store)})
	return &Sessions{store: store, access: access, pub: pub, log: log, now: now, reads: reads, known: known}, nil
}

func sessionsOf(store SessionStore) func(context.Context, []chat.SessionID) (map[chat.SessionID]chat.Session, error) {
	return func(ctx context.Context, ids []chat.SessionID) (map[chat.SessionID]chat.Session, error) {
		found, err := store.SessionsByID(ctx, ids)
		byID := make(map[chat.SessionID]chat.Session, len(found))
		for _, s := range found {
			byID[s.ID] = s
		}
		return byID, err
	}
}

// Authenticate is whoever the access token was made for, if the session still lives. Refuses with CodeUnauthenticated (the
// token is bad or expired, or the session is), CodeSessionRevoked and CodeUnavailable (the store can't tell).
func (s *Sessions) Authenticate(ctx context.Context, accessToken string) (Viewer, error) {
	claims, err := s.access.VerifyAccess(accessToken)
	if err != nil {
		return Viewer{}, &Error{Code: CodeUnauthenticated, Detail: "the access token is not good, or no longer", cause: err}
	}
	session, err := s.lookUp(ctx, claims.SessionID)
	switch {
	case errors.Is(err, chat.ErrNotFound):
		return Viewer{}, &Error{Code: CodeSessionRevoked, Detail: sessionEnded, cause: err}
	case err != nil:
		return Viewer{}, fromStore(err, "session")
	}
	if err := s.checkLive(session); err != nil {
		return Viewer{}, err
	}
	if session.UserID != claims.UserID {
		return Viewer{}, Refuse(CodeUnauthenticated, "the access token is not good, or no longer")
	}
	return Viewer{UserID: session.UserID, SessionID: session.ID}, nil
}

const sessionEnded = "the session was ended; sign in again"

func (s *Sessions) checkLive(session chat.Session) error {
	if session.RevokedAt != 0 {
		return Refuse(CodeSessionRevoked, sessionEnded)
	}
	if !session.Live(chat.TimeOf(s.now())) {
		return Refuse(CodeUnauthenticated, "the session has expired; sign in again")
	}
	return nil
}

func (s *Sessions) lookUp(ctx context.Context, id chat.SessionID) (chat.Session, error) {
	start := s.now()
	// That a session has ended stays true.
	if known, ok := s.known.Get(id); ok && (known.session.RevokedAt != 0 || start.Sub(known.at) < sessionTrust) {
		return known.session, nil
	}
	session, found, err := s.reads.Ask(ctx, id)
	if err == nil && !found {
		err = chat.ErrNotFound
	}
	if err != nil {
		return chat.Session{}, fmt.Errorf("look up session: %w", err)
	}
	s.remember(session, start)
	return session, nil
}

// remember keeps what a read that began at the given time told. A revoked session stays so, though a slower read
// may not have seen it yet.
func (s *Sessions) remember(session chat.Session, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if before, ok := s.known.Peek(session.ID); ok && before.session.RevokedAt != 0 {
		return
	}
	s.known.Add(session.ID, readOfSession{session, at})
}

// endAll ends the user's sessions but the one to keep, "" for none.
func (s *Sessions) endAll(ctx context.Context, user chat.UserID, keep chat.SessionID) error {
	for {
		live, err := s.store.SessionsOf(ctx, user, chat.TimeOf(s.now()))
		if err != nil {
			return fromStore(err, "sessions")
		}
		live = slices.DeleteFunc(live, func(x chat.Session) bool { return x.ID == keep })
		if len(live) == 0 {
			return nil
		}
		for _, x := range live {
			if err := s.end(ctx, x); err != nil {
				return err
			}
		}
	}
}

// end revokes a session: at once on this node and, through the bus, for its sockets; within sessionTrust on others.
func (s *Sessions) end(ctx context.Context, session chat.Session) error {
	now := s.now()
	if err := s.store.RevokeSession(ctx, session.ID, chat.TimeOf(now)); err != nil {
		return fromStore(err, "session")
	}
	session.RevokedAt = chat.TimeOf(now)
	s.remember(session, now)
	payload, err := bus.Order{Kind: bus.SessionRevoked, SessionID: session.ID}.Encode()
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	s.pub.Publish(bus.Message{Channel: bus.UserChannel(session.UserID), Payload: payload})
	s.log.InfoContext(ctx, "session ended", "session", session.ID, "user", session.UserID)
	return nil
}

// SessionView is a signed-in device as its user sees it.
type SessionView struct {
	ID         chat.SessionID `json:"id"`
	UserAgent  string         `json:"userAgent"`
	Address    string         `json:"address"`
	CreatedAt  chat.Time      `json:"createdAt"`
	LastUsedAt chat.Time      `json:"lastUsedAt"`
	ExpiresAt  chat.Time      `json:"expiresAt"`
	// Current is true for the session that asks.
	Current bool `json:"current"`
}

// List is the viewer's live sessions, latest used first.
func (s *Sessions) List(ctx context.Context, v Viewer) ([]SessionView, error) {
	live, err := s.store.SessionsOf(ctx, v.UserID, chat.TimeOf(s.now()))
	if err != nil {
		return nil, fromStore(err, "sessions")
	}
	views := make([]SessionView, len(live))
	for i, x := range live {
		views[i] = SessionView{
			ID: x.ID, UserAgent: x.UserAgent, Address: x.Address, CreatedAt: x.CreatedAt, LastUsedAt: x.LastUsedAt,
			ExpiresAt: x.ExpiresAt, Current: x.ID == v.SessionID,
		}
	}
	return views, nil
}

// Revoke ends one of the viewer's own sessions, also the current one. Refuses with CodeNotFound (also for somebody else's,
// and for one that has ended) and CodeUnavailable.
func (s *Sessions) Revoke(ctx context.Context, v Viewer, id chat.SessionID) error {
	session, err := s.store.Session(ctx, id)
	if err != nil {
		return fromStore(err, "session")
	}
	if session.UserID != v.UserID || !session.Live(chat.TimeOf(s.now())) {
		return Refuse(CodeNotFound, "session not found")
	}
	return s.end(ctx, session)
}
