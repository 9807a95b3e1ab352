// Package floor is the least that a WebSocket server in Go can do with gorilla/websocket: it knows nobody, keeps nothing, and
// writes what it is told to write to every socket. What Parley costs is held against it.
package floor

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/gorilla/websocket"
)

// Server is the floor. It serves /ws, POST /publish?n=times with the payload as its body, and /metrics.
type Server struct {
	upgrader websocket.Upgrader

	mu      sync.Mutex // guards sockets, and that one message is written at a time
	sockets map[*websocket.Conn]struct{}
}

// New makes a floor without sockets.
func New() *Server { return &Server{sockets: map[*websocket.Conn]struct{}{}} }

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/ws":
		s.hold(w, r)
	case "/publish":
		s.publish(w, r)
	case "/metrics":
		metrics(w)
	default:
		http.NotFound(w, r)
	}
}

func (s *Server) hold(w http.ResponseWriter, r *http.Request) {
	c, err := s.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // which the upgrader has told the client
	}
	s.mu.Lock()
	s.sockets[c] = struct{}{}
	s.mu.Unlock()
	for err == nil {
		_, _, err = c.ReadMessage()
	}
	s.mu.Lock()
	delete(s.sockets, c)
	s.mu.Unlock()
	_ = c.Close()
}

func (s *Server) publish(w http.ResponseWriter, r *http.Request) {
	payload, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	n, notNumber := strconv.Atoi(r.URL.Query().Get("n"))
	if err != nil || notNumber != nil {
		http.Error(w, "want n and a body", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		m, err := websocket.NewPreparedMessage(websocket.TextMessage, payload)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		for c := range s.sockets {
			_ = c.WritePreparedMessage(m) // one that is gone leaves by its reader
		}
	}
}

// metrics tells what Prometheus' process collector tells, as far as the figures need it.
func metrics(w io.Writer) {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	var size, resident int64
	statm, _ := os.ReadFile("/proc/self/statm")
	_, _ = fmt.Sscan(string(statm), &size, &resident)
	cpu := time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	fmt.Fprintf(w, "process_cpu_seconds_total %f\nprocess_resident_memory_bytes %d\n", cpu.Seconds(), resident*int64(os.Getpagesize()))
}
