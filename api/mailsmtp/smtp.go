// Package mailsmtp sends mail through an SMTP server.
package mailsmtp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/parley-chat/parley/api/mail"
)

// Timeout bounds each step of talking to the server.
const Timeout = 15 * time.Second

// Options of New.
type Options struct {
	// URL is as Parse takes it.
	URL string
	// From is the sender: "Parley <chat@example.org>".
	From string
	// TLS says whom to trust; nil means the system's authorities.
	TLS *tls.Config
}

// Sender sends mail through one server, with a connection for each mail.
type Sender struct {
	server Server
	from   *netmail.Address
	tls    *tls.Config
}

// New does not connect. It fails with ErrURL, or if From is malformed.
func New(o Options) (*Sender, error) {
	server, err := Parse(o.URL)
	if err != nil {
		return nil, err
	}
	from, err := netmail.ParseAddress(o.From)
	if err != nil {
		return nil, fmt.Errorf("mail sender: %w", err)
	}
	security := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.TLS != nil {
		security = o.TLS.Clone()
	}
	security.ServerName = server.Host
	return &Sender{server, from, security}, nil
}

// Send hands the mail to the server.
func (s *Sender) Send(ctx context.Context, m mail.Message) error {
	if err := m.Check(); err != nil {
		return err
	}
	msg, err := s.compose(m)
	if err != nil {
		return fmt.Errorf("%w: smtp: %w", mail.ErrPermanent, err)
	}
	line := &line{ctx: ctx, sender: s}
	defer line.release()
	client, err := gomail.NewClient(s.server.Host, append(s.options(), gomail.WithDialContextFunc(line.dial))...)
	if err != nil {
		return fmt.Errorf("smtp: %w", err)
	}
	err = client.DialAndSendWithContext(ctx, msg)
	var refused *gomail.SendError
	switch {
	case err == nil, msg.IsDelivered(): // the server has it, whatever went wrong in saying goodbye
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("smtp: %w: %w", ctx.Err(), err)
	case errors.As(err, &refused) && refused.ErrorCode() >= 500:
		return fmt.Errorf("%w: smtp: %w", mail.ErrPermanent, err)
	default:
		return fmt.Errorf("smtp: %w", err)
	}
}

// line is the connection for one mail. The library minds the context while it connects only; line hangs up when it ends.
type line struct {
	ctx    context.Context
	sender *Sender
	stop   func() bool
}

func (l *line) dial(ctx context.Context, network, address string) (net.Conn, error) {
	var (
		conn net.Conn
		err  error
	)
	if l.sender.server.Security == TLS {
		conn, err = (&tls.Dialer{Config: l.sender.tls}).DialContext(ctx, network, address)
	} else {
		conn, err = (&net.Dialer{}).DialContext(ctx, network, address)
	}
	if err == nil {
		l.stop = context.AfterFunc(l.ctx, func() { _ = conn.Close() })
	}
	return conn, err
}

func (l *line) release() {
	if l.stop != nil {
		l.stop()
	}
}

func (s *Sender) compose(m mail.Message) (*gomail.Msg, error) {
	msg := gomail.NewMsg()
	msg.FromMailAddress(s.from)
	if err := msg.To(m.To); err != nil {
		return nil, err
	}
	msg.Subject(m.Subject)
	msg.SetDate()
	if m.ID == "" {
		msg.SetMessageID()
	} else {
		msg.SetMessageIDWithValue(m.ID + "@parley") // the same for each try: most servers keep one of two
	}
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	return msg, nil
}

func (s *Sender) options() []gomail.Option {
	options := []gomail.Option{gomail.WithPort(s.server.Port), gomail.WithTimeout(Timeout), gomail.WithTLSConfig(s.tls)}
	switch s.server.Security {
	case TLS:
		options = append(options, gomail.WithSSL())
	case StartTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case IfOffered:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	case Plain:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if s.server.User != "" {
		options = append(options, gomail.WithUsername(s.server.User), gomail.WithPassword(s.server.Password),
			// PLAIN and LOGIN by themselves refuse to go over an open line to another machine.
			gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin))
	}
	return options
}
