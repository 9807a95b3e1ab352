package server

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// originAllowed keeps other sites from opening sockets with their visitors' cookies. A request without an Origin
// is not a browser's.
func (s *Server) originAllowed(r *http.Request) bool {
	values := r.Header.Values("Origin")
	if len(values) == 0 {
		return true
	}
	if len(values) > 1 {
		return false
	}
	u, err := url.Parse(values[0])
	if err != nil || u.Host == "" {
		return false // also "null", of sandboxed pages
	}
	return strings.EqualFold(u.Host, r.Host) || slices.Contains(s.origins, foldOrigin(values[0]))
}

// foldOrigin is an origin as it is compared.
func foldOrigin(o string) string { return strings.ToLower(strings.TrimSuffix(o, "/")) }

// clientAddr is the address that a request came from: the last one in X-Forwarded-For that is no trusted proxy, if a
// trusted proxy sent it.
func (s *Server) clientAddr(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := peer.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !s.trusted(addr) {
			break
		}
		before, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		addr = before.Unmap()
	}
	return addr
}

func (s *Server) trusted(addr netip.Addr) bool {
	return slices.ContainsFunc(s.opts.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(addr) })
}
