package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/apitest"
	"github.com/parley-chat/parley/api/config"
	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/token"
)

const (
	get, post, patch, del = http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete
	signup, login         = "/api/auth/signup", "/api/auth/login"
	refresh, logout       = "/api/auth/refresh", "/api/auth/logout"
	me                    = "/api/auth/me"
)

type object = map[string]any

func account(change ...string) object {
	o := object{"fullName": "Ada Lovelace", "email": "ada@example.org", "password": apitest.Password}
	for i := 0; i < len(change); i += 2 {
		o[change[i]] = change[i+1]
	}
	return o
}

func TestSignup(t *testing.T) {
	node := apitest.Start(t)
	answer := node.Do(t, post, signup, account("email", " Ada@Example.org ", "fullName", "  Ada Lovelace "))
	require.Equal(t, 201, answer.Status, "%s", answer.Body)

	var in struct {
		User         object
		AccessToken  string
		ExpiresAt    time.Time
		RefreshToken *string
	}
	answer.Into(t, &in)
	require.Equal(t, "Ada Lovelace", in.User["fullName"])
	require.Equal(t, "ada@example.org", in.User["email"])
	require.Equal(t, false, in.User["emailVerified"])
	require.Nil(t, in.User["avatarUrl"])
	require.NotContains(t, string(answer.Body), "assword")
	require.Nil(t, in.RefreshToken, "a browser's scripts never see it")
	require.WithinDuration(t, time.Now().Add(15*time.Minute), in.ExpiresAt, time.Minute)

	access, refresh := answer.Cookies["parley_access"], answer.Cookies["parley_refresh"]
	require.Equal(t, in.AccessToken, access.Value)
	for _, c := range []*http.Cookie{access, refresh} {
		require.True(t, c.HttpOnly)
		require.Equal(t, http.SameSiteLaxMode, c.SameSite)
		require.False(t, c.Secure)
	}
	require.Equal(t, "/", access.Path)
	require.Equal(t, "/api/auth", refresh.Path)
	require.Positive(t, access.MaxAge)
	require.Greater(t, refresh.MaxAge, access.MaxAge)

	welcomed := node.Mail.Users()
	require.Len(t, welcomed, 1)
	require.Equal(t, "ada@example.org", welcomed[0].Email)

	again := node.Do(t, post, signup, account("email", "ADA@example.org"))
	require.Equal(t, 409, again.Status)
	require.Equal(t, service.CodeEmailTaken, again.Code())
	require.Len(t, node.Mail.Users(), 1)
}

func TestSignupRefuses(t *testing.T) {
	node := apitest.Start(t)
	tests := []struct {
		name, field, value string
	}{
		{"no name", "fullName", ""},
		{"a blank name", "fullName", " \t "},
		{"a long name", "fullName", strings.Repeat("x", 81)},
		{"a name with a line break", "fullName", "Ada\nLovelace"},
		{"a name that turns the text around", "fullName", "Ada \u202eevil"},
		{"a name of nothing visible", "fullName", "\u200d\u200d"},
		{"no email", "email", ""},
		{"no email address", "email", "ada"},
		{"a name beside the address", "email", "Ada <ada@example.org>"},
		{"two addresses", "email", "a@example.org, b@example.org"},
		{"an address literal", "email", "ada@[127.0.0.1]"},
		{"an odd domain", "email", "ada@exa_mple!.org"},
		{"an empty label", "email", "ada@example..org"},
		{"a header in the address", "email", "ada@example.org\r\nBcc: x@example.org"},
		{"a long address", "email", strings.Repeat("x", 250) + "@example.org"},
		{"no password", "password", ""},
		{"a short password", "password", "1234567"},
		{"a password longer than bcrypt reads", "password", strings.Repeat("x", 73)},
		{"one longer in bytes only", "password", strings.Repeat("é", 37)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			answer := node.Do(t, post, signup, account(test.field, test.value))
			require.Equal(t, 400, answer.Status, "%s", answer.Body)
			require.Equal(t, service.CodeValidation, answer.Code())
			require.Equal(t, []string{test.field}, answer.Fields())
		})
	}
	answer := node.Do(t, post, signup, object{})
	require.Equal(t, []string{"fullName", "email", "password"}, answer.Fields(), "all at once")
	require.Empty(t, node.Mail.Users())
}

