// Package app wires an API node and runs it: in a process of its own (Main), or embedded in another one that hands
// in its own ports (New).
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-chat/parley/api/config"
	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chatlog"
	"github.com/parley-chat/parley/pkg/lifecycle"
	"github.com/parley-chat/parley/pkg/metric"
	"github.com/parley-chat/parley/pkg/ops"
)

// The server's times. A request's own are in httpapi; these bound what that can't: headers, idle connections, and
// answers that nobody reads. idleTimeout is longer than a proxy's, so that the proxy is who closes.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 60 * time.Second
	writeTimeout      = 120 * time.Second
	idleTimeout       = 60 * time.Second
	maxHeaderBytes    = 32 << 10
)

// Options of New.
type Options struct {
	Config config.Config
	Ports  Ports
	// Log may be nil for none.
	Log *slog.Logger
	// Registry takes and shows the node's metrics; nil for one of its own.
	Registry *prometheus.Registry
	// DrainDelay is how long a stopping node goes on taking requests after /readyz has begun to fail, so that load
	// balancers notice first.
	DrainDelay time.Duration
	// Now is the clock; nil for time.Now.
	Now func() time.Time
}

// App is one API node.
type App struct {
	opts     Options
	log      *slog.Logger
	handler  http.Handler
	messages *chatlog.Log
	uploads  *service.Uploads
	draining atomic.Bool
	cleanup  lifecycle.Stack
	stopping sync.Once
	stopErr  error

	listener net.Listener
	ops      *ops.Server
	// failed gets the error with which the server stopped by itself.
	failed chan error
}

// New wires a node; nothing listens before Start. Stop it also if it was never started.
func New(_ context.Context, opts Options) (*App, error) {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Registry == nil {
		opts.Registry = metric.NewRegistry()
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	a := &App{opts: opts, log: opts.Log, failed: make(chan error, 1)}
	pub := quiet{opts.Ports.Publisher}
	announcer := service.NewAnnouncer(opts.Ports.Store, pub, opts.Log)
	a.cleanup.Add("announcer", announcer.Close) // after the log: what is committed is told
	a.messages = chatlog.New(opts.Ports.Store, chatlog.Options{Registry: opts.Registry})
	a.cleanup.Add("message log", a.messages.Close)
	s, err := newServices(opts, a.messages, pub, announcer)
	var api http.Handler
	if err == nil {
		a.uploads = s.uploads
		api, err = newHandler(opts, s)
	}
	if err != nil {
		return nil, errors.Join(err, a.cleanup.Close(context.Background()))
	}
	a.handler = a.closingConnections(api)
	return a, nil
}

// Handler is the node's HTTP API, for a process that has a listener of its own.
func (a *App) Handler() http.Handler { return a.handler }

// Start listens on the configured addresses (on no operations port if that is "") and begins to sweep. After an error the node is to be stopped.
func (a *App) Start(ctx context.Context) error {
	listener, err := net.Listen("tcp", a.opts.Config.Addr)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	a.listener = listener
	a.serve(ctx)
	a.sweep(ctx)
	if err := a.startOps(); err != nil {
		return err
	}
	a.log.InfoContext(ctx, "API node started", "address", a.Addr(), "operations", a.OpsAddr())
	return nil
}

// startOps opens the operations port, unless the settings name none.
func (a *App) startOps() (err error) {
	if a.opts.Config.OpsAddr == "" {
		return nil
	}
	a.ops, err = ops.Start(ops.Options{
		Addr: a.opts.Config.OpsAddr, Service: "api", Node: a.opts.Config.NodeID, Metrics: a.opts.Registry,
		Checks: a.Checks(), Drain: a.drain, Pprof: a.opts.Config.Pprof,
	})
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	return nil
}

// Checks are what /readyz tells, for a process that has an operations port of its own.
func (a *App) Checks() []ops.Check {
	return append([]ops.Check{{Name: "database", Required: true, Run: a.opts.Ports.Store.Ping}}, a.opts.Ports.Checks...)
}

func (a *App) serve(ctx context.Context) {
	server := &http.Server{
		Handler: a.handler, ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	go func() {
		if err := server.Serve(a.listener); !errors.Is(err, http.ErrServerClosed) {
			a.failed <- fmt.Errorf("serve: %w", err)
		}
	}()
	a.cleanup.AddTimeout("http server", a.opts.Config.ShutdownTimeout, func(ctx context.Context) error {
		if err := server.Shutdown(ctx); err != nil {
			return errors.Join(err, server.Close())
		}
		return nil
	})
}

func (a *App) sweep(ctx context.Context) {
	sweeping, stop := context.WithCancel(context.WithoutCancel(ctx))
	s := newSweeper(sweeperOptions{
		store: a.opts.Ports.Store, uploads: a.uploads, kept: a.opts.Config.UploadKept, log: a.log, now: a.opts.Now, registry: a.opts.Registry,
	})
	var running sync.WaitGroup
	running.Go(func() { s.run(sweeping) })
	a.cleanup.Add("sweeps", func(context.Context) error {
		stop()
		running.Wait()
		return nil
	})
}

// Addr is where the API listens, once started.
func (a *App) Addr() string { return a.listener.Addr().String() }

// OpsAddr is where the operations port listens, once started; "" for nowhere.
func (a *App) OpsAddr() string {
	if a.ops == nil {
		return ""
	}
	return a.ops.Addr()
}

// Failed gets an error if the node stops serving by itself.
func (a *App) Failed() <-chan error { return a.failed }

// Stop makes /readyz fail, finishes the requests under way and lets go of everything but the ports. ctx bounds it. A
// second call gives the first one's result.
func (a *App) Stop(ctx context.Context) error {
	a.stopping.Do(func() {
		a.drain()
		if a.ops != nil {
			a.ops.SetDraining()
			select {
			case <-time.After(a.opts.DrainDelay):
			case <-ctx.Done():
			}
		}
		a.stopErr = a.cleanup.Close(ctx)
		if a.ops != nil { // last: it shows what happens
			a.stopErr = errors.Join(a.stopErr, a.ops.Close(ctx))
		}
	})
	return a.stopErr
}

func (a *App) drain() {
	if !a.draining.Swap(true) {
		a.log.Info("draining")
	}
}

// closingConnections ends kept-alive connections with their next answer while the node drains, so that a proxy opens
// its next one elsewhere, instead of losing a request with this one.
func (a *App) closingConnections(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.draining.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}
