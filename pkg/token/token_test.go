package token_test

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/token"
)

const (
	secret = "a secret of at least thirty-two bytes"
	other  = "another secret of thirty-two bytes too"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func keys(t testing.TB, s string) token.Keys {
	t.Helper()
	k, err := token.ParseKeys(s)
	require.NoError(t, err)
	return k
}

// issuer has a clock that the test moves.
func issuer(t testing.TB, s string) (*token.Issuer, *time.Time) {
	t.Helper()
	now := start
	return token.NewIssuer(keys(t, s), func() time.Time { return now }), &now
}

// accessKey is what signs access tokens: an attacker who had it could do anything, so tests may use it to make
// tokens that are wrong in one thing only.
func accessKey(secret string) []byte {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte("parley access"))
	return h.Sum(nil)
}

func TestAccess(t *testing.T) {
	i, now := issuer(t, "k1:"+secret)
	user, session := chat.NewID[chat.UserID](), chat.NewID[chat.SessionID]()
	signed, expires, err := i.Access(user, session, 15*time.Minute)
	require.NoError(t, err)
	require.Equal(t, start.Add(15*time.Minute), expires)

	claims, err := i.VerifyAccess(signed)
	require.NoError(t, err)
	require.Equal(t, user, claims.UserID)
	require.Equal(t, session, claims.SessionID)
	require.True(t, claims.ExpiresAt.Equal(expires))

	*now = expires.Add(4 * time.Second)
	_, err = i.VerifyAccess(signed)
	require.NoError(t, err, "clocks differ a little")
	*now = expires.Add(6 * time.Second)
	_, err = i.VerifyAccess(signed)
	require.ErrorIs(t, err, token.ErrExpired)
	require.ErrorIs(t, err, token.ErrInvalid)
}

func TestForgedAccess(t *testing.T) {
	i, _ := issuer(t, "k1:"+secret)
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	good := func(change ...string) jwt.MapClaims {
		claims := jwt.MapClaims{
			"iss": "parley", "aud": "parley", "sub": string(chat.NewID[chat.UserID]()), "sid": string(chat.NewID[chat.SessionID]()),
			"iat": start.Unix(), "exp": start.Add(time.Minute).Unix(),
		}
		for n := 0; n < len(change); n += 2 {
			claims[change[n]] = change[n+1]
		}
		return claims
	}
	without := func(name string) jwt.MapClaims {
		claims := good()
		delete(claims, name)
		return claims
	}
	sign := func(method jwt.SigningMethod, key any, kid any, claims jwt.Claims) string {
		tok := jwt.NewWithClaims(method, claims)
		if kid != nil {
			tok.Header["kid"] = kid
		}
		signed, err := tok.SignedString(key)
		require.NoError(t, err)
		return signed
	}
	hs, key := jwt.SigningMethodHS256, accessKey(secret)
	_, err = i.VerifyAccess(sign(hs, key, "k1", good()))
	require.NoError(t, err, "or the tests below show nothing")

	future := good()
	future["nbf"] = start.Add(time.Minute).Unix()
	past := good()
	past["exp"] = start.Add(-time.Minute).Unix()
	text := good()
	text["exp"] = "tomorrow"
	parts := strings.Split(sign(hs, key, "k1", good()), ".")
	strange := strings.Split(sign(hs, key, "k1", good()), ".")
	tests := map[string]string{
		"unsigned":                   sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, "k1", good()),
		"signature cut off":          parts[0] + "." + parts[1] + ".",
		"another's signature":        parts[0] + "." + parts[1] + "." + strange[2],
		"another's claims":           parts[0] + "." + strange[1] + "." + parts[2],
		"an asymmetric algorithm":    sign(jwt.SigningMethodRS256, private, "k1", good()),
		"another hash":               sign(jwt.SigningMethodHS512, key, "k1", good()),
		"another secret":             sign(hs, accessKey(other), "k1", good()),
		"the bare secret":            sign(hs, []byte(secret), "k1", good()),
		"an empty secret":            sign(hs, []byte{}, "k1", good()),
		"an unknown key":             sign(hs, key, "k2", good()),
		"no key":                     sign(hs, key, nil, good()),
		"a key that isn't a string":  sign(hs, key, []int{1}, good()),
		"another audience":           sign(hs, key, "k1", good("aud", "elsewhere")),
		"no audience":                sign(hs, key, "k1", without("aud")),
		"another issuer":             sign(hs, key, "k1", good("iss", "elsewhere")),
		"no issuer":                  sign(hs, key, "k1", without("iss")),
		"no end":                     sign(hs, key, "k1", without("exp")),
		"an end that isn't a time":   sign(hs, key, "k1", text),
		"expired":                    sign(hs, key, "k1", past),
		"not yet":                    sign(hs, key, "k1", future),
		"no user":                    sign(hs, key, "k1", without("sub")),
		"no session":                 sign(hs, key, "k1", without("sid")),
		"a user that isn't an id":    sign(hs, key, "k1", good("sub", "admin")),
		"a session that isn't an id": sign(hs, key, "k1", good("sid", "../x")),
		"nothing":                    "",
		"dots":                       "..",
		"rubbish":                    "x.y.z",
	}
	for name, forged := range tests {
		t.Run(name, func(t *testing.T) {
			claims, err := i.VerifyAccess(forged)
			require.ErrorIs(t, err, token.ErrInvalid)
			require.Zero(t, claims)
		})
	}
}

