package service

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
)

func cheap(t testing.TB) *Passwords {
	t.Helper()
	p, err := NewPasswords(4)
	require.NoError(t, err)
	return p
}

func TestPasswords(t *testing.T) {
	p := cheap(t)
	hash, err := p.Hash(t.Context(), "12345678")
	require.NoError(t, err)
	for password, want := range map[string]bool{"12345678": true, "12345679": false, "": false} {
		ok, err := p.Check(t.Context(), hash, password)
		require.NoError(t, err)
		require.Equal(t, want, ok, password)
	}
	ok, err := p.Check(t.Context(), "", "of nobody")
	require.NoError(t, err)
	require.False(t, ok, "an account that isn't there has no password, not even the one that is compared with")
	_, err = p.Check(t.Context(), "no hash", "12345678")
	require.Error(t, err)
	_, err = p.Hash(t.Context(), strings.Repeat("x", chat.MaxPassword+1))
	require.Error(t, err, "refused, not cut")
	_, err = NewPasswords(32)
	require.Error(t, err)
}

func requireBusy(t *testing.T, err error) {
	t.Helper()
	var refusal *Error
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, CodeUnavailable, refusal.Code)
	require.Positive(t, refusal.RetryAfter)
}

// Under load sign-ins wait for a turn, but neither for ever nor without number.
func TestHashingIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := cheap(t)
		p.turns = make(chan struct{}, 1)
		p.turns <- struct{}{} // somebody hashes
		start := time.Now()
		_, err := p.Hash(t.Context(), "12345678")
		requireBusy(t, err)
		require.Equal(t, hashWait, time.Since(start))

		gone, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = p.Check(gone, "", "12345678")
		requireBusy(t, err)

		p.queue = make(chan struct{}, 1)
		p.queue <- struct{}{} // and somebody waits
		start = time.Now()
		_, err = p.Hash(t.Context(), "12345678")
		requireBusy(t, err)
		require.Zero(t, time.Since(start), "refused at once")

		<-p.queue
		<-p.turns
		_, err = p.Hash(t.Context(), "12345678")
		require.NoError(t, err)
		require.Empty(t, p.turns)
		require.Empty(t, p.queue)
	})
}

func FuzzEmail(f *testing.F) {
	for _, seed := range []string{"ada@example.org", "Ada <ada@example.org>", "a@b", "a@[::1]", "\"x y\"@z", "a@b\r\nBcc: c@d", "ü@ü"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var bad fieldErrors
		clean := bad.cleanEmail(s)
		if bad.err() != nil {
			return
		}
		require.LessOrEqual(t, len(clean), chat.MaxEmail)
		require.Equal(t, clean, chat.FoldEmail(clean))
		require.Equal(t, 1, strings.Count(clean, "@"))
		require.NotContains(t, clean, " ")
		require.False(t, strings.ContainsFunc(clean, hidden), "%q", clean)
	})
}

func FuzzName(f *testing.F) {
	for _, seed := range []string{"Ada", " Ada  Lovelace\t", "\u202eadA", "👩‍🚀", "e\u0301"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var bad fieldErrors
		clean := bad.cleanName("fullName", s, chat.MaxFullName)
		if bad.err() != nil {
			return
		}
		require.NotEmpty(t, clean)
		require.LessOrEqual(t, len([]rune(clean)), chat.MaxFullName)
		again := bad.cleanName("fullName", clean, chat.MaxFullName)
		require.Equal(t, clean, again, "clean is clean")
		require.NoError(t, bad.err())
	})
}
