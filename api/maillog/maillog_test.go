package maillog_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/mail"
	"github.com/parley-chat/parley/api/maillog"
	"github.com/parley-chat/parley/api/mailtest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	mailtest.Run(t, func(t *testing.T) (mail.Sender, mailtest.Received) {
		t.Helper()
		l := maillog.New(slog.New(slog.DiscardHandler))
		return l, func(*testing.T) []mail.Message {
			messages := l.Messages()
			slices.Reverse(messages)
			return messages
		}
	})
}

func TestNothingSecretIsLogged(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	l := maillog.New(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})))
	require.NoError(t, l.Send(t.Context(), mail.Message{ID: "m1", To: "ada@example.org", Subject: "Hi", Text: "one-time link", HTML: "<a>one-time link</a>"}))
	require.Contains(t, out.String(), "m1")
	require.NotContains(t, out.String(), "ada@")
	require.NotContains(t, out.String(), "one-time")
}

func TestOnlyTheLastAreKept(t *testing.T) {
	t.Parallel()
	l := maillog.New(slog.New(slog.DiscardHandler))
	for i := range maillog.Kept + 5 {
		require.NoError(t, l.Send(t.Context(), mail.Message{To: "ada@example.org", Subject: fmt.Sprint(i), Text: "x"}))
	}
	messages := l.Messages()
	require.Len(t, messages, maillog.Kept)
	require.Equal(t, "104", messages[0].Subject)
	require.Equal(t, "5", messages[maillog.Kept-1].Subject)
}

func get(l *maillog.Log, change func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "http://localhost:8080/dev/mail", nil)
	r.RemoteAddr = "127.0.0.1:50000"
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	l.ServeHTTP(w, r)
	return w
}

func TestPageIsSafe(t *testing.T) {
	t.Parallel()
	l := maillog.New(slog.New(slog.DiscardHandler))
	require.Contains(t, get(l, nil).Body.String(), "There is none yet")
	const evil = `"><script>alert(1)</script>`
	require.NoError(t, l.Send(t.Context(), mail.Message{To: "ada@example.org", Subject: "s" + evil, Text: "t" + evil, HTML: "h" + evil}))
	res := get(l, nil)
	require.Equal(t, http.StatusOK, res.Code)
	require.NotContains(t, res.Body.String(), "<script>")
	require.Contains(t, res.Body.String(), "<iframe sandbox srcdoc=")
	require.Contains(t, res.Header().Get("Content-Security-Policy"), "default-src 'none'")
	require.Equal(t, "no-store", res.Header().Get("Cache-Control"))
}

func TestJSON(t *testing.T) {
	t.Parallel()
	l := maillog.New(slog.New(slog.DiscardHandler))
	asJSON := func(r *http.Request) { r.Header.Set("Accept", "application/json") }
	require.JSONEq(t, `{"messages":[]}`, get(l, asJSON).Body.String())
	m := mail.Message{ID: "m1", To: "ada@example.org", Subject: "Hi", Text: "x", HTML: "<p>x</p>"}
	require.NoError(t, l.Send(t.Context(), m))
	var got struct {
		Messages []struct{ ID, To, Subject, Text, HTML string }
	}
	require.NoError(t, json.Unmarshal(get(l, asJSON).Body.Bytes(), &got))
	require.Len(t, got.Messages, 1)
	require.Equal(t, m, mail.Message(got.Messages[0]))
}

func TestOnlyThisMachineReads(t *testing.T) {
	t.Parallel()
	l := maillog.New(slog.New(slog.DiscardHandler))
	for name, tt := range map[string]struct {
		change func(*http.Request)
		ok     bool
	}{
		"this machine":       {nil, true},
		"by IPv6":            {func(r *http.Request) { r.RemoteAddr, r.Host = "[::1]:4", "[::1]:8080" }, true},
		"by address":         {func(r *http.Request) { r.Host = "127.0.0.1:8080" }, true},
		"port 80":            {func(r *http.Request) { r.Host = "localhost" }, true},
		"another machine":    {func(r *http.Request) { r.RemoteAddr = "192.0.2.1:5000" }, false},
		"through a proxy":    {func(r *http.Request) { r.Header.Set("X-Forwarded-For", "127.0.0.1") }, false},
		"through another":    {func(r *http.Request) { r.Header.Set("Forwarded", "for=192.0.2.1") }, false},
		"by somebody's name": {func(r *http.Request) { r.Host = "rebound.example.org:8080" }, false},
		"no address":         {func(r *http.Request) { r.RemoteAddr = "@" }, false},
	} {
		res := get(l, tt.change)
		require.Equal(t, tt.ok, res.Code == http.StatusOK, name)
	}
}
