package mail_test

import (
	"log/slog"
	"strings"
	"testing"

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
			m := written(t, func(l *mail.Letters) {
				l.Welcome(chat.User{ID: user, FullName: tt.name, Email: "ada@example.org"}, "")
			})
			require.NoError(t, m.Check())
			require.Equal(t, "Welcome to Parley", m.Subject)
			require.True(t, strings.HasPrefix(m.Text, tt.text+"\n\nwelcome"), m.Text)
			require.Contains(t, m.HTML, ">"+tt.html+"</p>")
			require.Contains(t, m.Text, "\nhttps://chat.example.org\n")
			require.Contains(t, m.HTML, `href="https://chat.example.org"`)
		})
	}
}

// written is the one mail that write sends.
func written(t *testing.T, write func(*mail.Letters)) mail.Message {
	t.Helper()
	s := &script{}
	f := newQueue(s, 0)
	write(mail.NewLetters(f.queue, "https://chat.example.org", slog.New(slog.DiscardHandler)))
	require.NoError(t, f.queue.Close(t.Context()))
	require.Len(t, s.tried(), 1)
	return s.tried()[0]
}

func TestLetters(t *testing.T) {
	t.Parallel()
	ada := chat.User{ID: user, FullName: "Ada", Email: "ada@example.org"}
	const token = "A-token_1"
	tests := map[string]struct {
		write func(*mail.Letters)
		link  string
	}{
		"welcome":          {func(l *mail.Letters) { l.Welcome(ada, token) }, "https://chat.example.org/verify-email#" + token},
		"verify":           {func(l *mail.Letters) { l.VerifyEmail(ada, token) }, "https://chat.example.org/verify-email#" + token},
		"reset":            {func(l *mail.Letters) { l.ResetPassword(ada, token) }, "https://chat.example.org/reset-password#" + token},
		"password changed": {func(l *mail.Letters) { l.PasswordChanged(ada) }, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := written(t, tt.write)
			require.NoError(t, m.Check())
			require.Equal(t, ada.Email, m.To)
			require.True(t, strings.HasPrefix(m.Text, "Hello Ada,\n\n"), m.Text)
			if tt.link == "" {
				require.NotContains(t, m.Text+m.HTML, "https://")
				return
			}
			require.Contains(t, m.Text, "\n"+tt.link+"\n", "on a line of its own")
			require.Contains(t, m.HTML, `href="`+tt.link+`"`)
		})
	}
}