func TestSignupTakes(t *testing.T) {
	node := apitest.Start(t)
	for _, o := range []object{
		account("fullName", strings.Repeat("é", 80)),
		account("fullName", "李小龍", "email", "lee+parley@mail.example.co.uk"),
		account("fullName", "👩‍🚀", "email", "üser@bücher.example"),
		account("password", strings.Repeat("x", 72), "email", "long@localhost"),
		account("password", "12345678", "email", "short@example.org"),
	} {
		answer := node.Do(t, post, signup, o)
		require.Equal(t, 201, answer.Status, "%v: %s", o, answer.Body)
		require.Equal(t, 200, node.Do(t, post, login, object{"email": o["email"], "password": o["password"]}).Status, "%v", o)
	}
}

func TestLogin(t *testing.T) {
	node := apitest.Start(t)
	ada := node.Signup(t, "Ada")
	good := node.Do(t, post, login, object{"email": strings.ToUpper(ada.Email), "password": apitest.Password})
	require.Equal(t, 200, good.Status, "%s", good.Body)
	require.NotEmpty(t, good.Cookies["parley_access"].Value)

	tests := []struct {
		name, email, password string
		code                  service.Code
	}{
		{"a wrong password", ada.Email, "wrong horse battery", service.CodeInvalidCredentials},
		{"nobody", "nobody@example.org", apitest.Password, service.CodeInvalidCredentials},
		{"not even an address", "nobody", apitest.Password, service.CodeInvalidCredentials},
		{"an endless address", strings.Repeat("x", 10_000), apitest.Password, service.CodeInvalidCredentials},
		{"a password with more behind it", ada.Email, apitest.Password + " ", service.CodeInvalidCredentials},
		{"no password", ada.Email, "", service.CodeValidation},
		{"no email", "", apitest.Password, service.CodeValidation},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			answer := node.Do(t, post, login, object{"email": test.email, "password": test.password})
			require.Equal(t, test.code, answer.Code(), "%s", answer.Body)
			require.Empty(t, answer.Cookies)
		})
	}
}

// bcrypt reads 72 bytes: what is behind them must not be ignored.
func TestPasswordsAreNotCut(t *testing.T) {
	node := apitest.Start(t)
	password := strings.Repeat("x", 72)
	require.Equal(t, 201, node.Do(t, post, signup, account("password", password)).Status)
	require.Equal(t, 401, node.Do(t, post, login, object{"email": "ada@example.org", "password": password + "y"}).Status)
	require.Equal(t, 200, node.Do(t, post, login, object{"email": "ada@example.org", "password": password}).Status)
}

func TestCostOfAHashIsRenewed(t *testing.T) {
	store := apitest.Store(t)
	old := apitest.Start(t, apitest.On(store))
	ada := old.Signup(t, "Ada")
	before, err := store.User(t.Context(), ada.ID)
	require.NoError(t, err)
	node := apitest.Start(t, apitest.On(store), apitest.With(func(c *config.Config) { c.BcryptCost = 5 }))
	node.Login(t, ada)
	after, err := store.User(t.Context(), ada.ID)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(before.PasswordHash, "$2a$04$"))
	require.True(t, strings.HasPrefix(after.PasswordHash, "$2a$05$"))
	node.Login(t, ada)
}

