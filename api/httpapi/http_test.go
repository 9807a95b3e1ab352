package httpapi_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/apitest"
	"github.com/parley-chat/parley/api/app"
	"github.com/parley-chat/parley/api/config"
	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
)

func TestBodies(t *testing.T) {
	node := apitest.Start(t)
	good := `{"fullName":"Ada","email":"a@example.org","password":"12345678"}`
	tests := []struct {
		name, body, contentType string
		status                  int
		code                    service.Code
		field                   string
	}{
		{"nothing", "", "application/json", 400, service.CodeInvalidJSON, ""},
		{"no type", good, "-", 415, service.CodeUnsupportedMediaType, ""},
		{"a form", "fullName=Ada", "application/x-www-form-urlencoded", 415, service.CodeUnsupportedMediaType, ""},
		{"text, as a form of another site could send", good, "text/plain", 415, service.CodeUnsupportedMediaType, ""},
		{"another charset", good, "application/json; charset=latin1", 415, service.CodeUnsupportedMediaType, ""},
		{"no JSON", "{", "application/json", 400, service.CodeInvalidJSON, ""},
		{"null", "null", "application/json", 400, service.CodeInvalidJSON, ""},
		{"a list", "[]", "application/json", 400, service.CodeInvalidJSON, ""},
		{"two objects", good + good, "application/json", 400, service.CodeInvalidJSON, ""},
		{"something behind", good + "x", "application/json", 400, service.CodeInvalidJSON, ""},
		{"a name twice", `{"email":"a@example.org","email":"b@example.org"}`, "application/json", 400, service.CodeInvalidJSON, ""},
		{"no UTF-8", "{\"fullName\":\"\xff\"}", "application/json", 400, service.CodeInvalidJSON, ""},
		{"an unknown field", `{"admin":true}`, "application/json", 400, service.CodeUnknownField, "admin"},
		{"a name in another case", `{"Email":"a@example.org"}`, "application/json", 400, service.CodeUnknownField, "Email"},
		{"a number for a string", `{"email":1}`, "application/json", 400, service.CodeValidation, "email"},
		{"an object for a string", `{"password":{"$ne":""}}`, "application/json", 400, service.CodeValidation, "password"},
		{"too much", `{"fullName":"` + strings.Repeat("x", 64<<10) + `"}`, "application/json", 413, service.CodePayloadTooLarge, ""},
		{"deep nesting", strings.Repeat(`{"fullName":`, 20_000), "application/json", 413, service.CodePayloadTooLarge, ""},
		{"nesting", `{"fullName":` + strings.Repeat("[", 20_000), "application/json", 400, service.CodeInvalidJSON, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			headers := []string{"Content-Type", test.contentType}
			if test.contentType == "-" {
				headers[1] = ""
			}
			answer := node.Do(t, post, signup, test.body, headers...)
			require.Equal(t, test.status, answer.Status, "%s", answer.Body)
			require.Equal(t, test.code, answer.Code())
			if test.field != "" {
				require.Equal(t, []string{test.field}, answer.Fields())
			}
		})
	}
	require.Equal(t, 201, node.Do(t, post, signup, good, "Content-Type", "application/json; charset=UTF-8").Status)
}

// A body without a length is bounded by what is read of it.
func TestChunkedBodyIsBounded(t *testing.T) {
	node := apitest.Start(t)
	req, err := http.NewRequestWithContext(t.Context(), post, node.URL+signup, io.LimitReader(endless{}, 1<<20))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, 413, res.StatusCode)
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestRouting(t *testing.T) {
	node := apitest.Start(t)
	missing := node.Do(t, get, "/api/nothing", nil)
	require.Equal(t, 404, missing.Status)
	require.Equal(t, service.CodeNotFound, missing.Code())
	method := node.Do(t, http.MethodPut, me, nil)
	require.Equal(t, 405, method.Status)
	require.Equal(t, service.CodeMethodNotAllowed, method.Code())
	require.Contains(t, method.Header.Get("Allow"), "PATCH")
	head := node.Do(t, http.MethodHead, "/api/openapi.json", nil)
	require.Equal(t, 200, head.Status)
	require.Equal(t, 401, node.Do(t, http.MethodHead, me, nil).Status)
	require.Equal(t, 405, node.Do(t, http.MethodHead, "/api/auth/login", nil).Status)
	for _, path := range []string{"/api/auth/nothing", "/", "/metrics", "/livez"} {
		require.Equal(t, 404, node.Do(t, get, path, nil).Status, path)
	}
}

func TestHeaders(t *testing.T) {
	node := apitest.Start(t)
	answer := node.Do(t, get, me, nil)
	require.Equal(t, "nosniff", answer.Header.Get("X-Content-Type-Options"))
	require.Equal(t, "no-store", answer.Header.Get("Cache-Control"))
	require.Contains(t, answer.Header.Get("Content-Security-Policy"), "default-src 'none'")
	require.Empty(t, answer.Header.Get("Server"))
}

