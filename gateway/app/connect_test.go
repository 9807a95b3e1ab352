package app_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/gateway/config"
	"github.com/parley-chat/parley/gateway/gatewaytest"
	"github.com/parley-chat/parley/pkg/chat"
)

func TestHelloIsFirstAndNothingAfterItIsMissed(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	g := w.Start(t)
	alice := w.Login(t)
	var (
		mu   sync.Mutex
		sent int
		wg   sync.WaitGroup
		stop = make(chan struct{})
	)
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			mu.Lock()
			w.Publish(alice.UserID, strconv.Itoa(sent))
			sent++
			mu.Unlock()
			time.Sleep(50 * time.Microsecond)
		}
	})
	for range 30 {
		c := gatewaytest.Connect(t, g, alice)
		// What has been published by now may come or not; all that follows has to.
		mu.Lock()
		after := sent
		mu.Unlock()
		first, err := strconv.Atoi(c.Next(t))
		require.NoError(t, err)
		require.LessOrEqual(t, first, after)
		for n := first + 1; n < after+5; n++ {
			require.Equal(t, strconv.Itoa(n), c.Next(t))
		}
		require.NoError(t, c.Close())
	}
	close(stop)
	wg.Wait()
}

func TestWaysToSignIn(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	g := w.Start(t)
	alice, bob := w.Login(t), w.Login(t)
	tests := []struct {
		name      string
		header    http.Header
		protocols []string
		want      chat.UserID
	}{
		{"cookie", http.Header{"Cookie": {"parley_access=" + alice.Token}}, []string{"parley.v1"}, alice.UserID},
		{"header", http.Header{"Authorization": {"Bearer " + alice.Token}}, []string{"parley.v1"}, alice.UserID},
		{"subprotocol", nil, []string{"parley.v1", "bearer." + alice.Token}, alice.UserID},
		{"subprotocol, token first", nil, []string{"bearer." + alice.Token, "parley.v1"}, alice.UserID},
		{"on purpose before by cookie", http.Header{"Cookie": {"parley_access=" + alice.Token}}, []string{"parley.v1", "bearer." + bob.Token}, bob.UserID},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			conn, resp, err := gatewaytest.Dial(g, test.header, test.protocols...)
			require.NoError(t, err)
			defer conn.Close()
			require.Equal(t, []string{"parley.v1"}, resp.Header.Values("Sec-Websocket-Protocol"), "the token is never sent back")
			var hello map[string]any
			require.NoError(t, conn.ReadJSON(&hello))
			require.Equal(t, "hello", hello["type"])
			require.Equal(t, string(test.want), hello["userId"])
			require.EqualValues(t, 25000, hello["pingIntervalMs"])
			require.NotEmpty(t, hello["node"])
			_, err = time.Parse(time.RFC3339, hello["serverTime"].(string))
			require.NoError(t, err)
		})
	}
}