func TestMeTakesCookieAndBearer(t *testing.T) {
	node := apitest.Start(t)
	ada := node.Signup(t, "Ada")
	require.Equal(t, 200, node.Do(t, get, me, nil, ada.Auth()...).Status)
	require.Equal(t, 200, node.Do(t, get, me, nil, "Cookie", "parley_access="+ada.Access).Status)
	require.Equal(t, 200, node.Do(t, get, me, nil, "Authorization", "bearer "+ada.Access).Status)
}

func TestSignedOut(t *testing.T) {
	node := apitest.Start(t)
	ada := node.Signup(t, "Ada")
	keys, err := token.ParseKeys("test:" + apitest.Secret)
	require.NoError(t, err)
	foreign, err := token.ParseKeys("test:another secret of at least thirty-two bytes")
	require.NoError(t, err)
	issue := func(keys token.Keys, at time.Time) string {
		signed, _, err := token.NewIssuer(keys, func() time.Time { return at }).Access(ada.ID, chat.NewID[chat.SessionID](), time.Minute)
		require.NoError(t, err)
		return signed
	}
	tests := []struct {
		name    string
		headers []string
		code    service.Code
	}{
		{"nothing", nil, service.CodeUnauthenticated},
		{"another scheme", []string{"Authorization", "Basic " + ada.Access}, service.CodeUnauthenticated},
		{"no token", []string{"Authorization", "Bearer"}, service.CodeUnauthenticated},
		{"rubbish", []string{"Authorization", "Bearer x.y.z"}, service.CodeUnauthenticated},
		{"a bad token beside a good cookie", []string{"Authorization", "Bearer x", "Cookie", "parley_access=" + ada.Access}, service.CodeUnauthenticated},
		{"a refresh token", []string{"Authorization", "Bearer " + ada.Refresh}, service.CodeUnauthenticated},
		{"another key", []string{"Authorization", "Bearer " + issue(foreign, time.Now())}, service.CodeUnauthenticated},
		{"expired", []string{"Authorization", "Bearer " + issue(keys, time.Now().Add(-time.Hour))}, service.CodeUnauthenticated},
		{"a session that isn't there", []string{"Authorization", "Bearer " + issue(keys, time.Now())}, service.CodeSessionRevoked},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			answer := node.Do(t, get, me, nil, test.headers...)
			require.Equal(t, 401, answer.Status)
			require.Equal(t, test.code, answer.Code())
			require.NotEmpty(t, answer.Header.Get("WWW-Authenticate"))
		})
	}
}

func TestRefreshRotates(t *testing.T) {
	node := apitest.Start(t)
	ada := node.Signup(t, "Ada")
	first := node.Do(t, post, refresh, object{"refreshToken": ada.Refresh}, "X-Parley-Client", "native")
	require.Equal(t, 200, first.Status, "%s", first.Body)
	var in struct{ AccessToken, RefreshToken string }
	first.Into(t, &in)
	require.NotEqual(t, ada.Refresh, in.RefreshToken)

	second := node.Do(t, post, refresh, object{}, "Cookie", "parley_refresh="+in.RefreshToken)
	require.Equal(t, 200, second.Status, "%s", second.Body)
	require.NotContains(t, string(second.Body), "refreshToken")
	third := node.Do(t, post, refresh, nil, "Cookie", "parley_refresh="+second.Cookies["parley_refresh"].Value)
	require.Equal(t, 200, third.Status, "without any body")

	for name, headers := range map[string][]string{
		"none": nil, "rubbish": {"Cookie", "parley_refresh=x"}, "an access token": {"Cookie", "parley_refresh=" + ada.Access},
	} {
		answer := node.Do(t, post, refresh, nil, headers...)
		require.Equal(t, service.CodeUnauthenticated, answer.Code(), name)
	}
}

