package e2e_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/loadtest/client"
)

// revocation is how long a node may go on believing in a session that has ended elsewhere: a second by promise, and a
// second for a busy machine.
const revocation = 2 * time.Second

func bearer(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }

// code is what a node answers to a token, by the problem's code; "" for a good one.
func code(t *testing.T, base, token string) string {
	t.Helper()
	res, body := ask(t, http.MethodGet, base+"/api/auth/me", "", bearer(token))
	if res.StatusCode == http.StatusOK {
		return ""
	}
	require.Equal(t, "application/problem+json", res.Header.Get("Content-Type"))
	return problem(t, body).Code
}

func TestASessionEndsEverywhere(t *testing.T) {
	c := shared(t)
	ways := map[string]func(t *testing.T, staying, leaving *client.Session){
		"revoked from another device": func(t *testing.T, staying, _ *client.Session) {
			t.Helper()
			devices, err := staying.Via(reach(t, c.API(1))).Devices(t.Context())
			require.NoError(t, err)
			require.Len(t, devices, 2)
			for _, d := range devices {
				if !d.Current {
					require.NoError(t, staying.Via(reach(t, c.API(1))).Revoke(t.Context(), d.ID))
				}
			}
		},
		"logged out": func(t *testing.T, _, leaving *client.Session) {
			t.Helper()
			require.NoError(t, leaving.Via(reach(t, c.API(1))).LogOut(t.Context()))
		},
	}
	for name, end := range ways {
		t.Run(name, func(t *testing.T) {
			staying := signUp(t, c.Base(), "ann")
			leaving, err := reach(t, c.API(2)).LogIn(t.Context(), staying.User().Email, "correct horse battery")
			require.NoError(t, err)
			leaving.ForgetPassword()
			here, there := listenAt(t, staying, c.Base(), c.Gateway(1)), listenAt(t, leaving, c.Base(), c.Gateway(3))
			access := leaving.AccessToken()
			for n := 1; n <= 2; n++ {
				require.Empty(t, code(t, c.API(n), access)) // both nodes have seen it and may remember
			}

			end(t, staying, leaving)
			eventually(t, revocation, func() bool { return there.closedWith(client.CloseSignedOut) }, "the socket on another gateway is closed")
			for n := 1; n <= 2; n++ {
				eventually(t, revocation, func() bool { return code(t, c.API(n), access) != "" }, "API node %d refuses the session", n)
				require.Equal(t, "session_revoked", code(t, c.API(n), access))
			}
			require.ErrorIs(t, <-there.done, client.ErrSignedOut, "its refresh token is refused, too")
			for n := 1; n <= 3; n++ {
				require.Equal(t, client.CloseSignedOut, knock(t, c.Gateway(n), bearer(access)), "no new socket at gateway %d", n)
			}
			require.Empty(t, code(t, c.API(2), staying.AccessToken()), "the other device stays")
			require.Empty(t, here.Stats().Reconnects)
		})
	}
}

func TestRefreshTokensAreUsedOnce(t *testing.T) {
	c := shared(t)
	s := signUp(t, c.Base(), "ann")
	s.ForgetPassword()
	stolen := s.RefreshToken()
	require.NoError(t, s.Via(reach(t, c.API(1))).Refresh(t.Context(), s.AccessToken()))
	require.NotEqual(t, stolen, s.RefreshToken())
	ear := listenAt(t, s, c.Base(), c.Gateway(2))

	res, body := ask(t, http.MethodPost, c.API(2)+"/api/auth/refresh", `{"refreshToken":"`+stolen+`"}`, nil)
	require.Equal(t, http.StatusUnauthorized, res.StatusCode)
	require.Equal(t, "token_reused", problem(t, body).Code)
	eventually(t, revocation, func() bool { return ear.closedWith(client.CloseSignedOut) }, "the session ends, whoever has it")
	require.ErrorIs(t, <-ear.done, client.ErrSignedOut)
}

func TestANewPasswordSignsOtherDevicesOut(t *testing.T) {
	c := shared(t)
	staying := signUp(t, c.Base(), "ann")
	leaving, err := reach(t, c.API(2)).LogIn(t.Context(), staying.User().Email, "correct horse battery")
	require.NoError(t, err)
	leaving.ForgetPassword()
	here, there := listenAt(t, staying, c.Base(), c.Gateway(1)), listenAt(t, leaving, c.Base(), c.Gateway(3))

	const change = `{"currentPassword":"correct horse battery","newPassword":"a new password"}`
	res, body := ask(t, http.MethodPost, c.API(1)+"/api/auth/password", change, bearer(staying.AccessToken()))
	require.Equal(t, http.StatusNoContent, res.StatusCode, body)
	eventually(t, revocation, func() bool { return there.closedWith(client.CloseSignedOut) }, "the socket on another gateway is closed")
	require.ErrorIs(t, <-there.done, client.ErrSignedOut)
	require.Empty(t, code(t, c.API(2), staying.AccessToken()), "the device that changed it stays")
	require.Empty(t, here.Stats().Reconnects)
	_, err = reach(t, c.API(2)).LogIn(t.Context(), staying.User().Email, "a new password")
	require.NoError(t, err)
}
