package mailsmtp_test

import (
	"crypto/tls"
	"errors"
	"io"
	"log"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/mail"
)

const (
	user     = "parley"
	password = "keep this/to yourself"
)

// server is a real SMTP server on this machine, which keeps what it takes.
type server struct {
	// addr is host:port.
	addr string
	// trust is a TLS configuration that trusts the server.
	trust *tls.Config
	// demandAuth refuses mail without a password; refuse is the answer to each recipient, if set.
	demandAuth bool
	refuse     error

	mu   sync.Mutex
	raw  []string // guarded by mu
	from []string // guarded by mu
	// authOverTLS and authPlain count sign-ins by kind of line; guarded by mu.
	authOverTLS, authPlain int
}

type serverOptions struct {
	starttls, implicit, demandAuth, insecureAuth bool
	refuse                                       error
}

func startServer(t *testing.T, o serverOptions) *server {
	t.Helper()
	// net/http's test server has a certificate for 127.0.0.1 and a pool that trusts it.
	https := httptest.NewTLSServer(nil)
	t.Cleanup(https.Close)
	pool := https.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	s := &server{trust: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, demandAuth: o.demandAuth, refuse: o.refuse}
	backend := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{server: s, conn: c}, nil
	}))
	backend.Domain = "localhost"
	backend.AllowInsecureAuth = o.insecureAuth
	backend.ErrorLog = log.New(io.Discard, "", 0)
	serverTLS := &tls.Config{Certificates: https.TLS.Certificates, MinVersion: tls.VersionTLS12}
	if o.starttls {
		backend.TLSConfig = serverTLS
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.addr = listener.Addr().String()
	if o.implicit {
		listener = tls.NewListener(listener, serverTLS)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = backend.Serve(listener)
	}()
	t.Cleanup(func() {
		_ = backend.Close()
		_ = listener.Close() // which the server may not know of yet
		<-done
	})
	return s
}

type session struct {
	server *server
	conn   *smtp.Conn
	signed bool
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, name, secret string) error {
		if name != user || secret != password {
			return errors.New("wrong password")
		}
		_, overTLS := s.conn.TLSConnectionState()
		s.server.mu.Lock()
		defer s.server.mu.Unlock()
		if overTLS {
			s.server.authOverTLS++
		} else {
			s.server.authPlain++
		}
		s.signed = true
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.server.demandAuth && !s.signed {
		return smtp.ErrAuthRequired
	}
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.from = append(s.server.from, from)
	return nil
}

func (s *session) Rcpt(string, *smtp.RcptOptions) error { return s.server.refuse }

func (s *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.raw = append(s.server.raw, string(b))
	return nil
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

// received reads the mails as a mail program does.
func (s *server) received(t *testing.T) []mail.Message {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	var messages []mail.Message
	for _, raw := range s.raw {
		messages = append(messages, read(t, raw))
	}
	return messages
}

func read(t *testing.T, raw string) mail.Message {
	t.Helper()
	parsed, err := netmail.ReadMessage(strings.NewReader(raw))
	require.NoError(t, err)
	for _, once := range []string{"From", "To", "Subject", "Date", "Message-Id", "Content-Type"} {
		require.Len(t, parsed.Header[once], 1, once)
	}
	require.Empty(t, parsed.Header["Bcc"])
	to, err := netmail.ParseAddress(parsed.Header.Get("To"))
	require.NoError(t, err)
	subject, err := (&mime.WordDecoder{}).DecodeHeader(parsed.Header.Get("Subject"))
	require.NoError(t, err)
	m := mail.Message{ID: strings.Trim(parsed.Header.Get("Message-Id"), "<>"), To: to.Address, Subject: subject}
	kind, params, err := mime.ParseMediaType(parsed.Header.Get("Content-Type"))
	require.NoError(t, err)
	if kind == "text/plain" {
		m.Text = body(t, parsed.Header.Get("Content-Transfer-Encoding"), parsed.Body)
		return m
	}
	require.Equal(t, "multipart/alternative", kind)
	parts := multipart.NewReader(parsed.Body, params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return m
		}
		require.NoError(t, err)
		content := body(t, part.Header.Get("Content-Transfer-Encoding"), part)
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			m.HTML = content
		} else {
			m.Text = content
		}
	}
}

func body(t *testing.T, encoding string, r io.Reader) string {
	t.Helper()
	if encoding == "quoted-printable" {
		r = quotedprintable.NewReader(r)
	}
	b, err := io.ReadAll(r)
	require.NoError(t, err)
	return strings.ReplaceAll(string(b), "\r\n", "\n")
}