func TestRefresh(t *testing.T) {
	i, _ := issuer(t, "k1:"+secret)
	session := chat.NewID[chat.SessionID]()
	one, two := i.Refresh(session), i.Refresh(session)
	require.NotEqual(t, one, two)
	for _, r := range []string{one, two} {
		got, err := i.VerifyRefresh(r)
		require.NoError(t, err)
		require.Equal(t, session, got)
	}
	require.Len(t, token.Hash(one), 64)
	require.NotEqual(t, token.Hash(one), token.Hash(two))

	body, mark := one[:strings.LastIndexByte(one, '.')], one[strings.LastIndexByte(one, '.')+1:]
	another := string(chat.NewID[chat.SessionID]())
	access, _, err := i.Access(chat.NewID[chat.UserID](), session, time.Minute)
	require.NoError(t, err)
	for name, forged := range map[string]string{
		"nothing": "", "dots": "..", "no mark": body, "an empty mark": body + ".", "another's mark": two[:strings.LastIndexByte(two, '.')] + "." + mark,
		"another session": another + one[len(another):], "more behind": one + "x", "more within": body + "x." + mark,
		"no session": one[len(another):], "an access token": access,
		"a mark by another key": body + "." + markBy(other, body), "a mark by the access key": body + "." + markWith(accessKey(secret), body),
	} {
		_, err := i.VerifyRefresh(forged)
		require.ErrorIs(t, err, token.ErrInvalid, name)
	}
	_, err = i.VerifyAccess(one)
	require.ErrorIs(t, err, token.ErrInvalid, "one kind never passes for the other")
}

func markBy(secret, body string) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte("parley refresh"))
	return markWith(h.Sum(nil), body)
}

func markWith(key []byte, body string) string {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(body))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// A new key goes in front; what the old one signed is good until the old one goes.
func TestKeysRotate(t *testing.T) {
	before, _ := issuer(t, "k1:"+secret)
	during, _ := issuer(t, "k2:"+other+",k1:"+secret)
	after, _ := issuer(t, "k2:"+other)
	user, session := chat.NewID[chat.UserID](), chat.NewID[chat.SessionID]()
	old, _, err := before.Access(user, session, time.Minute)
	require.NoError(t, err)
	fresh, _, err := during.Access(user, session, time.Minute)
	require.NoError(t, err)
	oldRefresh, freshRefresh := before.Refresh(session), during.Refresh(session)

	for name, c := range map[string]struct {
		i                  *token.Issuer
		takesOld, takesNew bool
	}{"before": {before, true, false}, "during": {during, true, true}, "after": {after, false, true}} {
		for tok, want := range map[string]bool{old: c.takesOld, fresh: c.takesNew} {
			_, err := c.i.VerifyAccess(tok)
			require.Equal(t, want, err == nil, "%s: %v", name, err)
		}
		for tok, want := range map[string]bool{oldRefresh: c.takesOld, freshRefresh: c.takesNew} {
			_, err := c.i.VerifyRefresh(tok)
			require.Equal(t, want, err == nil, "%s: %v", name, err)
		}
	}
}

func TestParseKeys(t *testing.T) {
	k := keys(t, " k1:"+secret+" , k2:"+other+":with:colons")
	require.Len(t, k, 2)
	require.Equal(t, "k1", k[0].ID)
	for _, bad := range []string{
		"", ",", "k1", "k1:", ":" + secret, "k1:short", "k 1:" + secret, secret, "k1:" + secret + ",k1:" + other, "k1:" + secret + ",",
		strings.Repeat("k", 33) + ":" + secret,
	} {
		_, err := token.ParseKeys(bad)
		require.Error(t, err, bad)
		require.NotContains(t, err.Error(), "secret of")
	}
	var read token.Keys
	require.Error(t, read.UnmarshalText([]byte("k1:short")))
	require.Nil(t, read)
	require.NoError(t, read.UnmarshalText([]byte("k1:"+secret)))
	require.Len(t, read, 1)
}

func TestKeysAreNotPrinted(t *testing.T) {
	k := keys(t, "k1:"+secret)
	settings := struct{ Keys token.Keys }{k}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, v := range []any{k, k[0], &k[0], settings, &settings} {
			printed := fmt.Sprintf(format, v)
			require.NotContains(t, printed, "secret of", format)
			for _, derived := range [][]byte{accessKey(secret)} {
				require.NotContains(t, printed, fmt.Sprintf("%d", derived), format)
				require.NotContains(t, printed, fmt.Sprintf("%#v", derived), format)
				require.NotContains(t, printed, string(derived), format)
			}
		}
	}
}

// Nobody makes a token by trying: what verifies was issued here.
func FuzzVerify(f *testing.F) {
	const (
		user    = chat.UserID("01ARZ3NDEKTSV4RRFFQ69G5FAV") // fixed: each worker of the fuzzer issues the same token
		session = chat.SessionID("01BX5ZZKBKACTAV9WEVGEMMVRZ")
	)
	i, _ := issuer(f, "k1:"+secret)
	signed, _, err := i.Access(user, session, time.Minute)
	require.NoError(f, err)
	refresh := i.Refresh(session)
	for _, seed := range []string{"", ".", "..", signed, refresh, signed[:len(signed)-1], "eyJhbGciOiJub25lIn0.e30."} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := i.VerifyAccess(s); err == nil {
			require.Equal(t, signed, s)
		}
		if got, err := i.VerifyRefresh(s); err == nil {
			require.Equal(t, session, got)
		}
	})
}

func FuzzParseKeys(f *testing.F) {
	f.Add("k1:" + secret)
	f.Add("k1:" + secret + ",k2:" + other)
	f.Add("k1:short")
	f.Fuzz(func(t *testing.T, s string) {
		k, err := token.ParseKeys(s)
		require.Equal(t, err == nil, len(k) > 0)
		seen := map[string]bool{}
		for _, key := range k {
			require.NotEmpty(t, key.ID)
			require.False(t, seen[key.ID])
			seen[key.ID] = true
		}
	})
}
