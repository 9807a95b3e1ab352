// Package maillog sends no mail: it says in the log that there is one, and keeps the last ones to be
// looked at. It is for machines without a mail server.
package maillog

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"github.com/parley-chat/parley/api/mail"
)

// Kept is how many mails are kept; older ones are forgotten.
const Kept = 100

// Log keeps mails in memory.
type Log struct {
	logger *slog.Logger

	mu   sync.Mutex
	kept []mail.Message // oldest first; guarded by mu
}

// New logs to logger.
func New(logger *slog.Logger) *Log { return &Log{logger: logger} }

// Send keeps the mail. Neither whom it is to nor what it says is logged: that may be a link that signs
// somebody in.
func (l *Log) Send(ctx context.Context, m mail.Message) error {
	if err := m.Check(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.kept) == Kept {
		l.kept = slices.Delete(l.kept, 0, 1)
	}
	l.kept = append(l.kept, m)
	l.logger.InfoContext(ctx, "mail kept, as no mail server is set", "subject", m.Subject, "mail", m.ID)
	return nil
}

// Messages are the mails kept, latest first.
func (l *Log) Messages() []mail.Message {
	l.mu.Lock()
	defer l.mu.Unlock()
	messages := slices.Clone(l.kept)
	slices.Reverse(messages)
	return messages
}
