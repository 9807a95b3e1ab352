// Package fakechat is a chat server of one small file, for tests of the load tool: it keeps the wire's contract, or
// breaks it in the way that a test asks for.
package fakechat

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/gorilla/websocket"

	"github.com/parley-chat/parley/loadtest/client"
)

// Faults are ways to break the contract, or to try a client's patience. Each counts messages from 1, over all.
type Faults struct {
	// Refuse answers the first try of every nth message with 503.
	Refuse int
	// LoseAnswer commits every nth message, but cuts the connection before the answer.
	LoseAnswer int
	// Mute commits every nth message and tells nobody live.
	Mute int
	// Repeat tells every nth message twice, live.
	Repeat int
	// Forget acknowledges every nth message without keeping it.
	Forget int
	// Double keeps every nth message twice.
	Double int
	// Leak tells every nth message to everybody.
	Leak int
	// Cut cuts all sockets at every nth message.
	Cut int
}

// Server is a running fake. Close it after use.
type Server struct {
	*httptest.Server
	faults Faults

	mu       sync.Mutex // guards what follows
	users    int
	logs     map[string][]client.Event
	members  map[string][]string
	first    map[string]client.Message // by sender and client id
	refused  map[string]bool
	messages int
	sockets  map[*websocket.Conn]string
}

// New starts a fake.
func New(faults Faults) *Server {
	s := &Server{
		faults: faults, logs: map[string][]client.Event{}, members: map[string][]string{},
		first: map[string]client.Message{}, refused: map[string]bool{}, sockets: map[*websocket.Conn]string{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/auth/signup", s.signUp)
	mux.HandleFunc("POST /api/conversations", s.open)
	mux.HandleFunc("POST /api/sync", s.sync)
	mux.HandleFunc("GET /api/conversations/{id}/events", s.events)
	mux.HandleFunc("POST /api/conversations/{id}/messages", s.message)
	mux.HandleFunc("GET /ws", s.socket)
	mux.HandleFunc("GET /metrics", s.metrics)
	s.Server = httptest.NewServer(mux)
	return s
}

// Close stops it and cuts all sockets.
func (s *Server) Close() {
	s.mu.Lock()
	s.cut()
	s.mu.Unlock()
	s.Server.Close()
}

func (s *Server) cut() {
	for conn := range s.sockets {
		conn.Close()
	}
}

func every(n, i int) bool { return n > 0 && i%n == 0 }

func reply(w http.ResponseWriter, status int, body any) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // fails only with the connection
}

func read(r *http.Request, into any) { _ = json.NewDecoder(r.Body).Decode(into) }

// caller is the user; the fake's tokens are their ids.
func caller(r *http.Request) string {
	return strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
}

func (s *Server) signUp(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users++
	id := fmt.Sprintf("u%d", s.users)
	reply(w, http.StatusCreated, map[string]any{"user": client.User{ID: id}, "accessToken": id, "refreshToken": id})
}

func (s *Server) open(w http.ResponseWriter, r *http.Request) {
	var in struct{ UserID string }
	read(r, &in)
	members := []string{caller(r), in.UserID}
	slices.Sort(members)
	id := strings.Join(members, "-")
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.logs[id] == nil {
		s.members[id] = members
		s.logs[id] = []client.Event{{Type: "conversation.created", ConversationID: id, Seq: 1}}
	}
	reply(w, http.StatusCreated, map[string]any{"conversation": client.Conversation{ID: id}})
}

func (s *Server) sync(w http.ResponseWriter, r *http.Request) {
	var in struct{ Conversations map[string]int64 }
	read(r, &in)
	s.mu.Lock()
	defer s.mu.Unlock()
	result := client.SyncResult{Events: map[string][]client.Event{}}
	for id, members := range s.members {
		if !slices.Contains(members, caller(r)) {
			continue
		}
		if seq, known := in.Conversations[id]; known {
			result.Events[id] = s.logs[id][min(int(seq), len(s.logs[id])):]
		} else {
			result.Conversations = append(result.Conversations, client.Conversation{ID: id})
		}
	}
	reply(w, http.StatusOK, result)
}

func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	after, _ := strconv.Atoi(r.URL.Query().Get("after"))
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.members[r.PathValue("id")], caller(r)) {
		reply(w, http.StatusNotFound, client.Error{Code: "not_found"})
		return
	}
	log := s.logs[r.PathValue("id")]
	after = min(after, len(log))
	reply(w, http.StatusOK, client.EventsPage{Events: log[after:min(after+limit, len(log))], LastSeq: int64(len(log))})
}

func (s *Server) message(w http.ResponseWriter, r *http.Request) {
	var in client.NewMessage
	read(r, &in)
	s.mu.Lock()
	defer s.mu.Unlock()
	key := caller(r) + "/" + in.ClientID
	if m, ok := s.first[key]; ok {
		reply(w, http.StatusOK, map[string]any{"message": m})
		return
	}
	n := s.messages + 1
	if every(s.faults.Refuse, n) && !s.refused[key] {
		s.refused[key] = true
		reply(w, http.StatusServiceUnavailable, client.Error{Code: "unavailable"})
		return
	}
	s.messages = n
	m := s.commit(n, r.PathValue("id"), caller(r), in)
	s.first[key] = m
	if every(s.faults.Cut, n) {
		s.cut()
	}
	if every(s.faults.LoseAnswer, n) {
		panic(http.ErrAbortHandler)
	}
	reply(w, http.StatusCreated, map[string]any{"message": m})
}

// commit keeps the nth message and tells it live.
func (s *Server) commit(n int, conversation, sender string, in client.NewMessage) client.Message {
	m := client.Message{
		ID: fmt.Sprintf("m%d", n), ConversationID: conversation, SenderID: sender, ClientID: in.ClientID, Text: in.Text,
		Seq: int64(len(s.logs[conversation]) + 1),
	}
	if every(s.faults.Forget, n) {
		return m
	}
	s.tell(n, s.keep(m))
	if every(s.faults.Double, n) {
		again := m
		again.ID, again.Seq = m.ID+"-again", m.Seq+1
		s.tell(n, s.keep(again))
	}
	return m
}

func (s *Server) keep(m client.Message) client.Event {
	e := client.Event{Type: "message.created", ConversationID: m.ConversationID, Seq: m.Seq, Message: &m}
	s.logs[m.ConversationID] = append(s.logs[m.ConversationID], e)
	return e
}

func (s *Server) tell(n int, e client.Event) {
	if every(s.faults.Mute, n) {
		return
	}
	times := 1
	if every(s.faults.Repeat, n) {
		times = 2
	}
	for conn, user := range s.sockets {
		if !slices.Contains(s.members[e.ConversationID], user) && !every(s.faults.Leak, n) {
			continue
		}
		for range times {
			_ = conn.WriteJSON(e) // a broken socket is the client's to replace
		}
	}
}

func (s *Server) socket(w http.ResponseWriter, r *http.Request) {
	conn, err := (&websocket.Upgrader{Subprotocols: []string{"parley.v1"}}).Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer conn.Close()
	s.mu.Lock()
	s.sockets[conn] = caller(r)
	_ = conn.WriteJSON(map[string]any{"type": "hello", "node": "fake", "pingIntervalMs": 25000})
	s.mu.Unlock()
	for {
		if _, _, err := conn.ReadMessage(); err != nil {
			s.mu.Lock()
			delete(s.sockets, conn)
			s.mu.Unlock()
			return
		}
	}
}

// metrics grow by 1000 bytes a socket.
func (s *Server) metrics(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(w, "# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes %d\n", 1_000_000+1000*len(s.sockets))
}
