package e2e_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/e2e/cluster"
	"github.com/parley-chat/parley/loadtest/client"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/token"
)

// problem is a problem document, which must have all that one has.
func problem(t *testing.T, body string) client.Error {
	t.Helper()
	var full struct {
		client.Error
		Type, Title string
	}
	require.NoError(t, json.Unmarshal([]byte(body), &full), "%s", body)
	require.Equal(t, "about:blank", full.Type, "%s", body)
	require.NotEmpty(t, full.Title, "%s", body)
	require.NotEmpty(t, full.RequestID, "%s", body)
	require.NotEmpty(t, full.Detail, "%s", body)
	return full.Error
}

func TestBadRequests(t *testing.T) {
	c := shared(t)
	ann, bob, cy := signUp(t, c.Base(), "ann"), signUp(t, c.Base(), "bob"), signUp(t, c.Base(), "cy")
	foreign := direct(t, bob, cy)
	conversation := direct(t, ann, bob)
	messages := "/api/conversations/" + conversation + "/messages"
	const nobody = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
	cases := map[string]struct {
		method, path, body string
		status             int
		code, field        string
	}{
		"no JSON":              {"POST", messages, `{"clientId":`, 400, "invalid_json", ""},
		"a list":               {"POST", messages, `[]`, 400, "invalid_json", ""},
		"two objects":          {"POST", messages, `{"clientId":"a","text":"b"}{}`, 400, "invalid_json", ""},
		"not UTF-8":            {"POST", messages, "{\"clientId\":\"a\",\"text\":\"\xff\"}", 400, "invalid_json", ""},
		"a field twice":        {"POST", messages, `{"clientId":"a","text":"b","text":"c"}`, 400, "invalid_json", ""},
		"an unknown field":     {"POST", messages, `{"clientId":"a","text":"b","colour":"red"}`, 400, "unknown_field", "colour"},
		"a wrong type":         {"POST", messages, `{"clientId":"a","text":5}`, 400, "validation_failed", "text"},
		"no clientId":          {"POST", messages, `{"text":"b"}`, 400, "validation_failed", "clientId"},
		"a bad clientId":       {"POST", messages, `{"clientId":"a b","text":"b"}`, 400, "validation_failed", "clientId"},
		"a long clientId":      {"POST", messages, `{"clientId":"` + strings.Repeat("a", 65) + `","text":"b"}`, 400, "validation_failed", "clientId"},
		"no text":              {"POST", messages, `{"clientId":"a","text":" \n "}`, 400, "validation_failed", "text"},
		"a long text":          {"POST", messages, `{"clientId":"a","text":"` + strings.Repeat("ü", 4001) + `"}`, 400, "validation_failed", "text"},
		"a foreign upload":     {"POST", messages, `{"clientId":"a","uploadIds":["` + nobody + `"]}`, 400, "validation_failed", "uploadIds"},
		"a foreign reply":      {"POST", messages, `{"clientId":"a","text":"b","replyTo":"` + nobody + `"}`, 400, "validation_failed", "replyTo"},
		"a huge body":          {"POST", messages, `{"clientId":"a","text":"` + strings.Repeat("a", 70<<10) + `"}`, 413, "payload_too_large", ""},
		"foreign conversation": {"POST", "/api/conversations/" + foreign + "/messages", `{"clientId":"a","text":"b"}`, 404, "not_found", ""},
		"its messages":         {"GET", "/api/conversations/" + foreign + "/messages", "", 404, "not_found", ""},
		"its events":           {"GET", "/api/conversations/" + foreign + "/events", "", 404, "not_found", ""},
		"its details":          {"GET", "/api/conversations/" + foreign, "", 404, "not_found", ""},
		"reading it":           {"POST", "/api/conversations/" + foreign + "/read", `{"seq":1}`, 404, "not_found", ""},
		"no conversation":      {"GET", "/api/conversations/" + nobody, "", 404, "not_found", ""},
		"a bad id":             {"GET", "/api/conversations/not-an-id", "", 404, "not_found", ""},
		"no route":             {"GET", "/api/nothing", "", 404, "not_found", ""},
		"a wrong method":       {"DELETE", "/api/auth/me", "", 405, "method_not_allowed", ""},
		"a bad limit":          {"GET", messages + "?limit=101", "", 400, "validation_failed", "limit"},
		"a bad after":          {"GET", "/api/conversations/" + conversation + "/events?after=-1", "", 400, "validation_failed", "after"},
		"a bad cursor":         {"GET", "/api/conversations?cursor=%21", "", 400, "invalid_cursor", ""},
		"a negative seq":       {"POST", "/api/conversations/" + conversation + "/read", `{"seq":-1}`, 400, "validation_failed", "seq"},
		"a bad sync":           {"POST", "/api/sync", `{"conversations":{"x":1}}`, 400, "validation_failed", "conversations"},
		"oneself":              {"POST", "/api/conversations", `{"type":"direct","userId":"` + ann.User().ID + `"}`, 400, "validation_failed", "userId"},
		"nobody":               {"POST", "/api/conversations", `{"type":"direct","userId":"` + nobody + `"}`, 400, "validation_failed", "userId"},
		"a strange type":       {"POST", "/api/conversations", `{"type":"cult","userId":"` + bob.User().ID + `"}`, 400, "validation_failed", "type"},
		"another's session":    {"DELETE", "/api/auth/sessions/" + nobody, "", 404, "not_found", ""},
	}
	for name, bad := range cases {
		t.Run(name, func(t *testing.T) {
			res, body := ask(t, bad.method, c.Base()+bad.path, bad.body, bearer(ann.AccessToken()))
			require.Equal(t, bad.status, res.StatusCode, "%s", body)
			require.Equal(t, "application/problem+json", res.Header.Get("Content-Type"))
			p := problem(t, body)
			require.Equal(t, bad.code, p.Code, "%s", body)
			require.Equal(t, bad.status, p.Status)
			require.Equal(t, res.Header.Get("X-Request-Id"), p.RequestID)
			if bad.field != "" {
				require.NotEmpty(t, p.Fields, "%s", body)
				require.Equal(t, bad.field, p.Fields[0].Field)
			}
		})
	}
	log, err := ann.AllEvents(t.Context(), conversation, 0)
	require.NoError(t, err)
	require.Len(t, log, 1, "none of it left a trace")
}

