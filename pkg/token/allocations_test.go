package token_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/token"
)

func access(t testing.TB) (*token.Issuer, string) {
	t.Helper()
	i, _ := issuer(t, "k:"+secret)
	access, _, err := i.Access(chat.NewID[chat.UserID](), chat.NewID[chat.SessionID](), time.Hour)
	require.NoError(t, err)
	return i, access
}

// TestCheckingATokenAllocatesLittle guards the count: every request and every socket has a token checked.
func TestCheckingATokenAllocatesLittle(t *testing.T) {
	i, access := access(t)
	got := testing.AllocsPerRun(200, func() { _, _ = i.VerifyAccess(access) })
	require.LessOrEqual(t, got, 64.0)
}

func BenchmarkVerifyAccess(b *testing.B) {
	i, access := access(b)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = i.VerifyAccess(access)
	}
}
