package storetest

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
)

func newSession(user chat.UserID) chat.Session {
	at := now()
	return chat.Session{
		ID: chat.NewID[chat.SessionID](), UserID: user, RefreshHash: "hash-0", UserAgent: "Браузер/1.0 (\"x\")",
		Address: "2001:db8::1", CreatedAt: at, LastUsedAt: at, ExpiresAt: at.Add(time.Hour),
	}
}

func createSession(t testing.TB, s Store, user chat.UserID, change func(v *chat.Session)) chat.Session {
	t.Helper()
	v := newSession(user)
	if change != nil {
		change(&v)
	}
	require.NoError(t, s.CreateSession(during(t), v))
	return v
}

func testSessions(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	user := chat.NewID[chat.UserID]()
	var all []chat.Session
	for _, change := range []func(v *chat.Session){
		nil,
		func(v *chat.Session) { v.RevokedAt = v.CreatedAt },
		func(v *chat.Session) { v.ExpiresAt = v.CreatedAt - 1000 },
		func(v *chat.Session) { v.UserAgent, v.Address = "", "" },
	} {
		v := createSession(t, s, user, change)
		got, err := s.Session(ctx, v.ID)
		require.NoError(t, err)
		require.Equal(t, v, got)
		all = append(all, v)
	}
	_, err := s.Session(ctx, chat.NewID[chat.SessionID]())
	require.ErrorIs(t, err, chat.ErrNotFound)

	ids := []chat.SessionID{chat.NewID[chat.SessionID]()}
	for _, v := range all {
		ids = append(ids, v.ID)
	}
	found, err := s.SessionsByID(ctx, ids)
	require.NoError(t, err)
	require.ElementsMatch(t, all, found)
	found, err = s.SessionsByID(ctx, nil)
	require.NoError(t, err)
	require.Empty(t, found)
}

func testSessionsOf(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	user := chat.NewID[chat.UserID]()
	at := now()
	var want []chat.Session
	for i := range 5 {
		want = append(want, createSession(t, s, user, func(v *chat.Session) {
			v.LastUsedAt = at + chat.Time(i*7%5)
		}))
	}
	slices.SortFunc(want, func(a, b chat.Session) int { return int(b.LastUsedAt - a.LastUsedAt) })
	createSession(t, s, user, func(v *chat.Session) { v.RevokedAt = at })
	createSession(t, s, user, func(v *chat.Session) { v.ExpiresAt = at })
	createSession(t, s, chat.NewID[chat.UserID](), nil)

	got, err := s.SessionsOf(ctx, user, at)
	require.NoError(t, err)
	require.Equal(t, want, got)
	got, err = s.SessionsOf(ctx, chat.NewID[chat.UserID](), at)
	require.NoError(t, err)
	require.Empty(t, got)

	busy := chat.NewID[chat.UserID]()
	for i := range 103 {
		createSession(t, s, busy, func(v *chat.Session) { v.LastUsedAt = at + chat.Time(i) })
	}
	got, err = s.SessionsOf(ctx, busy, at)
	require.NoError(t, err)
	require.Len(t, got, 100)
	require.Equal(t, at+102, got[0].LastUsedAt, "the latest are shown")
}

func testRotation(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	v := createSession(t, s, chat.NewID[chat.UserID](), nil)
	rotation := chat.Rotation{
		ID: v.ID, OldHash: v.RefreshHash, NewHash: "hash-1", At: v.LastUsedAt + 5, ExpiresAt: v.ExpiresAt + 7,
	}
	require.NoError(t, s.RotateSession(ctx, rotation))
	v.RefreshHash, v.LastUsedAt, v.ExpiresAt = rotation.NewHash, rotation.At, rotation.ExpiresAt
	got, err := s.Session(ctx, v.ID)
	require.NoError(t, err)
	require.Equal(t, v, got)

	require.ErrorIs(t, s.RotateSession(ctx, rotation), chat.ErrConflict, "the old hash is gone")
	unknown := rotation
	unknown.ID = chat.NewID[chat.SessionID]()
	require.ErrorIs(t, s.RotateSession(ctx, unknown), chat.ErrConflict)

	require.NoError(t, s.RevokeSession(ctx, v.ID, v.LastUsedAt+1))
	rotation.OldHash = v.RefreshHash
	require.ErrorIs(t, s.RotateSession(ctx, rotation), chat.ErrConflict, "it is revoked")
	got, err = s.Session(ctx, v.ID)
	require.NoError(t, err)
	require.Equal(t, "hash-1", got.RefreshHash)
}

