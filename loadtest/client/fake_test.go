package client_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-chat/parley/loadtest/client"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is a server of one user and a few logs that a test changes at will.
type fake struct {
	*httptest.Server
	t *testing.T

	mu        sync.Mutex
	access    string // the token that is accepted
	refresh   string
	password  string // "" refuses to sign in
	logs      map[string][]client.Event
	sockets   []*websocket.Conn
	pongs     int
	watches   [][]string
	eventGets int
	syncs     int
	reset     bool                                             // sync says reset in place of events
	send      func(w http.ResponseWriter, m client.NewMessage) // answers a send
}

func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{t: t, access: "a1", refresh: "r1", password: "correct horse", logs: map[string][]client.Event{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/auth/login", f.login)
	mux.HandleFunc("POST /api/auth/refresh", f.renew)
	mux.HandleFunc("GET /api/auth/me", f.signedIn(func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]any{"user": map[string]string{"id": "me"}})
	}))
	mux.HandleFunc("POST /api/sync", f.signedIn(f.sync))
	mux.HandleFunc("GET /api/conversations/{id}/events", f.signedIn(f.events))
	mux.HandleFunc("POST /api/conversations/{id}/messages", f.signedIn(f.message))
	mux.HandleFunc("GET /ws", f.signedIn(f.socket))
	f.Server = httptest.NewServer(mux)
	t.Cleanup(func() {
		f.mu.Lock()
		for _, s := range f.sockets {
			s.Close()
		}
		f.mu.Unlock()
		f.Close()
	})
	return f
}

func answer(w http.ResponseWriter, status int, body any) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func problem(w http.ResponseWriter, status int, code string) {
	answer(w, status, map[string]any{"status": status, "code": code, "detail": "as the test wants"})
}

func (f *fake) signedIn(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		ok := r.Header.Get("Authorization") == "Bearer "+f.access
		f.mu.Unlock()
		if !ok {
			problem(w, http.StatusUnauthorized, "unauthenticated")
			return
		}
		next(w, r)
	}
}

func (f *fake) tokens(w http.ResponseWriter) {
	answer(w, http.StatusOK, map[string]any{"user": map[string]string{"id": "me"}, "accessToken": f.access, "refreshToken": f.refresh})
}

func (f *fake) login(w http.ResponseWriter, r *http.Request) {
	var in struct{ Password string }
	_ = json.NewDecoder(r.Body).Decode(&in)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.password == "" || in.Password != f.password {
		problem(w, http.StatusUnauthorized, "invalid_credentials")
		return
	}
	f.tokens(w)
}

func (f *fake) renew(w http.ResponseWriter, r *http.Request) {
	var in struct{ RefreshToken string }
	_ = json.NewDecoder(r.Body).Decode(&in)
	f.mu.Lock()
	defer f.mu.Unlock()
	if in.RefreshToken != f.refresh {
		problem(w, http.StatusUnauthorized, "session_revoked")
		return
	}
	f.refresh += "+"
	f.tokens(w)
}

func (f *fake) sync(w http.ResponseWriter, r *http.Request) {
	var in struct{ Conversations map[string]int64 }
	_ = json.NewDecoder(r.Body).Decode(&in)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.syncs++
	result := client.SyncResult{Events: map[string][]client.Event{}}
	for id, events := range f.logs {
		seq, known := in.Conversations[id]
		switch {
		case known && seq == int64(len(events)):
		case known && f.reset:
			result.Reset = append(result.Reset, id)
		case known:
			result.Events[id] = events[seq:]
		default:
			result.Conversations = append(result.Conversations, client.Conversation{ID: id})
		}
	}
	answer(w, http.StatusOK, result)
}

func (f *fake) events(w http.ResponseWriter, r *http.Request) {
	after, _ := strconv.Atoi(r.URL.Query().Get("after"))
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	f.mu.Lock()
	defer f.mu.Unlock()
	f.eventGets++
	log := f.logs[r.PathValue("id")]
	if log == nil {
		problem(w, http.StatusNotFound, "not_found")
		return
	}
	page := client.EventsPage{LastSeq: int64(len(log)), Events: []client.Event{}}
	if after < len(log) {
		page.Events = log[after:min(after+limit, len(log))]
	}
	answer(w, http.StatusOK, page)
}

func (f *fake) message(w http.ResponseWriter, r *http.Request) {
	var m client.NewMessage
	_ = json.NewDecoder(r.Body).Decode(&m)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.send(w, m)
}

func (f *fake) socket(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{Subprotocols: []string{"parley.v1"}}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	f.mu.Lock()
	f.sockets = append(f.sockets, conn)
	n := len(f.sockets)
	_ = conn.WriteJSON(map[string]any{"type": "hello", "node": "node-" + strconv.Itoa(n), "pingIntervalMs": 25000})
	f.mu.Unlock()
	defer conn.Close()
	for {
		var in struct {
			Type    string
			UserIDs []string
		}
		if conn.ReadJSON(&in) != nil {
			return
		}
		f.mu.Lock()
		switch in.Type {
		case "pong":
			f.pongs++
		case "watch":
			f.watches = append(f.watches, in.UserIDs)
		}
		f.mu.Unlock()
	}
}

// commit appends messages to a log without telling anybody.
func (f *fake) commit(conversation string, n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for range n {
		f.logs[conversation] = append(f.logs[conversation], f.event(conversation, int64(len(f.logs[conversation])+1)))
	}
}

func (f *fake) event(conversation string, seq int64) client.Event {
	id := conversation + "-" + strconv.FormatInt(seq, 10)
	return client.Event{Type: "message.created", ConversationID: conversation, Seq: seq, Message: &client.Message{ID: id, Seq: seq}}
}

// push writes frames to the newest socket.
func (f *fake) push(frames ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, frame := range frames {
		require.NoError(f.t, f.sockets[len(f.sockets)-1].WriteJSON(frame))
	}
}

// set changes the fake's behaviour.
func (f *fake) set(change func(*fake)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

func (f *fake) count(of func(*fake) int) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return of(f)
}

func (f *fake) login1() *client.Session {
	c, err := client.New(client.Options{Base: f.URL})
	require.NoError(f.t, err)
	f.t.Cleanup(c.Close)
	s, err := c.LogIn(f.t.Context(), "me@example.org", "correct horse")
	require.NoError(f.t, err)
	return s
}
