package mailsmtp_test

import (
	"context"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/mail"
	"github.com/parley-chat/parley/api/mailsmtp"
	"github.com/parley-chat/parley/api/mailtest"
)

var hello = mail.Message{ID: "m1", To: "ada@example.org", Subject: "Hi", Text: "x\n"}

func open(t *testing.T, s *server, scheme, query string, signedIn bool) *mailsmtp.Sender {
	t.Helper()
	at := url.URL{Scheme: scheme, Host: s.addr, RawQuery: query}
	if signedIn {
		at.User = url.UserPassword(user, password)
	}
	sender, err := mailsmtp.New(mailsmtp.Options{URL: at.String(), From: "Parley Chat <chat@example.org>", TLS: s.trust})
	require.NoError(t, err)
	return sender
}

func TestContract(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		options       serverOptions
		scheme, query string
		signedIn      bool
	}{
		"STARTTLS": {serverOptions{starttls: true, demandAuth: true}, "smtp", "tls=starttls", true},
		"TLS":      {serverOptions{implicit: true, demandAuth: true}, "smtps", "", true},
		"open":     {serverOptions{}, "smtp", "tls=off", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mailtest.Run(t, func(t *testing.T) (mail.Sender, mailtest.Received) {
				t.Helper()
				s := startServer(t, tt.options)
				return open(t, s, tt.scheme, tt.query, tt.signedIn), s.received
			})
		})
	}
}

func TestEnvelope(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{starttls: true, demandAuth: true})
	sender := open(t, s, "smtp", "", true)
	require.NoError(t, sender.Send(t.Context(), hello))
	require.NoError(t, sender.Send(t.Context(), hello))
	require.Equal(t, []string{"chat@example.org", "chat@example.org"}, s.from)
	require.Equal(t, 2, s.authOverTLS, "a server on this machine that offers TLS is spoken to by TLS")
	require.Contains(t, s.raw[0], `"Parley Chat" <chat@example.org>`)
	require.Equal(t, "m1@parley", s.received(t)[0].ID)
	require.Equal(t, "m1@parley", s.received(t)[1].ID)
}

func TestTheLineIsSafe(t *testing.T) {
	t.Parallel()
	t.Run("no STARTTLS offered", func(t *testing.T) {
		t.Parallel()
		s := startServer(t, serverOptions{})
		err := open(t, s, "smtp", "tls=starttls", false).Send(t.Context(), hello)
		require.Error(t, err)
		require.Empty(t, s.received(t))
		require.NoError(t, open(t, s, "smtp", "", false).Send(t.Context(), hello), "on this machine it may do without")
	})
	t.Run("certificate of somebody else", func(t *testing.T) {
		t.Parallel()
		for scheme, o := range map[string]serverOptions{"smtp": {starttls: true}, "smtps": {implicit: true}} {
			s := startServer(t, o)
			sender, err := mailsmtp.New(mailsmtp.Options{URL: scheme + "://" + s.addr, From: "chat@example.org"})
			require.NoError(t, err)
			require.Error(t, sender.Send(t.Context(), hello))
			require.Empty(t, s.received(t))
		}
	})
	t.Run("password over an open line on this machine", func(t *testing.T) {
		t.Parallel()
		s := startServer(t, serverOptions{demandAuth: true, insecureAuth: true})
		require.NoError(t, open(t, s, "smtp", "", true).Send(t.Context(), hello))
		require.Equal(t, 1, s.authPlain)
	})
}

func TestWhichFailuresAreFinal(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		refuse error
		final  bool
	}{
		"no such mailbox": {&smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such mailbox"}, true},
		"mailbox busy":    {&smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 2, 0}, Message: "greylisted"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startServer(t, serverOptions{refuse: tt.refuse})
			err := open(t, s, "smtp", "", false).Send(t.Context(), hello)
			require.Error(t, err)
			if tt.final {
				require.ErrorIs(t, err, mail.ErrPermanent)
			} else {
				require.NotErrorIs(t, err, mail.ErrPermanent)
			}
		})
	}
	t.Run("wrong password", func(t *testing.T) {
		t.Parallel()
		s := startServer(t, serverOptions{starttls: true, demandAuth: true})
		sender, err := mailsmtp.New(mailsmtp.Options{URL: "smtp://parley:not-it@" + s.addr, From: "chat@example.org", TLS: s.trust})
		require.NoError(t, err)
		err = sender.Send(t.Context(), hello)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "not-it")
	})
}