func testRotationRace(t *testing.T, h Harness) {
	nodes := []Store{h.open(t), h.open(t)}
	for range 5 {
		v := createSession(t, nodes[0], chat.NewID[chat.UserID](), nil)
		var won atomic.Int64
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				err := nodes[i%2].RotateSession(during(t), chat.Rotation{
					ID: v.ID, OldHash: v.RefreshHash, NewHash: string(chat.NewID[chat.SessionID]()), At: v.LastUsedAt, ExpiresAt: v.ExpiresAt,
				})
				if err == nil {
					won.Add(1)
				} else if !isOneOf(err, chat.ErrConflict) {
					t.Errorf("rotate: %v", err)
				}
			})
		}
		all.Wait()
		require.EqualValues(t, 1, won.Load())
	}
}

func testRevoked(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	user, at := chat.NewID[chat.UserID](), now()
	var ids []chat.SessionID
	for range 6 {
		ids = append(ids, createSession(t, s, user, nil).ID)
	}
	for i, id := range ids[:5] {
		require.NoError(t, s.RevokeSession(ctx, id, at+chat.Time(4-i)))
	}
	require.NoError(t, s.RevokeSession(ctx, ids[0], at+100), "once is enough")
	require.NoError(t, s.RevokeSession(ctx, chat.NewID[chat.SessionID](), at))

	revoked := func(since chat.Time, limit int) []chat.SessionID {
		list, err := s.RevokedSince(ctx, since, limit)
		require.NoError(t, err)
		got := []chat.SessionID{}
		for _, v := range list {
			require.Equal(t, user, v.UserID)
			got = append(got, v.ID)
		}
		return got
	}
	oldestFirst := []chat.SessionID{ids[4], ids[3], ids[2], ids[1], ids[0]}
	require.Equal(t, oldestFirst, revoked(0, 10))
	require.Equal(t, oldestFirst, revoked(at, 10))
	require.Equal(t, oldestFirst[:2], revoked(at, 2))
	require.Equal(t, oldestFirst[3:], revoked(at+3, 10), "at counts")
	require.Empty(t, revoked(at+5, 10))

	v, err := s.Session(ctx, ids[0])
	require.NoError(t, err)
	require.Equal(t, at+4, v.RevokedAt, "the first time stays")
}

func testDeleteSessions(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	user, at := chat.NewID[chat.UserID](), now()
	gone := []chat.Session{
		createSession(t, s, user, func(v *chat.Session) { v.ExpiresAt = at - 1 }),
		createSession(t, s, user, func(v *chat.Session) { v.RevokedAt = at - 1 }),
		createSession(t, s, user, func(v *chat.Session) { v.ExpiresAt, v.RevokedAt = at-1, at-1 }),
	}
	kept := []chat.Session{
		createSession(t, s, user, nil),
		createSession(t, s, user, func(v *chat.Session) { v.ExpiresAt = at }),
		createSession(t, s, user, func(v *chat.Session) { v.RevokedAt = at }),
	}
	deleted, err := s.DeleteSessions(ctx, at)
	require.NoError(t, err)
	require.EqualValues(t, len(gone), deleted)
	for _, v := range gone {
		_, err := s.Session(ctx, v.ID)
		require.ErrorIs(t, err, chat.ErrNotFound)
	}
	for _, v := range kept {
		_, err := s.Session(ctx, v.ID)
		require.NoError(t, err)
	}
	deleted, err = s.DeleteSessions(ctx, at)
	require.NoError(t, err)
	require.Zero(t, deleted)
}
