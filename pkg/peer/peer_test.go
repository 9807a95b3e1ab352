package peer_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/peer"
)

func rules() *peer.Rules {
	return peer.NewRules([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")},
		"https://chat.example.org/", "http://localhost:8080")
}

func request(from string, headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "http://parley.example.org/api/x", nil)
	r.RemoteAddr = from
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return r
}

func TestAddress(t *testing.T) {
	const xff = "X-Forwarded-For"
	tests := []struct {
		name, from string
		headers    []string
		want       string
	}{
		{"direct", "198.51.100.7:1234", nil, "198.51.100.7"},
		{"a stranger's claim is worth nothing", "198.51.100.7:1234", []string{xff, "203.0.113.1"}, "198.51.100.7"},
		{"behind a proxy", "10.1.2.3:1234", []string{xff, "203.0.113.1"}, "203.0.113.1"},
		{"behind a chain", "10.1.2.3:1234", []string{xff, "203.0.113.1, 10.9.9.9"}, "203.0.113.1"},
		{"what comes before the client was written by it", "10.1.2.3:1", []string{xff, "1.1.1.1, 203.0.113.1, 10.9.9.9"}, "203.0.113.1"},
		{"several header lines", "10.1.2.3:1", []string{xff, "1.1.1.1", xff, "203.0.113.1"}, "203.0.113.1"},
		{"rubbish stops the search", "10.1.2.3:1", []string{xff, "203.0.113.1, unknown, 10.4.4.4"}, "10.4.4.4"},
		{"no header", "10.1.2.3:1", nil, "10.1.2.3"},
		{"IPv4 in IPv6", "[::ffff:198.51.100.7]:1", nil, "198.51.100.7"},
		{"IPv6 proxy", "[::1]:1", []string{xff, "2001:db8::1"}, "2001:db8::1"},
		{"no address", "@", nil, "invalid IP"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, test.want, rules().Address(request(test.from, test.headers...)).String())
		})
	}
}

func TestBucket(t *testing.T) {
	require.Equal(t, "198.51.100.7", rules().Bucket(request("198.51.100.7:1")))
	require.Equal(t, "2001:db8:1:2::/64", rules().Bucket(request("[2001:db8:1:2:3:4:5:6]:1")))
}

func TestSecure(t *testing.T) {
	require.False(t, rules().Secure(request("10.0.0.1:1")))
	require.True(t, rules().Secure(request("10.0.0.1:1", "X-Forwarded-Proto", "https")))
	require.False(t, rules().Secure(request("198.51.100.7:1", "X-Forwarded-Proto", "https")), "a stranger's claim")
	direct := request("198.51.100.7:1")
	direct.TLS = &tls.ConnectionState{}
	require.True(t, rules().Secure(direct))
}

func TestOriginAllowed(t *testing.T) {
	const stranger, proxy = "198.51.100.7:1", "10.0.0.1:1"
	tests := []struct {
		name, from string
		headers    []string
		want       bool
	}{
		{"no browser", stranger, nil, true},
		{"same host", stranger, []string{"Origin", "http://parley.example.org"}, true},
		{"same host behind TLS", stranger, []string{"Origin", "https://parley.example.org"}, true},
		{"case and default port", stranger, []string{"Origin", "https://PARLEY.example.org:443"}, true},
		{"another port", stranger, []string{"Origin", "http://parley.example.org:8080"}, false},
		{"another host", stranger, []string{"Origin", "https://evil.example.com"}, false},
		{"the host as a prefix", stranger, []string{"Origin", "https://parley.example.org.evil.com"}, false},
		{"null", stranger, []string{"Origin", "null"}, false},
		{"empty", stranger, []string{"Origin", ""}, false},
		{"two", stranger, []string{"Origin", "http://parley.example.org", "Origin", "https://evil.example.com"}, false},
		{"another scheme", stranger, []string{"Origin", "ftp://parley.example.org"}, false},
		{"with a path", stranger, []string{"Origin", "http://parley.example.org/x"}, false},
		{"allowed", stranger, []string{"Origin", "https://chat.example.org"}, true},
		{"allowed, with a port", stranger, []string{"Origin", "http://localhost:8080"}, true},
		{"allowed under another scheme", stranger, []string{"Origin", "http://chat.example.org"}, false},
		{"the proxy's host", proxy, []string{"Origin", "https://front.example.org", "X-Forwarded-Host", "front.example.org"}, true},
		{"a stranger's host", stranger, []string{"Origin", "https://front.example.org", "X-Forwarded-Host", "front.example.org"}, false},
		{"cross-site without an origin", stranger, []string{"Sec-Fetch-Site", "cross-site"}, false},
		{"same site without an origin", stranger, []string{"Sec-Fetch-Site", "same-origin"}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, test.want, rules().OriginAllowed(request(test.from, test.headers...)))
		})
	}
}
