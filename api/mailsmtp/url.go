package mailsmtp

import (
	"errors"
	"net/netip"
	"net/url"
	"strconv"
)

// ErrURL: not smtp://[user:password@]host[:port][?tls=starttls|off] or smtps://[user:password@]host[:port]. It
// never quotes the URL, which may hold a password.
var ErrURL = errors.New("not an SMTP URL")

// Security is how the line to a server is kept from others.
type Security int

const (
	// StartTLS is demanded before anything is said.
	StartTLS Security = iota
	// TLS is there from the first byte.
	TLS
	// IfOffered is StartTLS where the server can do it; for servers on this machine.
	IfOffered
	// Plain is nothing at all.
	Plain
)

// Server is where mails go.
type Server struct {
	Host string
	Port int
	// User is "" for a server that wants none.
	User, Password string
	Security       Security
}

// Parse reads a server's URL. smtp:// (port 587) demands STARTTLS, but for a server on this machine, and but for
// ?tls=off, which takes no password to another machine; smtps:// (port 465) is TLS from the start. Fails with ErrURL.
func Parse(s string) (Server, error) {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.Path != "" && u.Path != "/" || u.Fragment != "" {
		return Server{}, ErrURL
	}
	server := Server{Host: u.Hostname()}
	if u.User != nil {
		server.User = u.User.Username()
		server.Password, _ = u.User.Password()
	}
	query := u.Query()
	choice := query.Get("tls")
	query.Del("tls")
	if len(query) > 0 {
		return Server{}, ErrURL
	}
	local := loopback(server.Host)
	switch {
	case u.Scheme == "smtps" && choice == "":
		server.Port, server.Security = 465, TLS
	case u.Scheme != "smtp":
		return Server{}, ErrURL
	case choice == "off" && (server.User == "" || local):
		server.Port, server.Security = 587, Plain
	case choice == "starttls" || choice == "" && !local:
		server.Port, server.Security = 587, StartTLS
	case choice == "":
		server.Port, server.Security = 587, IfOffered
	default:
		return Server{}, ErrURL
	}
	if port := u.Port(); port != "" {
		server.Port, err = strconv.Atoi(port)
		if err != nil || server.Port < 1 || server.Port > 65535 {
			return Server{}, ErrURL
		}
	}
	return server, nil
}

func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}