func TestNotSignedInIsClosedWith4401(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	g := w.Start(t)
	revoked, foreign, unknown := w.Login(t), w.Login(t), w.Login(t)
	w.Store.PutSession(chat.Session{ID: revoked.SessionID, UserID: revoked.UserID, ExpiresAt: 1 << 50, RevokedAt: 1})
	w.Store.PutSession(chat.Session{ID: foreign.SessionID, UserID: unknown.UserID, ExpiresAt: 1 << 50})
	expired, _, err := w.Issuer.Access(unknown.UserID, unknown.SessionID, -time.Minute)
	require.NoError(t, err)
	nowhere, _, err := w.Issuer.Access(unknown.UserID, chat.NewID[chat.SessionID](), time.Minute)
	require.NoError(t, err)
	for name, protocols := range map[string][]string{
		"no credentials":               {"parley.v1"},
		"forged":                       {"parley.v1", "bearer." + unknown.Token + "x"},
		"expired":                      {"parley.v1", "bearer." + expired},
		"session revoked":              {"parley.v1", "bearer." + revoked.Token},
		"session of another user":      {"parley.v1", "bearer." + foreign.Token},
		"session that does not exist":  {"parley.v1", "bearer." + nowhere},
		"an empty token of no meaning": {"parley.v1", "bearer."},
	} {
		t.Run(name, func(t *testing.T) {
			conn, _, err := gatewaytest.Dial(g, nil, protocols...)
			require.NoError(t, err)
			defer conn.Close()
			require.Equal(t, 4401, gatewaytest.AwaitClose(t, conn))
		})
	}
	gatewaytest.Eventually(t, func() bool { return g.Metric(t, "parley_gateway_sockets") == 0 }, "sockets are left")
	g.AwaitMetric(t, 7, "parley_gateway_connects_total", "unauthenticated")
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	g := w.Start(t, func(c *config.Config) {
		c.PublicURL = "https://chat.example.org"
		c.AllowedOrigins = []string{"https://App.example.org/"}
	})
	alice := w.Login(t)
	upgrade := http.Header{
		"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"},
		"Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}, "Sec-Websocket-Protocol": {"parley.v1"},
		"Authorization": {"Bearer " + alice.Token}, "X-Request-Id": {"request-1"},
	}
	with := func(key, value string) http.Header {
		h := upgrade.Clone()
		h.Set(key, value)
		return h
	}
	tests := []struct {
		name, method, path string
		header             http.Header
		status             int
		code               string
	}{
		{"foreign origin", "GET", "/ws", with("Origin", "https://evil.example.org"), 403, "origin_forbidden"},
		{"sandboxed origin", "GET", "/ws", with("Origin", "null"), 403, "origin_forbidden"},
		{"origin that only begins alike", "GET", "/ws", with("Origin", "https://chat.example.org.evil.org"), 403, "origin_forbidden"},
		{"origin with another scheme", "GET", "/ws", with("Origin", "http://chat.example.org"), 403, "origin_forbidden"},
		{"no subprotocol", "GET", "/ws", with("Sec-Websocket-Protocol", "chat"), 400, "bad_handshake"},
		{"no key", "GET", "/ws", with("Sec-Websocket-Key", "x"), 400, "bad_handshake"},
		{"old version", "GET", "/ws", with("Sec-Websocket-Version", "8"), 400, "bad_handshake"},
		{"not a WebSocket", "GET", "/ws", with("Upgrade", "h2c"), 426, "upgrade_required"},
		{"not GET", "POST", "/ws", upgrade, 405, "method_not_allowed"},
		{"elsewhere", "GET", "/", upgrade, 404, "not_found"},
		{"own host", "GET", "/ws", with("Origin", "http://"+g.Addr()), 101, ""},
		{"public address", "GET", "/ws", with("Origin", "https://chat.example.org"), 101, ""},
		{"allowed origin", "GET", "/ws", with("Origin", "https://app.example.org"), 101, ""},
		{"no browser", "GET", "/ws", upgrade, 101, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), test.method, "http://"+g.Addr()+test.path, http.NoBody)
			require.NoError(t, err)
			req.Header = test.header
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			resp, err := transport.RoundTrip(req)
			require.NoError(t, err)
			defer resp.Body.Close()
			require.Equal(t, test.status, resp.StatusCode)
			if test.status == 101 {
				return
			}
			require.Equal(t, "application/problem+json", resp.Header.Get("Content-Type"))
			require.Equal(t, "request-1", resp.Header.Get("X-Request-Id"))
			if test.status == 405 {
				require.Equal(t, "GET", resp.Header.Get("Allow"))
			}
			var p map[string]any
			require.NoError(t, json.NewDecoder(resp.Body).Decode(&p))
			require.Equal(t, test.code, p["code"])
			require.EqualValues(t, test.status, p["status"])
			require.Equal(t, "request-1", p["requestId"])
		})
	}
	gatewaytest.Eventually(t, func() bool { return g.Metric(t, "parley_gateway_sockets") == 0 }, "sockets are left")
}

