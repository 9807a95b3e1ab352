// Package app runs everything in one process: an API node, gateways, and a front in nginx's place, on the
// embedded adapters or on the servers that the settings name.
package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	apiapp "github.com/parley-chat/parley/api/app"
	gatewayapp "github.com/parley-chat/parley/gateway/app"
	"github.com/parley-chat/parley/pkg/backend"
	"github.com/parley-chat/parley/pkg/lifecycle"
	"github.com/parley-chat/parley/pkg/metric"
	"github.com/parley-chat/parley/pkg/ops"
	"github.com/parley-chat/parley/pkg/peer"
	"github.com/parley-chat/parley/standalone/config"
	"github.com/parley-chat/parley/standalone/front"
)

// Options of New.
type Options struct {
	Config config.Config
	// Web is the built web client.
	Web fs.FS
	Log *slog.Logger
}

// App is the whole of Parley.
type App struct {
	opts     Options
	registry *prometheus.Registry
	cleanup  lifecycle.Stack
	checks   []ops.Check
	gateways []*gatewayapp.App
	listener net.Listener
	ops      *ops.Server
	failed   chan error
}

// Start starts everything, front last. After an error nothing is left running.
func Start(ctx context.Context, opts Options) (*App, error) {
	a := &App{opts: opts, registry: metric.NewRegistry(), failed: make(chan error, 1)}
	if err := a.start(ctx); err != nil {
		return nil, errors.Join(err, a.cleanup.Close(context.WithoutCancel(ctx)))
	}
	return a, nil
}

func (a *App) start(ctx context.Context) error {
	conf := &a.opts.Config
	ports, err := apiapp.Open(conf.API, a.opts.Log, a.registry, &a.cleanup)
	if err != nil {
		return err
	}
	shared, err := backend.Open(ctx, backend.Options{Settings: &conf.API, Common: conf.API.Common, Log: a.opts.Log, Registry: a.registry})
	if err != nil {
		return err
	}
	a.cleanup.Add("backend", shared.Close)
	if err := shared.Migrate(ctx); err != nil {
		return err
	}
	api, err := a.startAPI(ctx, ports.Connect(shared))
	if err != nil {
		return err
	}
	var gateways []string
	for n := range conf.Gateways {
		addr, err := a.startGateway(ctx, shared, n)
		if err != nil {
			return err
		}
		gateways = append(gateways, addr)
	}
	if err := a.startOps(ctx); err != nil {
		return err
	}
	return a.startFront(ctx, front.New(front.Options{Web: a.opts.Web, API: api, Gateways: gateways, Mails: ports.KeptMail, Peers: peer.NewRules(conf.API.TrustedProxies), Log: a.opts.Log}))
}

func (a *App) startAPI(ctx context.Context, ports apiapp.Ports) (addr string, err error) {
	conf := a.opts.Config.API
	conf.OpsAddr = "" // the process has one
	node, err := apiapp.New(ctx, apiapp.Options{Config: conf, Ports: ports, Log: a.opts.Log, Registry: a.registry})
	if err != nil {
		return "", err
	}
	a.cleanup.AddTimeout("API node", conf.ShutdownTimeout, node.Stop)
	if err := node.Start(ctx); err != nil {
		return "", err
	}
	a.checks = append(a.checks, node.Checks()...)
	return node.Addr(), nil
}

func (a *App) startGateway(ctx context.Context, shared *backend.Backend, n int) (addr string, err error) {
	conf := a.opts.Config.Gateway
	conf.NodeID = fmt.Sprintf("%s-%d", conf.NodeID, n+1)
	conf.OpsAddr = ""
	node, err := gatewayapp.New(ctx, gatewayapp.Options{
		Config: conf, Logger: a.opts.Log.With("gateway", n+1), Registry: a.registry,
		Ports: gatewayapp.Connect(shared),
	})
	if err != nil {
		return "", err
	}
	a.gateways = append(a.gateways, node)
	a.cleanup.AddTimeout(conf.NodeID, conf.ShutdownTimeout, node.Stop)
	if err := node.Start(ctx); err != nil {
		return "", err
	}
	for _, c := range node.Checks() {
		c.Name = fmt.Sprintf("gateway %d: %s", n+1, c.Name)
		a.checks = append(a.checks, c)
	}
	return node.Addr(), nil
}

func (a *App) startOps(ctx context.Context) error {
	server, err := ops.Start(ops.Options{
		Addr: a.opts.Config.OpsAddr, Service: "parley", Node: a.opts.Config.API.NodeID, Metrics: a.registry,
		Checks: a.checks, Pprof: a.opts.Config.API.Pprof, Drain: func() { a.drain(context.WithoutCancel(ctx)) },
	})
	if err != nil {
		return fmt.Errorf("PARLEY_OPS_ADDR: %w", err)
	}
	a.ops = server
	a.cleanup.Add("operations port", server.Close)
	return nil
}

func (a *App) startFront(ctx context.Context, handler http.Handler) error {
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", a.opts.Config.Addr)
	if err != nil {
		return fmt.Errorf("PARLEY_ADDR: %w", err)
	}
	a.listener = listener
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, ErrorLog: slog.NewLogLogger(a.opts.Log.Handler(), slog.LevelDebug)}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			a.failed <- fmt.Errorf("front: %w", err)
		}
	}()
	a.cleanup.Add("front", func(ctx context.Context) error { return errors.Join(server.Shutdown(ctx), server.Close()) })
	return nil
}

// Addr is where browsers go.
func (a *App) Addr() string { return a.listener.Addr().String() }

// OpsAddr is where operators go.
func (a *App) OpsAddr() string { return a.ops.Addr() }

// Failed gets an error if the process stops serving by itself.
func (a *App) Failed() <-chan error { return a.failed }

// drain takes no new sockets, asks all clients to go, and returns when they are gone or closed. They find nobody else here, so the
// time for it is short by default: what they come back to is the next process.
func (a *App) drain(ctx context.Context) {
	var draining sync.WaitGroup
	for _, g := range a.gateways {
		draining.Go(func() { g.Drain(ctx) })
	}
	draining.Wait()
}

// Stop drains the gateways, and then ends everything, what was started last first. ctx bounds it.
func (a *App) Stop(ctx context.Context) error {
	a.ops.SetDraining()
	a.drain(ctx)
	return a.cleanup.Close(ctx)
}
