// Package ops serves a process's operations port: health, readiness, metrics, version, drain
// and, when asked for, profiles. It is never exposed through the public proxy.
package ops

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// CheckTimeout bounds one readiness check.
const CheckTimeout = 2 * time.Second

// Check tells whether one thing that the node needs is there. What Run and Detail say is shown in /readyz.
type Check struct {
	Name string
	// Required checks make the node unready when they fail; the others are only shown.
	Required bool
	Run      func(context.Context) error
	// Detail is shown while the check passes; nil for nothing.
	Detail func() string
}

// Options of a Server.
type Options struct {
	// Addr is host:port; port 0 takes a free one.
	Addr    string
	Service string
	Node    string
	Metrics prometheus.Gatherer
	Checks  []Check
	// Drain is called once, in its own goroutine, by POST /drain. Nil: no such route.
	Drain func()
	Pprof bool
}

// Server is the operations port.
type Server struct {
	opts      Options
	listener  net.Listener
	http      *http.Server
	drainOnce sync.Once
	draining  atomic.Bool
	done      chan error
}

// Start listens and serves until Close.
func Start(opts Options) (*Server, error) {
	l, err := net.Listen("tcp", opts.Addr)
	if err != nil {
		return nil, fmt.Errorf("operations port: %w", err)
	}
	s := &Server{opts: opts, listener: l, done: make(chan error, 1)}
	s.http = &http.Server{Handler: s.routes(), ReadHeaderTimeout: 5 * time.Second}
	go func() { s.done <- s.http.Serve(l) }()
	return s, nil
}

// Addr is where the server listens.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// SetDraining makes /readyz fail from now on.
func (s *Server) SetDraining() { s.draining.Store(true) }

// Close stops serving; requests under way have until ctx ends.
func (s *Server) Close(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if serveErr := <-s.done; !errors.Is(serveErr, http.ErrServerClosed) {
		err = errors.Join(err, serveErr)
	}
	if err != nil {
		return fmt.Errorf("close operations port: %w", err)
	}
	return nil
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", s.ready)
	mux.HandleFunc("GET /version", s.version)
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.metrics(), promhttp.HandlerOpts{}))
	if s.opts.Drain != nil {
		mux.HandleFunc("POST /drain", s.drain)
	}
	if s.opts.Pprof {
		mux.HandleFunc("/debug/pprof/", pprof.Index)
		mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	}
	return mux
}

type readiness struct {
	Status string                `json:"status"`
	Checks map[string]checkState `json:"checks"`
}

type checkState struct {
	OK       bool   `json:"ok"`
	Required bool   `json:"required"`
	Detail   string `json:"detail,omitempty"`
}

func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	answer := readiness{Status: "ready", Checks: map[string]checkState{}}
	status := http.StatusOK
	for name, state := range s.runChecks(r.Context()) {
		answer.Checks[name] = state
		if state.Required && !state.OK {
			answer.Status, status = "not ready", http.StatusServiceUnavailable
		}
	}
	if s.draining.Load() {
		answer.Status, status = "draining", http.StatusServiceUnavailable
	}
	writeJSON(w, status, answer)
}

func (s *Server) runChecks(ctx context.Context) map[string]checkState {
	ctx, cancel := context.WithTimeout(ctx, CheckTimeout)
	defer cancel()
	states := make([]checkState, len(s.opts.Checks))
	var wg sync.WaitGroup
	for i, c := range s.opts.Checks {
		wg.Go(func() {
			states[i] = checkState{OK: true, Required: c.Required}
			if err := c.Run(ctx); err != nil {
				states[i].OK, states[i].Detail = false, err.Error()
			} else if c.Detail != nil {
				states[i].Detail = c.Detail()
			}
		})
	}
	wg.Wait()
	byName := make(map[string]checkState, len(states))
	for i, c := range s.opts.Checks {
		byName[c.Name] = states[i]
	}
	return byName
}

func (s *Server) drain(w http.ResponseWriter, _ *http.Request) {
	s.SetDraining()
	s.drainOnce.Do(func() { go s.opts.Drain() })
	writeJSON(w, http.StatusAccepted, map[string]string{"status": "draining"})
}

func (s *Server) version(w http.ResponseWriter, _ *http.Request) {
	answer := map[string]string{"service": s.opts.Service, "node": s.opts.Node, "version": "unknown"}
	if info, ok := debug.ReadBuildInfo(); ok {
		answer["version"], answer["go"] = info.Main.Version, info.GoVersion
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				answer["revision"] = setting.Value
			}
		}
	}
	writeJSON(w, http.StatusOK, answer)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the peer went away: nothing to tell it
}
