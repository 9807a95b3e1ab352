package apitest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
)

// Password is every test user's.
const Password = "correct horse battery"

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	// Cookies are those that were set, by name.
	Cookies map[string]*http.Cookie
	// Closing is whether the server closed the connection.
	Closing bool
}

// Into decodes the answer's body, as JSON.
func (a Answer) Into(t testing.TB, v any) {
	t.Helper()
	require.NoError(t, json.Unmarshal(a.Body, v), "body: %s", a.Body)
}

// Code is the problem's code, or "" for an answer that is none.
func (a Answer) Code() service.Code {
	var problem struct{ Code service.Code }
	if a.Header.Get("Content-Type") != "application/problem+json" || json.Unmarshal(a.Body, &problem) != nil {
		return ""
	}
	return problem.Code
}

// Fields are the names of the fields that a problem complains about.
func (a Answer) Fields() []string {
	var problem struct{ Errors []service.FieldError }
	if json.Unmarshal(a.Body, &problem) != nil {
		return nil
	}
	var names []string
	for _, e := range problem.Errors {
		names = append(names, e.Field)
	}
	return names
}

var client = &http.Client{
	Timeout:       30 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// Do sends a request to the node, and holds what comes back to the API's document. body is nil for none, a string or bytes as they are, or anything else as JSON; headers
// are names and values in turn.
func (n *Node) Do(t testing.TB, method, path string, body any, headers ...string) Answer {
	t.Helper()
	content := encode(t, body)
	req, err := http.NewRequestWithContext(t.Context(), method, n.URL+path, bytes.NewReader(content))
	require.NoError(t, err)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
			continue
		}
		req.Header.Set(headers[i], headers[i+1])
	}
	answer := send(t, req)
	holdToContract(t, method, path, content, answer)
	return answer
}

func encode(t testing.TB, body any) []byte {
	t.Helper()
	switch b := body.(type) {
	case nil:
		return nil
	case string:
		return []byte(b)
	case []byte:
		return b
	default:
		encoded, err := json.Marshal(b)
		require.NoError(t, err)
		return encoded
	}
}

func send(t testing.TB, req *http.Request) Answer {
	t.Helper()
	res, err := client.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	answer := Answer{Status: res.StatusCode, Header: res.Header, Closing: res.Close, Cookies: map[string]*http.Cookie{}}
	answer.Body, err = io.ReadAll(res.Body)
	require.NoError(t, err)
	for _, c := range res.Cookies() {
		answer.Cookies[c.Name] = c
	}
	return answer
}

// User is somebody who is signed in.
type User struct {
	ID      chat.UserID
	Name    string
	Email   string
	Access  string
	Refresh string
}

// Auth is the header that signs u in, for Do.
func (u User) Auth() []string { return []string{"Authorization", "Bearer " + u.Access} }

// Signup makes an account and signs it in.
func (n *Node) Signup(t testing.TB, name string) User {
	t.Helper()
	email := strings.ToLower(strings.ReplaceAll(name, " ", ".")) + "." + strings.ToLower(string(chat.NewID[chat.UserID]())) + "@example.org"
	answer := n.Do(t, http.MethodPost, "/api/auth/signup", map[string]string{"fullName": name, "email": email, "password": Password},
		"X-Parley-Client", "native")
	require.Equal(t, http.StatusCreated, answer.Status, "signup: %s", answer.Body)
	return signedIn(t, answer)
}

// Login starts another session of u.
func (n *Node) Login(t testing.TB, u User) User {
	t.Helper()
	answer := n.Do(t, http.MethodPost, "/api/auth/login", map[string]string{"email": u.Email, "password": Password}, "X-Parley-Client", "native")
	require.Equal(t, http.StatusOK, answer.Status, "login: %s", answer.Body)
	return signedIn(t, answer)
}

func signedIn(t testing.TB, answer Answer) User {
	t.Helper()
	var in struct {
		User                      service.SelfView
		AccessToken, RefreshToken string
	}
	answer.Into(t, &in)
	return User{ID: in.User.ID, Name: in.User.FullName, Email: in.User.Email, Access: in.AccessToken, Refresh: in.RefreshToken}
}