func TestTextIsData(t *testing.T) {
	c := shared(t)
	ann, bob := signUp(t, c.Base(), "ann"), signUp(t, c.Base(), "bob")
	conversation := direct(t, ann, bob)
	ear := listen(t, bob, c.Base())
	for _, text := range []string{
		`<script>alert(1)</script>`, `"}]}' OR 1=1 --`, "a\u2028b\u0007", "{\"$gt\":\"\"}", "👩‍👩‍👧‍👦 שלום", strings.Repeat("🙂", 4000), "\\u0000",
	} {
		sent := say(t, ann, conversation, text)
		require.Equal(t, text, sent.Text)
		require.Equal(t, text, ear.delivery(sent.ID).Message.Text)
	}
}

func TestBadSignUps(t *testing.T) {
	c := shared(t)
	taken := signUp(t, c.Base(), "ann")
	cases := map[string]struct {
		body        string
		status      int
		code, field string
	}{
		"an account twice":   {`{"fullName":"A","email":"` + strings.ToUpper(taken.User().Email) + `","password":"long enough"}`, 409, "email_taken", ""},
		"no name":            {`{"fullName":"  ","email":"x@example.org","password":"long enough"}`, 400, "validation_failed", "fullName"},
		"a long name":        {`{"fullName":"` + strings.Repeat("n", 81) + `","email":"x@example.org","password":"long enough"}`, 400, "validation_failed", "fullName"},
		"no address":         {`{"fullName":"A","email":"nobody","password":"long enough"}`, 400, "validation_failed", "email"},
		"a short password":   {`{"fullName":"A","email":"x@example.org","password":"short"}`, 400, "validation_failed", "password"},
		"more than bcrypt's": {`{"fullName":"A","email":"x@example.org","password":"` + strings.Repeat("p", 73) + `"}`, 400, "validation_failed", "password"},
	}
	for name, bad := range cases {
		t.Run(name, func(t *testing.T) {
			res, body := ask(t, http.MethodPost, c.Base()+"/api/auth/signup", bad.body, nil)
			require.Equal(t, bad.status, res.StatusCode, "%s", body)
			p := problem(t, body)
			require.Equal(t, bad.code, p.Code)
			if bad.field != "" {
				require.Equal(t, bad.field, p.Fields[0].Field)
			}
		})
	}
	t.Run("a wrong password and an unknown address look the same", func(t *testing.T) {
		_, known := reach(t, c.Base()).LogIn(t.Context(), taken.User().Email, "wrong password")
		_, unknown := reach(t, c.Base()).LogIn(t.Context(), "nobody@example.org", "wrong password")
		require.Equal(t, "invalid_credentials", refusal(t, known).Code)
		require.Equal(t, refusal(t, known).Code, refusal(t, unknown).Code)
		require.Equal(t, refusal(t, known).Detail, refusal(t, unknown).Detail)
	})
}

