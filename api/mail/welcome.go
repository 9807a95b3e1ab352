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
	welcomeText = texttemplate.Must(texttemplate.ParseFS(templates, "templates/welcome.txt"))
	welcomeHTML = htmltemplate.Must(htmltemplate.ParseFS(templates, "templates/welcome.html"))
)

// Greeter welcomes new users by mail.
type Greeter struct {
	queue  *Queue
	url    string
	logger *slog.Logger
}

// NewGreeter sends through queue, with publicURL, the address of this Parley, for a link.
func NewGreeter(queue *Queue, publicURL string, logger *slog.Logger) *Greeter {
	return &Greeter{queue, publicURL, logger}
}

// Welcome queues the mail to a new user. It never blocks.
func (g *Greeter) Welcome(u chat.User) {
	m, err := Welcome(u.Email, u.FullName, g.url)
	if err != nil {
		g.logger.Error("no welcome mail", "user", u.ID, "error", err)
		return
	}
	g.queue.Add(u.ID, m)
}

// Welcome is the mail to a new user.
func Welcome(to, fullName, publicURL string) (Message, error) {
	data := struct{ Name, URL string }{greeting(fullName), publicURL}
	var text, html strings.Builder
	if err := welcomeText.Execute(&text, data); err != nil {
		return Message{}, fmt.Errorf("welcome mail: %w", err)
	}
	if err := welcomeHTML.Execute(&html, data); err != nil {
		return Message{}, fmt.Errorf("welcome mail: %w", err)
	}
	return Message{To: to, Subject: "Welcome to Parley", Text: text.String(), HTML: html.String()}, nil
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
