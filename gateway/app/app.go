// Package app puts a gateway together and runs it: New, Start, Drain, Stop. A process may hold several.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-chat/parley/gateway/admission"
	"github.com/parley-chat/parley/gateway/config"
	"github.com/parley-chat/parley/gateway/metrics"
	"github.com/parley-chat/parley/gateway/node"
	"github.com/parley-chat/parley/gateway/server"
	"github.com/parley-chat/parley/gateway/tracker"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/lifecycle"
	"github.com/parley-chat/parley/pkg/metric"
	"github.com/parley-chat/parley/pkg/ops"
	"github.com/parley-chat/parley/pkg/peer"
	"github.com/parley-chat/parley/pkg/token"
)

// Store is what a gateway reads and writes in the database.
type Store interface {
	node.Store
	// Ping tells whether the database answers and takes writes.
	Ping(ctx context.Context) error
}

// Subscriber is the hearing half of the bus.
type Subscriber = node.Subscriber

// Publisher is the sending half of the bus.
type Publisher = tracker.Publisher

// Presence is the presence store.
type Presence = tracker.Presence

// Ports are the open adapters that a gateway works with. Their owner closes them after Stop, but for what
// NewSubscriber made, which the gateway closes itself.
type Ports struct {
	Store Store
	// NewSubscriber opens a subscription whose messages go to the handler. It is called once by New.
	NewSubscriber func(bus.Handler) Subscriber
	Publisher     Publisher
	Presence      Presence
}

// Registry is where metrics are registered and read; *prometheus.Registry is one.
type Registry interface {
	prometheus.Registerer
	prometheus.Gatherer
}

// Options of New.
type Options struct {
	Config config.Config
	Ports  Ports
	Logger *slog.Logger
	// Registry is the gateway's own where nil. Gateways that share one are counted together; metric.NewRegistry makes one.
	Registry Registry
}

// App is one gateway.
type App struct {
	opts    Options
	log     *slog.Logger
	node    *node.Node
	http    *http.Server
	cleanup lifecycle.Stack

	listener net.Listener
	ops      *ops.Server
	failed   chan error
	stopOnce sync.Once
	stopErr  error
}

// New puts a gateway together, so that nothing listens yet. Its settings have been validated.
func New(_ context.Context, opts Options) (*App, error) {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.Registry == nil {
		opts.Registry = metric.NewRegistry()
	}
	cfg := opts.Config
	counts := metrics.New(opts.Registry)
	n, err := node.New(node.Options{
		Name: cfg.NodeID, Store: opts.Ports.Store, Presence: opts.Ports.Presence, Publisher: opts.Ports.Publisher,
		Subscribe: opts.Ports.NewSubscriber,
		Limits: admission.Limits{
			Sockets: cfg.MaxSockets, PerAddress: cfg.MaxSocketsPerAddress, PerUser: cfg.MaxSocketsPerUser, Rate: cfg.AcceptRate,
		},
		QueueBytes: cfg.QueueBytes, PingInterval: cfg.PingInterval, PresenceGrace: cfg.PresenceGrace,
		Logger: opts.Logger, Metrics: counts,
	})
	if err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	a := &App{opts: opts, log: opts.Logger, node: n, failed: make(chan error, 1)}
	a.cleanup.AddTimeout("node", cfg.ShutdownTimeout, n.Stop)
	a.http = &http.Server{
		Handler: server.New(server.Options{
			Node: n, Sessions: opts.Ports.Store, Issuer: token.NewIssuer(cfg.JWTKeys, time.Now),
			Peers:   peer.NewRules(cfg.TrustedProxies, append(slices.Clone(cfg.AllowedOrigins), cfg.PublicURL)...),
			Metrics: counts, Logger: opts.Logger,
		}),
		ReadHeaderTimeout: 5 * time.Second,
		WriteTimeout:      15 * time.Second,
		IdleTimeout:       30 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(opts.Logger.Handler(), slog.LevelDebug),
	}
	return a, nil
}

// Start listens for sockets, and on the operations port unless Config.OpsAddr is "". Stop undoes it, also after
// an error.
func (a *App) Start(ctx context.Context) error {
	cfg := a.opts.Config
	if cfg.OpsAddr != "" {
		o, err := ops.Start(ops.Options{
			Addr: cfg.OpsAddr, Service: "parley-gateway", Node: cfg.NodeID, Metrics: a.opts.Registry,
			Checks: a.Checks(), Pprof: cfg.Pprof,
			Drain: func() { a.drain(context.WithoutCancel(ctx)) },
		})
		if err != nil {
			return fmt.Errorf("start gateway: %w", err)
		}
		a.ops = o
		a.cleanup.Add("operations port", o.Close)
	}
	// The sockets' own heartbeats find dead peers; the kernel need not.
	lc := net.ListenConfig{KeepAlive: -1}
	var err error
	if a.listener, err = lc.Listen(ctx, "tcp", cfg.Addr); err != nil {
		return fmt.Errorf("start gateway: %w", err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		if err := a.http.Serve(a.listener); !errors.Is(err, http.ErrServerClosed) {
			a.failed <- err
		}
	}()
	a.cleanup.Add("socket port", func(ctx context.Context) error {
		err := a.http.Shutdown(ctx)
		<-served
		return err
	})
	a.log.InfoContext(ctx, "gateway listens", "addr", a.Addr(), "ops", a.OpsAddr())
	return nil
}

// Addr is where sockets are served, after Start.
func (a *App) Addr() string { return a.listener.Addr().String() }

// OpsAddr is where operations are served, after Start; "" for nowhere.
func (a *App) OpsAddr() string {
	if a.ops == nil {
		return ""
	}
	return a.ops.Addr()
}

// Failed gives the reason if the gateway can no longer serve sockets.
func (a *App) Failed() <-chan error { return a.failed }

// Drain makes /readyz fail, refuses new sockets, and sends the clients elsewhere over the drain time. It returns when
// all are gone or closed, or ctx ends.
func (a *App) Drain(ctx context.Context) {
	if a.ops != nil {
		a.ops.SetDraining()
	}
	a.drain(ctx)
}

func (a *App) drain(ctx context.Context) { a.node.Drain(ctx, a.opts.Config.DrainTimeout) }

// Stop closes what is open, without draining, and waits for everything that was started. ctx bounds it.
func (a *App) Stop(ctx context.Context) error {
	a.stopOnce.Do(func() { a.stopErr = a.cleanup.Close(ctx) })
	if a.stopErr != nil {
		return fmt.Errorf("stop gateway: %w", a.stopErr)
	}
	return nil
}

// Checks are what /readyz tells, for a process that has an operations port of its own.
func (a *App) Checks() []ops.Check {
	return []ops.Check{
		{Name: "store", Required: true, Run: a.opts.Ports.Store.Ping},
		{Name: "bus", Detail: func() string { return a.node.CanaryState().String() }, Run: func(context.Context) error {
			state := a.node.BusState()
			if !state.Lost {
				return nil
			}
			instead := "new messages are read from the database"
			if state.Doubt {
				instead = "and the database can't be followed; clients sync by themselves"
			}
			return fmt.Errorf("lost since %s, %s: %w", state.Since.UTC().Format(time.RFC3339), instead, state.Err)
		}},
		{Name: "presence", Run: func(context.Context) error {
			if a.node.PresenceFailing() {
				return errors.New("the presence store does not answer; presence is not told")
			}
			return nil
		}},
	}
}