// TestForgedTokens: none of them opens the API or a socket.
func TestForgedTokens(t *testing.T) {
	c := shared(t)
	ann := signUp(t, c.Base(), "ann")
	good := ann.AccessToken()
	require.Empty(t, code(t, c.API(1), good))
	parts := strings.Split(good, ".")
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	require.NoError(t, err)
	header, err := base64.RawURLEncoding.DecodeString(parts[0])
	require.NoError(t, err)
	var is struct {
		Sid string
		Kid string
	}
	require.NoError(t, json.Unmarshal(claims, &is))
	require.NoError(t, json.Unmarshal(header, &is))

	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	unsigned := func(alg string) string {
		h, err := json.Marshal(map[string]string{"alg": alg, "typ": "JWT", "kid": is.Kid})
		require.NoError(t, err)
		return base64.RawURLEncoding.EncodeToString(h) + "." + parts[1]
	}
	rs256 := unsigned("RS256")
	digest := crypto.SHA256.New()
	digest.Write([]byte(rs256))
	signature, err := rsaKey.Sign(rand.Reader, digest.Sum(nil), crypto.SHA256)
	require.NoError(t, err)
	hs512, err := jwt.SigningMethodHS512.Sign(unsigned("HS512"), []byte(strings.Repeat("k", 64)))
	require.NoError(t, err)

	forged := map[string]string{
		"none":              "",
		"garbage":           "not.a.token",
		"alg none":          unsigned("none") + ".",
		"alg None":          unsigned("None") + "." + parts[2],
		"another algorithm": unsigned("HS512") + "." + base64.RawURLEncoding.EncodeToString(hs512),
		"RS256":             rs256 + "." + base64.RawURLEncoding.EncodeToString(signature),
		"a cut signature":   parts[0] + "." + parts[1] + "." + parts[2][:10],
		"others' claims":    parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(claims), ann.User().ID, string(chat.NewID[chat.UserID]()), 1))) + "." + parts[2],
		"another key":       issued(t, is.Kid+":"+strings.Repeat("x", 40), ann.User().ID, is.Sid, time.Hour),
		"an unknown key":    issued(t, "other:"+strings.Repeat("x", 40), ann.User().ID, is.Sid, time.Hour),
		"expired":           issued(t, keys(t, c), ann.User().ID, is.Sid, -time.Minute),
		"an unknown user":   issued(t, keys(t, c), string(chat.NewID[chat.UserID]()), is.Sid, time.Hour),
		"an unknown device": issued(t, keys(t, c), ann.User().ID, string(chat.NewID[chat.SessionID]()), time.Hour),
		"a refresh token":   ann.RefreshToken(),
	}
	require.Empty(t, code(t, c.API(1), issued(t, keys(t, c), ann.User().ID, is.Sid, time.Hour)), "the test can make good ones")
	for name, bad := range forged {
		t.Run(name, func(t *testing.T) {
			res, body := ask(t, http.MethodGet, c.Base()+"/api/auth/me", "", bearer(bad))
			require.Equal(t, http.StatusUnauthorized, res.StatusCode, "%s", body)
			require.Contains(t, []string{"unauthenticated", "session_revoked"}, problem(t, body).Code)
			require.Equal(t, client.CloseSignedOut, knock(t, c.Base(), bearer(bad)))
		})
	}
}

// keys are the cluster's signing keys.
func keys(t *testing.T, c *cluster.Cluster) string {
	t.Helper()
	value, err := c.Setting("jwt.keys")
	require.NoError(t, err)
	return value
}

func issued(t *testing.T, keys, user, session string, ttl time.Duration) string {
	t.Helper()
	ring, err := token.ParseKeys(keys)
	require.NoError(t, err)
	signed, _, err := token.NewIssuer(ring, time.Now).Access(chat.UserID(user), chat.SessionID(session), ttl)
	require.NoError(t, err)
	return signed
}

func TestForeignOrigins(t *testing.T) {
	c := shared(t)
	ann := signUp(t, c.Base(), "ann")
	cookie := http.Header{"Cookie": {"parley_access=" + ann.AccessToken()}}
	with := func(origin string) http.Header {
		h := cookie.Clone()
		h.Set("Origin", origin)
		return h
	}
	for _, origin := range []string{"https://evil.example", "null", c.Base() + ".evil.example", "http://127.0.0.1:1"} {
		res, body := ask(t, http.MethodPatch, c.Base()+"/api/auth/me", `{"bio":"owned"}`, with(origin))
		require.Equal(t, http.StatusForbidden, res.StatusCode, "%s: %s", origin, body)
		require.Equal(t, "origin_forbidden", problem(t, body).Code)
		_, res, err := dialer.DialContext(t.Context(), wsURL(c.Base()), with(origin))
		require.ErrorIs(t, err, websocket.ErrBadHandshake, origin)
		require.Equal(t, http.StatusForbidden, res.StatusCode, origin)
	}
	res, body := ask(t, http.MethodPatch, c.Base()+"/api/auth/me", `{"bio":"mine"}`, with(c.Base()))
	require.Equal(t, http.StatusOK, res.StatusCode, "%s", body)
	conn, _, err := dialer.DialContext(t.Context(), wsURL(c.Base()), with(c.Base()))
	require.NoError(t, err)
	conn.Close()
	me, err := ann.Me(t.Context())
	require.NoError(t, err)
	require.Equal(t, "mine", me.Bio)
}
