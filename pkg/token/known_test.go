package token_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/token"
)

// A token that was good is refused when it has expired, and no other token is good because it was.
func TestAKnownToken(t *testing.T) {
	i, now := issuer(t, "k1:"+secret)
	known := token.NewKnown(i)
	access, expires, err := i.Access(chat.NewID[chat.UserID](), chat.NewID[chat.SessionID](), time.Hour)
	require.NoError(t, err)
	want, err := i.VerifyAccess(access)
	require.NoError(t, err)
	for range 3 {
		got, err := known.VerifyAccess(access)
		require.NoError(t, err)
		require.Equal(t, want, got)
		for _, forged := range []string{"", access[:len(access)-1], access + "A", access[:len(access)-2] + "!!"} {
			_, err = known.VerifyAccess(forged)
			require.ErrorIs(t, err, token.ErrInvalid)
		}
	}
	for *now = expires.Add(-time.Second); ; *now = now.Add(time.Second) {
		_, want := i.VerifyAccess(access)
		_, got := known.VerifyAccess(access)
		require.Equal(t, want, got, "%s after it has expired", now.Sub(expires))
		if now.After(expires.Add(time.Minute)) {
			require.ErrorIs(t, got, token.ErrExpired)
			break
		}
	}
}

// TestAKnownTokenAllocatesLittle guards the count: a device shows its token with every request.
func TestAKnownTokenAllocatesLittle(t *testing.T) {
	i, access := access(t)
	known := token.NewKnown(i)
	require.LessOrEqual(t, testing.AllocsPerRun(200, func() { _, _ = known.VerifyAccess(access) }), 1.0)
}

func BenchmarkVerifyKnownAccess(b *testing.B) {
	i, access := access(b)
	known := token.NewKnown(i)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = known.VerifyAccess(access)
	}
}
