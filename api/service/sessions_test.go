package service_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/token"
)

// sessionStore has one session. A read takes as long as its delay, and sees what was there when it began.
type sessionStore struct {
	service.SessionStore
	mu      sync.Mutex
	session chat.Session // guarded by mu
	reads   int          // guarded by mu
	delay   time.Duration
}

func (s *sessionStore) Session(context.Context, chat.SessionID) (chat.Session, error) {
	s.mu.Lock()
	s.reads++
	session := s.session
	s.mu.Unlock()
	time.Sleep(s.delay)
	return session, nil
}

func (s *sessionStore) SessionsByID(ctx context.Context, ids []chat.SessionID) ([]chat.Session, error) {
	session, err := s.Session(ctx, ids[0])
	return []chat.Session{session}, err
}

func (s *sessionStore) RevokeSession(_ context.Context, _ chat.SessionID, at chat.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.session.RevokedAt = at
	return nil
}

func (s *sessionStore) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads
}

// vouch takes any token for one of the session.
type vouch struct{ claims token.Claims }

func (v vouch) VerifyAccess(string) (token.Claims, error) { return v.claims, nil }

type noBus struct{}

func (noBus) Publish(...bus.Message) {}

func newSessions(t *testing.T) (*service.Sessions, *sessionStore, service.Viewer) {
	t.Helper()
	session := chat.Session{
		ID: chat.NewID[chat.SessionID](), UserID: chat.NewID[chat.UserID](), ExpiresAt: chat.TimeOf(time.Now().Add(time.Hour)),
	}
	store := &sessionStore{session: session}
	verifier := vouch{token.Claims{UserID: session.UserID, SessionID: session.ID}}
	s, err := service.NewSessions(store, verifier, noBus{}, slog.New(slog.DiscardHandler), time.Now)
	require.NoError(t, err)
	return s, store, service.Viewer{UserID: session.UserID, SessionID: session.ID}
}

func codeOf(err error) service.Code {
	if refusal, ok := err.(*service.Error); ok { //nolint:errorlint // these are never wrapped
		return refusal.Code
	}
	return ""
}

func TestSessionsAreLookedUpTwiceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, store, viewer := newSessions(t)
		for range 300 { // three seconds
			got, err := s.Authenticate(t.Context(), "x")
			require.NoError(t, err)
			require.Equal(t, viewer, got)
			time.Sleep(10 * time.Millisecond)
		}
		require.InDelta(t, 6, store.count(), 1)
	})
}

// What another node has revoked is refused within a second, however slow the store is.
func TestRevokedElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, store, viewer := newSessions(t)
		store.delay = 300 * time.Millisecond
		_, err := s.Authenticate(t.Context(), "x")
		require.NoError(t, err)
		require.NoError(t, store.RevokeSession(t.Context(), viewer.SessionID, chat.TimeOf(time.Now())))
		revoked := time.Now()
		for codeOf(err) != service.CodeSessionRevoked {
			time.Sleep(10 * time.Millisecond)
			_, err = s.Authenticate(t.Context(), "x")
			require.LessOrEqual(t, time.Since(revoked), time.Second)
		}
	})
}

// A read that was under way when the session ended doesn't bring it back.
func TestRevokedHereStaysRevoked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, store, viewer := newSessions(t)
		store.delay = 50 * time.Millisecond
		slow := make(chan error)
		go func() {
			time.Sleep(store.delay / 2) // so that it sees the session alive, and is back after its end
			_, err := s.Authenticate(t.Context(), "x")
			slow <- err
		}()
		require.NoError(t, s.Revoke(t.Context(), viewer, viewer.SessionID))
		_, err := s.Authenticate(t.Context(), "x")
		require.Equal(t, service.CodeSessionRevoked, codeOf(err), "at once")
		require.NoError(t, <-slow)
		_, err = s.Authenticate(t.Context(), "x")
		require.Equal(t, service.CodeSessionRevoked, codeOf(err))
		require.Equal(t, service.CodeNotFound, codeOf(s.Revoke(t.Context(), viewer, viewer.SessionID)))
	})
}

func TestAnExpiredSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, _ := newSessions(t)
		time.Sleep(time.Hour)
		_, err := s.Authenticate(t.Context(), "x")
		require.Equal(t, service.CodeUnauthenticated, codeOf(err))
	})
}
