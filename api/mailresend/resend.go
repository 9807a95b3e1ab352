// Package mailresend sends mail through Resend.
package mailresend

import (
	"context"
	"fmt"
	"net/http"
	netmail "net/mail"
	"net/url"
	"time"

	"github.com/resend/resend-go/v3"

	"github.com/parley-chat/parley/api/mail"
)

// Timeout bounds one call.
const Timeout = 15 * time.Second

// Options of New.
type Options struct {
	APIKey string
	// From is the sender: "Parley <chat@example.org>".
	From string
	// BaseURL is Resend's, unless set.
	BaseURL string
}

// Sender sends mail through one Resend account.
type Sender struct {
	client *resend.Client
	from   string
}

// New does not call Resend. It fails if From or BaseURL is malformed.
func New(o Options) (*Sender, error) {
	from, err := netmail.ParseAddress(o.From)
	if err != nil {
		return nil, fmt.Errorf("mail sender: %w", err)
	}
	client := resend.NewCustomClient(&http.Client{Timeout: Timeout, Transport: statusKeeper{http.DefaultTransport}}, o.APIKey)
	if o.BaseURL != "" {
		base, err := url.Parse(o.BaseURL)
		if err != nil {
			return nil, fmt.Errorf("resend address: %w", err)
		}
		client.BaseURL = base
	}
	return &Sender{client, from.String()}, nil
}

// Send hands the mail to Resend. Two calls with the same Message.ID send one mail.
func (s *Sender) Send(ctx context.Context, m mail.Message) error {
	if err := m.Check(); err != nil {
		return err
	}
	status := 0
	ctx = context.WithValue(ctx, statusKey{}, &status)
	_, err := s.client.Emails.SendWithOptions(ctx, &resend.SendEmailRequest{
		From: s.from, To: []string{m.To}, Subject: m.Subject, Text: m.Text, Html: m.HTML,
	}, &resend.SendEmailOptions{IdempotencyKey: m.ID})
	switch {
	case err == nil:
		return nil
	case final(status):
		return fmt.Errorf("%w: resend: status %d: %w", mail.ErrPermanent, status, err)
	default:
		return fmt.Errorf("resend: status %d: %w", status, err)
	}
}

// final tells whether the same request would be refused again.
func final(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	default:
		return status >= 400 && status < 500
	}
}

type statusKey struct{}

// statusKeeper notes each answer's status for Send: the library's errors don't tell it.
type statusKeeper struct{ next http.RoundTripper }

func (k statusKeeper) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := k.next.RoundTrip(r)
	if status, ok := r.Context().Value(statusKey{}).(*int); ok && err == nil {
		*status = res.StatusCode
	}
	return res, err
}
