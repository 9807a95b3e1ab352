package mailresend_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/mail"
	"github.com/parley-chat/parley/api/mailresend"
	"github.com/parley-chat/parley/api/mailtest"
)

const key = "re_keep_this_to_yourself"

// account answers as Resend does.
type account struct {
	mu   sync.Mutex
	got  []mail.Message  // guarded by mu
	seen map[string]bool // idempotency keys; guarded by mu
	from string          // guarded by mu
}

func (a *account) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if r.Method != http.MethodPost || r.URL.Path != "/emails" || r.Header.Get("Authorization") != "Bearer "+key {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"statusCode":401,"message":"API key is invalid","name":"validation_error"}`)
		return
	}
	var in struct {
		From, Subject, Text, HTML string
		To                        []string
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || len(in.To) != 1 {
		w.WriteHeader(http.StatusUnprocessableEntity)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.from = in.From
	id := r.Header.Get("Idempotency-Key")
	if !a.seen[id] {
		a.seen[id] = true
		a.got = append(a.got, mail.Message{ID: id, To: in.To[0], Subject: in.Subject, Text: in.Text, HTML: in.HTML})
	}
	fmt.Fprint(w, `{"id":"49a3999c-0ce1-4ea6-ab68-afcd6dc2e794"}`)
}

func (a *account) received(*testing.T) []mail.Message {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]mail.Message(nil), a.got...)
}

func open(t *testing.T, h http.Handler) *mailresend.Sender {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	s, err := mailresend.New(mailresend.Options{APIKey: key, From: "Parley <chat@example.org>", BaseURL: server.URL + "/"})
	require.NoError(t, err)
	return s
}

func TestContract(t *testing.T) {
	t.Parallel()
	mailtest.Run(t, func(t *testing.T) (mail.Sender, mailtest.Received) {
		t.Helper()
		a := &account{seen: map[string]bool{}}
		return open(t, a), a.received
	})
}

var hello = mail.Message{ID: "m1", To: "ada@example.org", Subject: "Hi", Text: "x"}

func TestASecondTryIsNoSecondMail(t *testing.T) {
	t.Parallel()
	a := &account{seen: map[string]bool{}}
	s := open(t, a)
	require.NoError(t, s.Send(t.Context(), hello))
	require.NoError(t, s.Send(t.Context(), hello))
	require.Len(t, a.received(t), 1)
	require.Equal(t, `"Parley" <chat@example.org>`, a.from)
}

func TestWhichFailuresAreFinal(t *testing.T) {
	t.Parallel()
	for status, final := range map[int]bool{400: true, 401: true, 403: true, 409: false, 422: true, 429: false, 500: false, 502: false, 503: false} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			s := open(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(status)
				fmt.Fprint(w, `{"message":"no"}`)
			}))
			err := s.Send(t.Context(), hello)
			require.Error(t, err)
			require.NotContains(t, err.Error(), key)
			if final {
				require.ErrorIs(t, err, mail.ErrPermanent)
			} else {
				require.NotErrorIs(t, err, mail.ErrPermanent)
			}
		})
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	s, err := mailresend.New(mailresend.Options{APIKey: key, From: "chat@example.org", BaseURL: "http://127.0.0.1:1/"})
	require.NoError(t, err)
	err = s.Send(t.Context(), hello)
	require.Error(t, err)
	require.NotErrorIs(t, err, mail.ErrPermanent)
	require.NotContains(t, err.Error(), key)
}

func TestSenderIsAnAddress(t *testing.T) {
	t.Parallel()
	for _, from := range []string{"", "Parley", "Parley <chat@example.org>\r\nBcc: eve@example.org"} {
		_, err := mailresend.New(mailresend.Options{APIKey: key, From: from})
		require.Error(t, err, from)
	}
}
