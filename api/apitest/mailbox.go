package apitest

import (
	"sync"

	"github.com/parley-chat/parley/pkg/chat"
)

// Letter is a mail that a node wrote: what about, to whom, and the token of its link.
type Letter struct {
	About string
	To    chat.User
	Token string
}

// Mailbox is a mailer that keeps what it is to write.
type Mailbox struct {
	mu      sync.Mutex
	letters []Letter // guarded by mu
}

// Welcome keeps the letter, as all others do.
func (m *Mailbox) Welcome(u chat.User, token string) { m.put(Letter{"welcome", u, token}) }

// VerifyEmail is one of service.Mailer.
func (m *Mailbox) VerifyEmail(u chat.User, token string) { m.put(Letter{"verify", u, token}) }

// ResetPassword is one of service.Mailer.
func (m *Mailbox) ResetPassword(u chat.User, token string) { m.put(Letter{"reset", u, token}) }

// PasswordChanged is one of service.Mailer.
func (m *Mailbox) PasswordChanged(u chat.User) { m.put(Letter{"changed", u, ""}) }

func (m *Mailbox) put(l Letter) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.letters = append(m.letters, l)
}

// About are the letters about something to a user, in order; to all users for "".
func (m *Mailbox) About(what string, user chat.UserID) []Letter {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []Letter
	for _, l := range m.letters {
		if l.About == what && (user == "" || l.To.ID == user) {
			found = append(found, l)
		}
	}
	return found
}

// Users are all that were welcomed, in order.
func (m *Mailbox) Users() []chat.User {
	var users []chat.User
	for _, l := range m.About("welcome", "") {
		users = append(users, l.To)
	}
	return users
}