func TestAdmission(t *testing.T) {
	t.Parallel()
	from := func(l gatewaytest.Login, address string) http.Header {
		return http.Header{"Authorization": {"Bearer " + l.Token}, "X-Forwarded-For": {"203.0.113.9, " + address}}
	}
	tests := []struct {
		name   string
		limit  func(*config.Config)
		second func(first, other gatewaytest.Login) http.Header
		ok     func(first, other gatewaytest.Login) http.Header
	}{
		{
			"node", func(c *config.Config) { c.MaxSockets = 1 },
			func(_, other gatewaytest.Login) http.Header { return from(other, "198.51.100.2") }, nil,
		},
		{
			"user", func(c *config.Config) { c.MaxSocketsPerUser = 1 },
			func(first, _ gatewaytest.Login) http.Header { return from(first, "198.51.100.2") },
			func(_, other gatewaytest.Login) http.Header { return from(other, "198.51.100.1") },
		},
		{
			"address", func(c *config.Config) { c.MaxSocketsPerAddress = 1 },
			func(_, other gatewaytest.Login) http.Header { return from(other, "198.51.100.1") },
			func(first, _ gatewaytest.Login) http.Header { return from(first, "198.51.100.2") },
		},
		{
			"rate", func(c *config.Config) { c.AcceptRate = 1; c.MaxSocketsPerUser = 2 },
			func(first, _ gatewaytest.Login) http.Header { return from(first, "198.51.100.2") }, nil,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := gatewaytest.NewWorld(t)
			g := w.Start(t, test.limit)
			first, other := w.Login(t), w.Login(t)
			conn, _, err := gatewaytest.Dial(g, from(first, "198.51.100.1"), "parley.v1")
			require.NoError(t, err)
			defer conn.Close()
			if test.name == "rate" {
				// Twice the rate may come at once.
				again, _, err := gatewaytest.Dial(g, from(first, "198.51.100.1"), "parley.v1")
				require.NoError(t, err)
				defer again.Close()
			}

			_, resp, err := gatewaytest.Dial(g, test.second(first, other), "parley.v1")
			require.ErrorIs(t, err, websocket.ErrBadHandshake)
			require.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
			require.NotEmpty(t, resp.Header.Get("Retry-After"))
			body, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.Contains(t, string(body), `"code":"unavailable"`)

			if test.ok != nil {
				also, _, err := gatewaytest.Dial(g, test.ok(first, other), "parley.v1")
				require.NoError(t, err)
				defer also.Close()
			}
			if test.name == "rate" {
				return
			}
			require.NoError(t, conn.Close())
			gatewaytest.Eventually(t, func() bool {
				again, _, err := gatewaytest.Dial(g, test.second(first, other), "parley.v1")
				if err == nil {
					again.Close()
				}
				return err == nil
			}, "the place is not given back")
		})
	}
}

func TestAddressIsBelievedFromProxiesOnly(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	g := w.Start(t, func(c *config.Config) {
		c.TrustedProxies = nil
		c.MaxSocketsPerAddress = 1
	})
	alice := w.Login(t)
	gatewaytest.Connect(t, g, alice)
	_, resp, err := gatewaytest.Dial(g, http.Header{"Authorization": {"Bearer " + alice.Token}, "X-Forwarded-For": {"198.51.100.7"}}, "parley.v1")
	require.ErrorIs(t, err, websocket.ErrBadHandshake)
	require.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
}

func TestDatabaseDownIs503(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	g := w.Start(t)
	alice := w.Login(t)
	stays := gatewaytest.Connect(t, g, alice)
	w.Store.SetErr(chat.ErrUnavailable)
	_, resp, err := gatewaytest.Dial(g, nil, "parley.v1", "bearer."+alice.Token)
	require.ErrorIs(t, err, websocket.ErrBadHandshake)
	require.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
	require.NotEmpty(t, resp.Header.Get("Retry-After"))

	w.Publish(alice.UserID, "still here")
	require.Equal(t, "still here", stays.Next(t))
	w.Store.SetErr(nil)
	gatewaytest.Connect(t, g, alice)
}