func TestRequestID(t *testing.T) {
	node := apitest.Start(t)
	require.Equal(t, "abc.DEF-1_2", node.Do(t, get, me, nil, "X-Request-Id", "abc.DEF-1_2").Header.Get("X-Request-Id"))
	for _, bad := range []string{"", "a b", `x"y`, strings.Repeat("x", 65)} {
		answer := node.Do(t, get, me, nil, "X-Request-Id", bad)
		got := answer.Header.Get("X-Request-Id")
		require.Len(t, got, 26, bad)
		require.Contains(t, string(answer.Body), `"requestId":"`+got+`"`)
	}
}

func TestOrigin(t *testing.T) {
	node := apitest.Start(t, apitest.With(func(c *config.Config) {
		c.PublicURL, c.AllowedOrigins = "https://chat.example.org", []string{"https://other.example.org"}
	}))
	ada := node.Signup(t, "Ada")
	cookie := []string{"Cookie", "parley_access=" + ada.Access}
	tests := []struct {
		name    string
		headers []string
		allowed bool
	}{
		{"no browser", nil, true},
		{"the same host", []string{"Origin", node.URL}, true},
		{"the public address", []string{"Origin", "https://chat.example.org"}, true},
		{"an allowed one", []string{"Origin", "https://other.example.org"}, true},
		{"the proxy's host", []string{"Origin", "https://front.example.org", "X-Forwarded-Host", "front.example.org"}, true},
		{"a foreign one", []string{"Origin", "https://evil.example.com"}, false},
		{"a page in a sandbox", []string{"Origin", "null"}, false},
		{"cross-site", []string{"Sec-Fetch-Site", "cross-site"}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			answer := node.Do(t, patch, me, object{"bio": test.name}, append(cookie, test.headers...)...)
			if test.allowed {
				require.Equal(t, 200, answer.Status, "%s", answer.Body)
				return
			}
			require.Equal(t, 403, answer.Status)
			require.Equal(t, service.CodeOriginForbidden, answer.Code())
			for _, path := range []string{signup, login, refresh, logout} {
				require.Equal(t, 403, node.Do(t, post, path, object{}, test.headers...).Status, path)
			}
			require.Equal(t, 200, node.Do(t, get, me, nil, append(cookie, test.headers...)...).Status, "reading is harmless")
		})
	}
}

func TestRateLimits(t *testing.T) {
	node := apitest.Start(t, apitest.With(func(c *config.Config) {
		c.SignupRate, c.SignupBurst, c.LoginRate, c.LoginBurst = 6, 2, 3, 30
	}))
	for left := 1; left >= 0; left-- {
		answer := node.Do(t, post, signup, object{}, "X-Forwarded-For", "198.51.100.1")
		require.Equal(t, 400, answer.Status)
		require.Equal(t, "2", answer.Header.Get("RateLimit-Limit"))
		require.Equal(t, fmt.Sprint(left), answer.Header.Get("RateLimit-Remaining"))
		require.NotEmpty(t, answer.Header.Get("RateLimit-Reset"))
		require.Empty(t, answer.Header.Get("Retry-After"))
	}
	over := node.Do(t, post, signup, account(), "X-Forwarded-For", "198.51.100.1")
	require.Equal(t, 429, over.Status)
	require.Equal(t, service.CodeRateLimited, over.Code())
	require.Equal(t, "0", over.Header.Get("RateLimit-Remaining"))
	require.Equal(t, "10", over.Header.Get("Retry-After"))
	require.Equal(t, 201, node.Do(t, post, signup, account(), "X-Forwarded-For", "198.51.100.2").Status, "another address")
}

// Wrong passwords block an account for the address that they come from, and for it alone.
func TestGuessing(t *testing.T) {
	node := apitest.Start(t, apitest.With(func(c *config.Config) { c.LoginRate, c.LoginBurst = 30, 30 }))
	ada := node.Signup(t, "Ada")
	try := func(password, from string) apitest.Answer {
		return node.Do(t, post, login, object{"email": ada.Email, "password": password}, "X-Forwarded-For", from)
	}
	for range 12 {
		require.Equal(t, 200, try(apitest.Password, "198.51.100.1").Status, "who knows the password is never limited by failures")
	}
	for range 10 {
		require.Equal(t, 401, try("wrong password", "198.51.100.1").Status)
	}
	blocked := try("wrong password", "198.51.100.1")
	require.Equal(t, service.CodeRateLimited, blocked.Code())
	require.NotEmpty(t, blocked.Header.Get("Retry-After"))
	require.Equal(t, 429, try(apitest.Password, "198.51.100.1").Status, "the right one is not told from wrong ones either")
	require.Equal(t, 200, try(apitest.Password, "198.51.100.2").Status, "the owner, elsewhere, is not locked out")
}

