package mail_test

import (
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/mail"
	"github.com/parley-chat/parley/pkg/chat"
)

func TestWelcome(t *testing.T) {
	t.Parallel()
	const hello = "Hello,"
	tests := []struct {
		name string
		text string
		html string
	}{
		{"Ada Lovelace", "Hello Ada Lovelace,", "Hello Ada Lovelace,"},
		{"Dr. Müller", "Hello Dr. Müller,", "Hello Dr. Müller,"},
		{"Ada\r\nBcc: eve@example.org", hello, hello},
		{"Ada\r\n\r\nLovelace", "Hello Ada Lovelace,", "Hello Ada Lovelace,"},
		{"Ada\u202eecalevoL", "Hello Ada ecalevoL,", "Hello Ada ecalevoL,"},
		{"O'Neil & Söhne", "Hello O'Neil & Söhne,", "Hello O&#39;Neil &amp; Söhne,"},
		{"<b>Ada</b>", hello, hello},
		{"{{.URL}}", hello, hello},
		{"win at evil.example", hello, hello},
		{"https://evil.example", hello, hello},
		{"write to eve@evil", hello, hello},
		{"", hello, hello},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m, err := mail.Welcome("ada@example.org", tt.name, "https://chat.example.org")
			require.NoError(t, err)
			require.NoError(t, m.Check())
			require.Equal(t, "Welcome to Parley", m.Subject)
			require.True(t, strings.HasPrefix(m.Text, tt.text+"\n\nwelcome"), m.Text)
			require.Contains(t, m.HTML, ">"+tt.html+"</p>")
			require.Contains(t, m.Text, "\nhttps://chat.example.org\n")
			require.Contains(t, m.HTML, `href="https://chat.example.org"`)
		})
	}
}

func TestGreeter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		f := newQueue(s, 0)
		greeter := mail.NewGreeter(f.queue, "https://chat.example.org", slog.New(slog.DiscardHandler))
		greeter.Welcome(chat.User{ID: user, FullName: "Ada", Email: "ada@example.org"})
		require.NoError(t, f.queue.Close(t.Context()))
		require.Len(t, s.tried(), 1)
		require.Equal(t, "ada@example.org", s.tried()[0].To)
	})
}