func TestHangingServerIsLeft(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	sender, err := mailsmtp.New(mailsmtp.Options{URL: "smtp://" + listener.Addr().String(), From: "chat@example.org"})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	err = sender.Send(ctx, hello)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NotErrorIs(t, err, mail.ErrPermanent)
}

func TestParse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		url  string
		want mailsmtp.Server
		ok   bool
	}{
		{"smtp://mx.example.org", mailsmtp.Server{Host: "mx.example.org", Port: 587, Security: mailsmtp.StartTLS}, true},
		{"smtp://u:p%40ss@mx.example.org:25", mailsmtp.Server{Host: "mx.example.org", Port: 25, User: "u", Password: "p@ss", Security: mailsmtp.StartTLS}, true},
		{"smtps://u:p@mx.example.org", mailsmtp.Server{Host: "mx.example.org", Port: 465, User: "u", Password: "p", Security: mailsmtp.TLS}, true},
		{"smtp://mx.example.org/?tls=starttls", mailsmtp.Server{Host: "mx.example.org", Port: 587, Security: mailsmtp.StartTLS}, true},
		{"smtp://mx.example.org?tls=off", mailsmtp.Server{Host: "mx.example.org", Port: 587, Security: mailsmtp.Plain}, true},
		{"smtp://localhost:1025", mailsmtp.Server{Host: "localhost", Port: 1025, Security: mailsmtp.IfOffered}, true},
		{"smtp://[::1]:25", mailsmtp.Server{Host: "::1", Port: 25, Security: mailsmtp.IfOffered}, true},
		{"smtp://u:p@localhost?tls=off", mailsmtp.Server{Host: "localhost", Port: 587, User: "u", Password: "p", Security: mailsmtp.Plain}, true},
		{"smtp://127.0.0.1?tls=starttls", mailsmtp.Server{Host: "127.0.0.1", Port: 587, Security: mailsmtp.StartTLS}, true},
		{url: "smtp://u:p@mx.example.org?tls=off"}, // the password would be anybody's
		{url: "smtps://mx.example.org?tls=off"},
		{url: "smtp://mx.example.org?tls=maybe"},
		{url: "smtp://mx.example.org?insecure=1"},
		{url: "smtp://mx.example.org/inbox"},
		{url: "smtp://mx.example.org:0"},
		{url: "smtp://mx.example.org:99999"},
		{url: "smtp://"},
		{url: "smtp://u:secret%zz@mx.example.org"},
		{url: "https://mx.example.org"},
		{url: "mx.example.org:25"},
		{url: ""},
	}
	for _, tt := range tests {
		got, err := mailsmtp.Parse(tt.url)
		if tt.ok {
			require.NoError(t, err, tt.url)
			require.Equal(t, tt.want, got, tt.url)
			continue
		}
		require.ErrorIs(t, err, mailsmtp.ErrURL, tt.url)
		require.NotContains(t, err.Error(), "secret")
	}
	_, err := mailsmtp.New(mailsmtp.Options{URL: "smtp://localhost", From: "Parley"})
	require.Error(t, err)
}

func FuzzParse(f *testing.F) {
	f.Add("smtp://u:p@mx.example.org:25?tls=off")
	f.Add("smtps://[::1]:465")
	f.Fuzz(func(t *testing.T, s string) {
		server, err := mailsmtp.Parse(s)
		if err != nil {
			require.ErrorIs(t, err, mailsmtp.ErrURL)
			return
		}
		require.NotEmpty(t, server.Host)
		require.True(t, server.Port > 0 && server.Port < 65536)
	})
}
