package maillog

import (
	_ "embed"
	"encoding/json"
	"html/template"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/parley-chat/parley/api/mail"
)

//go:embed page.html
var pageSource string

var page = template.Must(template.New("page").Parse(pageSource))

// ServeHTTP shows the mails kept, as a page, or as JSON {messages:[…]} where that is asked for. Mails hold links that
// sign people in, so only a browser on this machine gets them, and nothing that came through a proxy does.
func (l *Log) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !fromHere(r) {
		http.NotFound(w, r)
		return
	}
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		header.Set("Content-Type", "application/json")
		l.writeJSON(w)
		return
	}
	header.Set("Content-Type", "text/html; charset=utf-8")
	// The mails' own HTML is in frames that inherit this, and are sandboxed besides: nothing of it runs or loads.
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; frame-ancestors 'none'; form-action 'none'; base-uri 'none'")
	_ = page.Execute(w, struct { // the reader went away: nobody to tell
		Kept     int
		Messages []mail.Message
	}{Kept, l.Messages()})
}

type messageJSON struct {
	ID      string `json:"id"`
	To      string `json:"to"`
	Subject string `json:"subject"`
	Text    string `json:"text"`
	HTML    string `json:"html"`
}

func (l *Log) writeJSON(w http.ResponseWriter) {
	messages := []messageJSON{}
	for _, m := range l.Messages() {
		messages = append(messages, messageJSON(m))
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"messages": messages}) // as above
}

// fromHere tells whether the request is from this machine, and meant for it: a name that somebody else's DNS points
// here is not ours.
func fromHere(r *http.Request) bool {
	for _, forwarded := range []string{"X-Forwarded-For", "X-Real-Ip", "Forwarded"} {
		if r.Header.Get(forwarded) != "" {
			return false
		}
	}
	client, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !client.Addr().Unmap().IsLoopback() {
		return false
	}
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && addr.IsLoopback()
}