func TestReuseEndsTheSession(t *testing.T) {
	node := apitest.Start(t)
	ada := node.Signup(t, "Ada")
	first := node.Do(t, post, refresh, object{"refreshToken": ada.Refresh}, "X-Parley-Client", "native")
	var in struct{ AccessToken, RefreshToken string }
	first.Into(t, &in)

	again := node.Do(t, post, refresh, object{"refreshToken": ada.Refresh})
	require.Equal(t, 401, again.Status)
	require.Equal(t, service.CodeTokenReused, again.Code())
	require.Negative(t, again.Cookies["parley_refresh"].MaxAge)

	thief := node.Do(t, post, refresh, object{"refreshToken": in.RefreshToken})
	require.Equal(t, service.CodeSessionRevoked, thief.Code(), "the newer token is worth nothing either")
	for _, access := range []string{ada.Access, in.AccessToken} {
		require.Equal(t, service.CodeSessionRevoked, node.Do(t, get, me, nil, "Authorization", "Bearer "+access).Code())
	}
	require.Len(t, orders(node, ada), 1)
}

// orders are the sessions that gateways were told to close.
func orders(node *apitest.Node, u apitest.User) []chat.SessionID {
	var sessions []chat.SessionID
	for _, payload := range node.Bus.Messages(bus.UserChannel(u.ID)) {
		if order, err := bus.DecodeOrder([]byte(payload)); err == nil && order.Kind == bus.SessionRevoked {
			sessions = append(sessions, order.SessionID)
		}
	}
	return sessions
}

func TestOfManyRefreshesAtOnceOneWins(t *testing.T) {
	node := apitest.Start(t)
	ada := node.Signup(t, "Ada")
	const tries = 8
	statuses := make(chan int, tries)
	for range tries {
		go func() { statuses <- node.Do(t, post, refresh, object{"refreshToken": ada.Refresh}).Status }()
	}
	won := 0
	for range tries {
		if status := <-statuses; status == 200 {
			won++
		} else {
			require.Equal(t, 401, status)
		}
	}
	require.LessOrEqual(t, won, 1)
}

func TestLogout(t *testing.T) {
	node := apitest.Start(t)
	ada := node.Signup(t, "Ada")
	for name, headers := range map[string][]string{
		"by access token":   node.Login(t, ada).Auth(),
		"by access cookie":  {"Cookie", "parley_access=" + node.Login(t, ada).Access},
		"by refresh cookie": {"Cookie", "parley_refresh=" + node.Login(t, ada).Refresh},
	} {
		before := len(orders(node, ada))
		answer := node.Do(t, post, logout, nil, headers...)
		require.Equal(t, 204, answer.Status, name)
		require.Negative(t, answer.Cookies["parley_access"].MaxAge)
		require.Negative(t, answer.Cookies["parley_refresh"].MaxAge)
		require.Len(t, orders(node, ada), before+1, name)
		require.Equal(t, 204, node.Do(t, post, logout, nil, headers...).Status, "twice is no error")
		require.Len(t, orders(node, ada), before+1, name)
	}
	other := node.Login(t, ada)
	require.Equal(t, 204, node.Do(t, post, logout, object{"refreshToken": other.Refresh}).Status)
	require.Equal(t, service.CodeSessionRevoked, node.Do(t, get, me, nil, other.Auth()...).Code())
	require.Equal(t, 200, node.Do(t, get, me, nil, ada.Auth()...).Status, "other sessions stay")
	require.Equal(t, 204, node.Do(t, post, logout, nil).Status, "nobody is signed out already")
}

func TestCookiesAreSecureOverHTTPS(t *testing.T) {
	node := apitest.Start(t)
	answer := node.Do(t, post, signup, account(), "X-Forwarded-Proto", "https") // the loopback address is trusted
	require.True(t, answer.Cookies["parley_access"].Secure)
	require.True(t, answer.Cookies["parley_refresh"].Secure)

	distrusting := apitest.Start(t, apitest.With(func(c *config.Config) { c.TrustedProxies = nil }))
	require.False(t, distrusting.Do(t, post, signup, account(), "X-Forwarded-Proto", "https").Cookies["parley_access"].Secure)
}
