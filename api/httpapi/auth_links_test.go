package httpapi_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/apitest"
	"github.com/parley-chat/parley/api/app"
	"github.com/parley-chat/parley/api/config"
	"github.com/parley-chat/parley/api/service"
)

const (
	password = "/api/auth/password"
	forgot   = password + "/forgot"
	reset    = password + "/reset"
	verify   = "/api/auth/verify-email"
)

func TestChangePassword(t *testing.T) {
	node := apitest.Start(t)
	ada := node.Signup(t, "Ada")
	other := node.Login(t, ada)
	const next = "a new password"

	for _, test := range []struct {
		body  object
		code  service.Code
		field []string
	}{
		{object{"currentPassword": "wrong horse", "newPassword": next}, service.CodeInvalidCredentials, nil},
		{object{"currentPassword": apitest.Password + " ", "newPassword": next}, service.CodeInvalidCredentials, nil},
		{object{"currentPassword": apitest.Password, "newPassword": "short"}, service.CodeValidation, []string{"newPassword"}},
		{object{}, service.CodeValidation, []string{"currentPassword", "newPassword"}},
	} {
		answer := node.Do(t, post, password, test.body, ada.Auth()...)
		require.Equal(t, test.code, answer.Code(), "%v", test.body)
		require.Equal(t, test.field, answer.Fields())
	}
	require.Equal(t, 200, node.Do(t, get, me, nil, other.Auth()...).Status)
	require.Equal(t, service.CodeUnauthenticated, node.Do(t, post, password, object{"currentPassword": apitest.Password, "newPassword": next}).Code())

	answer := node.Do(t, post, password, object{"currentPassword": apitest.Password, "newPassword": next}, ada.Auth()...)
	require.Equal(t, 204, answer.Status, "%s", answer.Body)
	require.Equal(t, 200, node.Do(t, get, me, nil, ada.Auth()...).Status, "this device stays")
	require.Equal(t, service.CodeSessionRevoked, node.Do(t, get, me, nil, other.Auth()...).Code())
	require.Equal(t, service.CodeInvalidCredentials, node.Do(t, post, login, object{"email": ada.Email, "password": apitest.Password}).Code())
	require.Equal(t, 200, node.Do(t, post, login, object{"email": ada.Email, "password": next}).Status)
	require.Len(t, node.Mail.About("changed", ada.ID), 1)
}

func TestGuessingTheCurrentPassword(t *testing.T) {
	node := apitest.Start(t, apitest.With(func(c *config.Config) { c.LoginRate, c.LoginBurst = 3, 9 }))
	ada := node.Signup(t, "Ada")
	for n := range 4 {
		answer := node.Do(t, post, password, object{"currentPassword": fmt.Sprint("a guess ", n), "newPassword": "a new password"}, ada.Auth()...)
		require.Equal(t, n == 3, answer.Status == 429, "guess %d: %s", n, answer.Body)
	}
	answer := node.Do(t, post, password, object{"currentPassword": apitest.Password, "newPassword": "a new password"}, ada.Auth()...)
	require.Equal(t, service.CodeRateLimited, answer.Code(), "right or wrong")
	require.Equal(t, "0", answer.Header.Get("RateLimit-Remaining"))
}

func TestForgottenPassword(t *testing.T) {
	node := apitest.Start(t)
	ada := node.Signup(t, "Ada")
	const next = "a new password"
	known := node.Do(t, post, forgot, object{"email": " " + ada.Email})
	unknown := node.Do(t, post, forgot, object{"email": "nobody@example.org"})
	require.Equal(t, 204, known.Status, "%s", known.Body)
	require.Equal(t, 204, unknown.Status)
	require.Empty(t, known.Body)
	require.Equal(t, []string{"email"}, node.Do(t, post, forgot, object{"email": "nobody"}).Fields())
	letters := node.Mail.About("reset", "")
	require.Len(t, letters, 1)
	require.Equal(t, ada.Email, letters[0].To.Email)
	secret := letters[0].Token
	require.Len(t, secret, 43)

	require.Equal(t, []string{"password"}, node.Do(t, post, reset, object{"token": secret, "password": "short"}).Fields())
	for _, bad := range []string{"", "unknown", secret + "A", node.Mail.About("welcome", ada.ID)[0].Token} {
		require.Equal(t, []string{"token"}, node.Do(t, post, reset, object{"token": bad, "password": next}).Fields(), bad)
	}
	require.Equal(t, 200, node.Do(t, get, me, nil, ada.Auth()...).Status)

	answer := node.Do(t, post, reset, object{"token": secret, "password": next})
	require.Equal(t, 204, answer.Status, "%s", answer.Body)
	require.Equal(t, service.CodeSessionRevoked, node.Do(t, get, me, nil, ada.Auth()...).Code(), "all devices are signed out")
	require.Equal(t, service.CodeInvalidCredentials, node.Do(t, post, login, object{"email": ada.Email, "password": apitest.Password}).Code())
	again := node.Do(t, post, login, object{"email": ada.Email, "password": next})
	require.Equal(t, 200, again.Status)
	require.Contains(t, string(again.Body), `"emailVerified":true`, "the mail has arrived")
	require.Equal(t, []string{"token"}, node.Do(t, post, reset, object{"token": secret, "password": "yet another"}).Fields(), "once")
}

