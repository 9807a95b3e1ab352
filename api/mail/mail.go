// Package mail holds the mails that Parley writes, and the queue that gets them out without anybody
// waiting for it.
package mail

import (
	"context"
	"errors"
	"fmt"
	netmail "net/mail"
	"strings"
	"unicode"
)

// ErrPermanent is wrapped by a Sender's error when another try has no hope.
var ErrPermanent = errors.New("mail refused for good")

// Message is one mail to one person.
type Message struct {
	// ID is the same for each try, so that a sender can tell a repeat. The queue sets it.
	ID string
	// To is a bare address.
	To      string
	Subject string
	// Text and HTML say the same; HTML may be "".
	Text string
	HTML string
}

// Sender gets one mail to somebody who will deliver it. An error that wraps ErrPermanent is final;
// after any other, another try may do.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// maxSubject is in bytes.
const maxSubject = 200

// Check refuses, with ErrPermanent, a message that would not be one: above all one whose address or
// subject has a line break and would smuggle in headers. Each Sender calls it.
func (m Message) Check() error {
	address, err := netmail.ParseAddress(m.To)
	switch {
	case err != nil || address.Name != "" || address.Address != m.To || strings.ContainsFunc(m.To, unicode.IsControl):
		return fmt.Errorf("%w: the recipient is no bare address", ErrPermanent)
	case m.Subject == "" || len(m.Subject) > maxSubject || strings.ContainsFunc(m.Subject, unicode.IsControl):
		return fmt.Errorf("%w: the subject is empty, too long, or not one line", ErrPermanent)
	case m.Text == "":
		return fmt.Errorf("%w: there is no text", ErrPermanent)
	}
	return nil
}
