package mail

import (
	"embed"
	"fmt"
	htmltemplate "html/template"
	"log/slog"
	"strings"
	texttemplate "text/template"
	"unicode"

	"github.com/parley-chat/parley/pkg/chat"
)

//go:embed templates
var templates embed.FS

var (
	letterText = texttemplate.Must(texttemplate.ParseFS(templates, "templates/letter.txt"))
	letterHTML = htmltemplate.Must(htmltemplate.ParseFS(templates, "templates/letter.html"))
)

// Letters are the mails about accounts.
type Letters struct {
	queue  *Queue
	url    string
	logger *slog.Logger
}

// NewLetters sends through queue, with publicURL, the address of this Parley, for the links.
func NewLetters(queue *Queue, publicURL string, logger *slog.Logger) *Letters {
	return &Letters{queue, strings.TrimSuffix(publicURL, "/"), logger}
}

// letter is what differs between the mails.
type letter struct {
	Subject, Lead string
	// Action is what the link does; without a URL there is none.
	Action, URL string
	Close       string
}

const notYou = "If it wasn’t you who asked for this, you can ignore this mail."

// Welcome queues the mail to a new user, with a link that proves the address unless token is "". Like all of
// these it never blocks.
func (l *Letters) Welcome(u chat.User, token string) {
	m := letter{
		Subject: "Welcome to Parley",
		Lead:    "welcome to Parley. Your account is ready: sign in with this address and the password you chose.",
		Action:  "Open Parley", URL: l.url,
		Close: "If it wasn’t you who signed up, you can ignore this mail.",
	}
	if token != "" {
		m.Lead += " Please confirm that this address is yours:"
		m.Action, m.URL = "Confirm address", l.link("verify-email", token)
	}
	l.post(u, m)
}

// VerifyEmail queues a mail with a link that proves the address.
func (l *Letters) VerifyEmail(u chat.User, token string) {
	l.post(u, letter{
		Subject: "Confirm your address",
		Lead:    "please confirm that this address is yours:",
		Action:  "Confirm address", URL: l.link("verify-email", token),
		Close: notYou,
	})
}

// ResetPassword queues a mail with a link that lets its holder set a new password.
func (l *Letters) ResetPassword(u chat.User, token string) {
	l.post(u, letter{
		Subject: "Reset your password",
		Lead:    "somebody, hopefully you, has forgotten the password of your account. This link lets you choose a new one. It works once, within an hour:",
		Action:  "Choose a new password", URL: l.link("reset-password", token),
		Close: notYou,
	})
}

// PasswordChanged queues a mail that tells the owner, whoever it was that changed the password.
func (l *Letters) PasswordChanged(u chat.User) {
	l.post(u, letter{
		Subject: "Your password was changed",
		Lead:    "the password of your account was changed, and other devices were signed out.",
		Close:   "If it wasn’t you, ask for a new password on the sign-in page at once.",
	})
}

// link puts the token where browsers keep it to themselves: behind the #, which goes to no server and into no log.
func (l *Letters) link(page, token string) string { return l.url + "/" + page + "#" + token }

func (l *Letters) post(u chat.User, about letter) {
	m, err := about.write(u)
	if err != nil {
		l.logger.Error("no mail", "subject", about.Subject, "user", u.ID, "error", err)
		return
	}
	l.queue.Add(u.ID, m)
}

func (l letter) write(u chat.User) (Message, error) {
	data := struct {
		letter
		Name string
	}{l, greeting(u.FullName)}
	var text, html strings.Builder
	if err := letterText.Execute(&text, data); err != nil {
		return Message{}, fmt.Errorf("write mail: %w", err)
	}
	if err := letterHTML.Execute(&html, data); err != nil {
		return Message{}, fmt.Errorf("write mail: %w", err)
	}
	return Message{To: u.Email, Subject: l.Subject, Text: text.String(), HTML: html.String()}, nil
}

// greeting is a name as a mail may say it, or "". Whoever signs up chooses both the name and the
// address: a name that mail programs would make a link of would turn us into somebody's advertiser.
func greeting(name string) string {
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, name)
	name = strings.Join(strings.Fields(name), " ")
	if strings.ContainsAny(name, `/\:@<>`) {
		return ""
	}
	for word := range strings.FieldsSeq(name) {
		if strings.Contains(strings.Trim(word, "."), ".") {
			return ""
		}
	}
	return name
}