func TestALinkIsUsedOnceAndInTime(t *testing.T) {
	var late atomic.Int64
	node := apitest.Start(t, func(o *app.Options) {
		o.Now = func() time.Time { return time.Now().Add(time.Duration(late.Load())) }
	})
	ada := node.Signup(t, "Ada")
	for range 2 {
		require.Equal(t, 204, node.Do(t, post, forgot, object{"email": ada.Email}).Status)
	}
	first, second := node.Mail.About("reset", ada.ID)[0].Token, node.Mail.About("reset", ada.ID)[1].Token
	var worked atomic.Int64
	var all sync.WaitGroup
	for n := range 4 {
		all.Go(func() {
			if node.Do(t, post, reset, object{"token": first, "password": fmt.Sprint("password ", n)}).Status == 204 {
				worked.Add(1)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 1, worked.Load())
	require.Equal(t, []string{"token"}, node.Do(t, post, reset, object{"token": second, "password": "password 9"}).Fields(), "those before are void")

	require.Equal(t, 204, node.Do(t, post, forgot, object{"email": ada.Email}).Status)
	late.Store(int64(time.Hour + time.Second))
	third := node.Mail.About("reset", ada.ID)[2].Token
	require.Equal(t, []string{"token"}, node.Do(t, post, reset, object{"token": third, "password": "password 9"}).Fields(), "too late")
}

func TestMailsToOneAddressAreFew(t *testing.T) {
	node := apitest.Start(t)
	ada, bob := node.Signup(t, "Ada"), node.Signup(t, "Bob")
	for range 5 {
		require.Equal(t, 204, node.Do(t, post, forgot, object{"email": ada.Email}).Status, "nothing tells")
	}
	require.Len(t, node.Mail.About("reset", ada.ID), 3)
	require.Equal(t, service.CodeRateLimited, node.Do(t, post, verify+"/send", nil, ada.Auth()...).Code())
	require.Equal(t, 204, node.Do(t, post, verify+"/send", nil, bob.Auth()...).Status)
}

func TestVerifyEmail(t *testing.T) {
	node := apitest.Start(t)
	ada := node.Signup(t, "Ada")
	verified := func() bool {
		var in struct{ User service.SelfView }
		node.Do(t, get, me, nil, ada.Auth()...).Into(t, &in)
		return in.User.EmailVerified
	}
	require.False(t, verified())
	require.Equal(t, 204, node.Do(t, post, verify+"/send", nil, ada.Auth()...).Status)
	sent := node.Mail.About("verify", ada.ID)[0].Token
	welcome := node.Mail.About("welcome", ada.ID)[0].Token
	require.Equal(t, []string{"token"}, node.Do(t, post, verify, object{"token": "unknown"}).Fields())
	require.False(t, verified())

	require.Equal(t, 204, node.Do(t, post, verify, object{"token": sent}).Status)
	require.True(t, verified())
	for _, spent := range []string{sent, welcome} {
		require.Equal(t, []string{"token"}, node.Do(t, post, verify, object{"token": spent}).Fields())
	}
	require.Equal(t, 204, node.Do(t, post, verify+"/send", nil, ada.Auth()...).Status)
	require.Len(t, node.Mail.About("verify", ada.ID), 1, "nothing to prove any more")
}
