package service

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/ratelimit"
)

// subject is a message that somebody means to change.
type subject struct {
	message chat.Message
	// hearers are of its conversation.
	hearers
}

// subject is the message as it is now, or CodeNotFound.
func (s *Messages) subject(ctx context.Context, v Viewer, id chat.ConversationID, message chat.MessageID) (subject, error) {
	h, err := s.access.hearers(ctx, v, id, chat.TimeOf(s.now()))
	if err != nil {
		return subject{}, err
	}
	found, err := s.find(ctx, id, message)
	if err != nil {
		return subject{}, err
	}
	return subject{found.Normalize(), h}, nil
}

// writable refuses to add to a deleted message, and, with CodeBlocked, to any between two of whom one has blocked the other. What takes
// something away needs no such leave.
func (s *Messages) writable(ctx context.Context, v Viewer, of subject) error {
	if of.message.DeletedAt != 0 {
		return Refuse(CodeForbidden, "the message is deleted")
	}
	return s.access.writable(ctx, v, of.hearers)
}

// change commits e, an entry about the subject, tells the members, and gives the message as it is then. An entry has a key
// of its own, not one by what it does: what a node did not derive because it died, a repeat of the same change brings up to date. What adds
// something has asked writable before.
func (s *Messages) change(ctx context.Context, of subject, e chat.Entry) (chat.Message, error) {
	before := of.message
	e.ConversationID, e.SenderID, e.TargetID = before.ConversationID, of.own.UserID, before.ID
	e.ClientID, e.CreatedAt = chat.SystemClientID(string(chat.NewID[chat.MessageID]())), chat.TimeOf(s.now())
	var told *announcement
	result, err := s.log.Append(ctx, e, func(e chat.Entry) {
		if e.Kind == chat.MessageUpdated {
			// What others changed meanwhile may be missing in it; of an edit clients take only what the edit decides.
			after := before.Apply(e)
			e.Message = &after
		}
		told = s.announcer.committed(e, of.hearers)
	})
	if err != nil {
		return chat.Message{}, fromLog(err)
	}
	if told.over(ctx) {
		return chat.Message{}, fromStore(chat.ErrNotFound, "conversation")
	}
	after, err := s.find(ctx, before.ConversationID, before.ID)
	if err != nil {
		after = before // the change is durable: that it can't be read now is no reason to call it failed
	}
	return after.Apply(result.Entry).Normalize(), nil
}

// admit takes one from the viewer's allowance of something. The decision is nil where there is no limit.
func (s *Messages) admit(ctx context.Context, v Viewer, limit ratelimit.Limit, what string) (*ratelimit.Decision, error) {
	if limit.Unlimited() {
		return nil, nil //nolint:nilnil // no limit, no decision, no error
	}
	decision, err := s.limiter.Allow(ctx, limit, string(v.UserID))
	if err != nil {
		return nil, fmt.Errorf("%s limit: %w", limit.Name, err)
	}
	if !decision.Allowed {
		return &decision, &Error{Code: CodeRateLimited, Detail: "too many " + what + "; wait a little", RetryAfter: decision.RetryAfter}
	}
	return &decision, nil
}

// checkText refuses what is too much, and the character that ends strings in some databases and languages. All else is kept as
// it came, in whatever normal form: text is data.
func (f *fieldErrors) checkText(s string) {
	if n := utf8.RuneCountInString(s); n > chat.MaxText {
		f.add("text", fmt.Sprintf("has %d characters, at most %d are allowed", n, chat.MaxText))
	}
	if strings.ContainsRune(s, 0) {
		f.add("text", "has the character U+0000")
	}
	if users, _ := chat.Mentions(s); len(users) > chat.MaxMentions {
		f.add("text", fmt.Sprintf("mentions %d people, at most %d are allowed", len(users), chat.MaxMentions))
	}
}

// checkClientID refuses what can't be a key that makes repeats harmless.
func (f *fieldErrors) checkClientID(s string) {
	if !chat.ValidClientID(s) {
		f.add("clientId", fmt.Sprintf("must be 1 to %d characters of A-Z, a-z, 0-9, - and _", chat.MaxClientID))
	}
}

// blank tells of a text that shows nothing: space, and characters that only shape others.
func blank(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsSpace(r) && !unicode.In(r, unicode.Cc, unicode.Cf) })
}