// A session that ends on one node ends on the others within a second, with nothing between them but the store.
func TestRevocationReachesOtherNodes(t *testing.T) {
	store := apitest.Store(t)
	one, two := apitest.Start(t, apitest.On(store)), apitest.Start(t, apitest.On(store))
	ada := one.Signup(t, "Ada")
	require.Equal(t, 200, two.Do(t, get, me, nil, ada.Auth()...).Status, "known there now")
	require.Equal(t, 204, one.Do(t, post, logout, nil, ada.Auth()...).Status)
	end := time.Now()
	for two.Do(t, get, me, nil, ada.Auth()...).Status == 200 {
		require.Less(t, time.Since(end), time.Second)
		time.Sleep(10 * time.Millisecond)
	}
	require.Equal(t, service.CodeSessionRevoked, two.Do(t, get, me, nil, ada.Auth()...).Code())
}

// down is a store whose database is away.
type down struct{ app.Store }

func (down) Session(context.Context, chat.SessionID) (chat.Session, error) {
	return chat.Session{}, chat.ErrUnavailable
}

func (down) SessionsByID(context.Context, []chat.SessionID) ([]chat.Session, error) {
	return nil, chat.ErrUnavailable
}

func (down) UserByEmail(context.Context, string) (chat.User, error) {
	return chat.User{}, fmt.Errorf("find: %w", chat.ErrUnavailable)
}

func TestDatabaseDown(t *testing.T) {
	store := apitest.Store(t)
	ada := apitest.Start(t, apitest.On(store)).Signup(t, "Ada")
	node := apitest.Start(t, apitest.On(down{store}))
	for name, answer := range map[string]apitest.Answer{
		"me":      node.Do(t, get, me, nil, ada.Auth()...),
		"login":   node.Do(t, post, login, object{"email": ada.Email, "password": apitest.Password}),
		"signup":  node.Do(t, post, signup, account()),
		"refresh": node.Do(t, post, refresh, object{"refreshToken": ada.Refresh}),
		"logout":  node.Do(t, post, logout, nil, ada.Auth()...),
	} {
		require.Equal(t, 503, answer.Status, "%s: never 401, or clients would sign out", name)
		require.Equal(t, service.CodeUnavailable, answer.Code(), name)
		require.NotEmpty(t, answer.Header.Get("Retry-After"), name)
		require.Empty(t, answer.Cookies, name)
	}
}

// broken is a store that fails in a way that nobody foresaw.
type broken struct{ app.Store }

func (broken) UserByEmail(context.Context, string) (chat.User, error) { panic("secret detail") }

func (broken) User(context.Context, chat.UserID) (chat.User, error) {
	return chat.User{}, fmt.Errorf("secret detail")
}

func TestFaultsAreNotShown(t *testing.T) {
	store := apitest.Store(t)
	ada := apitest.Start(t, apitest.On(store)).Signup(t, "Ada")
	node := apitest.Start(t, apitest.On(broken{store}))
	for name, answer := range map[string]apitest.Answer{
		"an error": node.Do(t, get, me, nil, ada.Auth()...),
		"a panic":  node.Do(t, post, signup, account()),
	} {
		require.Equal(t, 500, answer.Status, name)
		require.Equal(t, service.CodeInternal, answer.Code(), name)
		require.NotContains(t, string(answer.Body), "secret", name)
	}
	require.Equal(t, 401, node.Do(t, get, me, nil).Status, "the node goes on")
}

func TestMetrics(t *testing.T) {
	node := apitest.Start(t)
	ada := node.Signup(t, "Ada")
	node.Do(t, get, "/api/users/"+string(ada.ID), nil, ada.Auth()...)
	node.Do(t, get, "/api/made/up/by/somebody", nil)
	node.Do(t, "BREW", me, nil)
	res, err := http.Get("http://" + node.OpsAddr() + "/metrics")
	require.NoError(t, err)
	defer res.Body.Close()
	all, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	for _, want := range []string{
		`parley_http_requests_total{method="POST",route="/api/auth/signup",status="201"} 1`,
		`parley_http_requests_total{method="GET",route="/api/users/:id",status="200"} 1`,
		`parley_http_requests_total{method="GET",route="none",status="404"} 1`,
		`parley_http_requests_total{method="OTHER",route="/api/auth/me",status="405"} 1`,
		`parley_http_request_duration_seconds_count{method="POST",route="/api/auth/signup"} 1`,
		`parley_http_requests_in_flight 0`,
	} {
		require.Contains(t, string(all), want)
	}
	require.NotContains(t, string(all), string(ada.ID))
	require.NotContains(t, string(all), "somebody")
}

func TestHeadersAreBounded(t *testing.T) {
	node := apitest.Start(t)
	conn, err := net.Dial("tcp", node.Addr())
	require.NoError(t, err)
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n", me, "X-Long: "+strings.Repeat("x", 64<<10))
	require.NoError(t, err)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, 431, res.StatusCode)
}
