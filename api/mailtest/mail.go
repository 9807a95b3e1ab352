// Package mailtest holds the contract that every sender of mail keeps, as one test suite that runs
// against each of them.
package mailtest

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/mail"
)

// Received are the mails that have arrived so far, with what a reader sees of them.
type Received func(t *testing.T) []mail.Message

// Run runs the suite; each test gets a sender of its own.
func Run(t *testing.T, open func(t *testing.T) (mail.Sender, Received)) {
	t.Helper()
	t.Run("arrives as it was written", func(t *testing.T) {
		sender, received := open(t)
		for _, m := range []mail.Message{
			{ID: "a1", To: "ada@example.org", Subject: "Welcome to Parley", Text: "Hello,\n\nwelcome.\n", HTML: "<p>Hello, <b>welcome</b>.</p>"},
			{ID: "a2", To: "ada+parley@example.org", Subject: "Grüße 👋 – 你好", Text: "Äöü 👋\n.\n.hidden dot\nFrom here\n", HTML: "<p>Äöü 👋</p>"},
			{ID: "a3", To: "ada@example.org", Subject: "Only text", Text: strings.Repeat("long line ", 500) + "\n"},
			{ID: "a4", To: "ada@example.org", Subject: strings.Repeat("a subject of many words ", 8), Text: "x\n"},
		} {
			before := len(received(t))
			require.NoError(t, sender.Send(t.Context(), m))
			got := received(t)
			require.Len(t, got, before+1)
			last := got[before]
			require.Equal(t, m.To, last.To)
			require.Equal(t, strings.TrimSpace(m.Subject), strings.TrimSpace(last.Subject))
			require.Equal(t, m.Text, last.Text)
			require.Equal(t, m.HTML, last.HTML)
		}
	})
	t.Run("no header gets in", func(t *testing.T) {
		sender, received := open(t)
		for name, m := range map[string]mail.Message{
			"line break in the subject": {To: "ada@example.org", Subject: "Hi\r\nBcc: eve@example.org", Text: "x"},
			"newline in the subject":    {To: "ada@example.org", Subject: "Hi\nBcc: eve@example.org", Text: "x"},
			"line break in the address": {To: "ada@example.org\r\nBcc: eve@example.org", Subject: "Hi", Text: "x"},
			"two addresses":             {To: "ada@example.org, eve@example.org", Subject: "Hi", Text: "x"},
			"a name and an address":     {To: "Eve <eve@example.org>", Subject: "Hi", Text: "x"},
			"no address":                {To: "", Subject: "Hi", Text: "x"},
			"no subject":                {To: "ada@example.org", Text: "x"},
			"no text":                   {To: "ada@example.org", Subject: "Hi", HTML: "<p>x</p>"},
		} {
			require.ErrorIs(t, sender.Send(t.Context(), m), mail.ErrPermanent, name)
		}
		require.Empty(t, received(t))
	})
	t.Run("a caller who has gone", func(t *testing.T) {
		sender, received := open(t)
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		err := sender.Send(gone, mail.Message{ID: "b1", To: "ada@example.org", Subject: "Hi", Text: "x"})
		require.ErrorIs(t, err, context.Canceled)
		require.NotErrorIs(t, err, mail.ErrPermanent)
		require.Empty(t, received(t))
	})
	t.Run("many at once", func(t *testing.T) {
		sender, received := open(t)
		var wg sync.WaitGroup
		for i := range 10 {
			wg.Go(func() {
				m := mail.Message{ID: "c" + string(rune('0'+i)), To: "ada@example.org", Subject: "Hi", Text: "x\n"}
				if err := sender.Send(t.Context(), m); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		require.Len(t, received(t), 10)
	})
}
