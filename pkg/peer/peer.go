// Package peer tells who is at the other end of an HTTP request: the client's address, the scheme and the
// host it used, and whether the page it came from may write. What proxies say in X-Forwarded-* is believed
// only of those that are trusted; anybody else could write anything there.
package peer

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// Rules are whom to believe, and which pages may write. Safe for concurrent use.
type Rules struct {
	proxies []netip.Prefix
	origins map[string]bool
}

// NewRules trusts proxies in the given networks and allows writes from origins ("https://chat.example.org"),
// beside those from the host that the request itself is for.
func NewRules(proxies []netip.Prefix, origins ...string) *Rules {
	r := &Rules{proxies: proxies, origins: map[string]bool{}}
	for _, o := range origins {
		if scheme, host, ok := splitOrigin(strings.TrimSuffix(o, "/")); ok {
			r.origins[scheme+"://"+host] = true
		}
	}
	return r
}

// Address is the client's: the nearest one in X-Forwarded-For that is no trusted proxy, or the connection's
// own. It is the zero Addr if the connection has none (a unix socket).
func (r *Rules) Address(req *http.Request) netip.Addr {
	addr := connection(req)
	if !r.trusted(addr) {
		return addr
	}
	hops := strings.Split(strings.Join(req.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break // whatever is left of it was written by who knows whom
		}
		addr = hop.Unmap().WithZone("")
		if !r.trusted(addr) {
			break
		}
	}
	return addr
}

// Bucket is the client's address as limits count it: an IPv6 client owns a whole /64.
func (r *Rules) Bucket(req *http.Request) string {
	addr := r.Address(req)
	if addr.Is6() {
		if network, err := addr.Prefix(64); err == nil {
			return network.String()
		}
	}
	return addr.String()
}

// Secure tells whether the client came over https.
func (r *Rules) Secure(req *http.Request) bool {
	if req.TLS != nil {
		return true
	}
	return r.trusted(connection(req)) && strings.EqualFold(req.Header.Get("X-Forwarded-Proto"), "https")
}

// Host is the host, with its port if any, that the client asked for.
func (r *Rules) Host(req *http.Request) string {
	if forwarded := req.Header.Get("X-Forwarded-Host"); forwarded != "" && r.trusted(connection(req)) {
		return forwarded
	}
	return req.Host
}

// OriginAllowed tells whether the page that makes a browser send req may do so: one from the same host, or from
// an allowed origin. A request that names no page (no browser sends such a one across sites) is allowed.
func (r *Rules) OriginAllowed(req *http.Request) bool {
	origins := req.Header.Values("Origin")
	if len(origins) == 0 {
		return req.Header.Get("Sec-Fetch-Site") != "cross-site"
	}
	scheme, host, ok := splitOrigin(origins[0])
	if !ok || len(origins) > 1 { // "null" is not ours either
		return false
	}
	return host == withoutDefaultPort(scheme, strings.ToLower(r.Host(req))) || r.origins[scheme+"://"+host]
}

func (r *Rules) trusted(addr netip.Addr) bool {
	for _, p := range r.proxies {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

func connection(req *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(req.RemoteAddr)
	if err != nil {
		host = req.RemoteAddr
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	return addr.Unmap().WithZone("")
}

// splitOrigin gives the scheme and the host of an origin in lower case, without the scheme's own port.
func splitOrigin(s string) (scheme, host string, ok bool) {
	u, err := url.Parse(strings.ToLower(s))
	if err != nil || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return "", "", false
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return "", "", false
	}
	return u.Scheme, withoutDefaultPort(u.Scheme, u.Host), true
}

func withoutDefaultPort(scheme, host string) string {
	if scheme == "https" {
		return strings.TrimSuffix(host, ":443")
	}
	return strings.TrimSuffix(host, ":80")
}
