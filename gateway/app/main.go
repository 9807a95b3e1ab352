package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/parley-chat/parley/gateway/config"
	"github.com/parley-chat/parley/pkg/backend"
	"github.com/parley-chat/parley/pkg/bus"
	settings "github.com/parley-chat/parley/pkg/config"
	"github.com/parley-chat/parley/pkg/lifecycle"
	"github.com/parley-chat/parley/pkg/logging"
	"github.com/parley-chat/parley/pkg/metric"
	"github.com/parley-chat/parley/pkg/process"
)

// gcPercent is how much garbage may pile up, in per cent of what is in use, unless GOGC says otherwise.
const gcPercent = 50

const usage = `parley-gateway holds the WebSockets of Parley's clients and delivers to them.

Usage: parley-gateway
`

// Connect makes a gateway's ports of a backend, which stays its caller's to close, after the gateway has stopped.
func Connect(b *backend.Backend) Ports {
	return Ports{
		Store: b.Store, Publisher: b.Publisher, Presence: b.Presence,
		NewSubscriber: func(h bus.Handler) Subscriber { return b.Subscribe(h) },
	}
}

// Main runs a gateway as a process, until SIGINT or SIGTERM, upon which it drains; a second signal ends it at once. args
// are without the program's name, environ is as os.Environ gives it. It returns the exit code.
func Main(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	var (
		cfg config.Config
		log *slog.Logger
	)
	return process.Program{
		Name: "parley-gateway", Usage: usage, Settings: []any{&config.Config{}},
		Load: func(environ []string) error { return settings.Load(&cfg, environ) },
		Run: func() error {
			if os.Getenv("GOGC") == "" {
				// Most of the heap is sockets that stay for hours: collecting more often costs little and saves the most.
				debug.SetGCPercent(gcPercent)
			}
			log = logging.New(stderr, cfg.LogLevel, cfg.LogFormat, "gateway", cfg.NodeID)
			return run(ctx, cfg, log)
		},
		Failed: func(err error) { log.Error("gateway failed", "error", err) },
	}.Main(args, environ, stdout, stderr)
}

// run connects, serves until a signal or ctx's end, drains, and cleans up.
func run(ctx context.Context, cfg config.Config, log *slog.Logger) (err error) {
	if cfg.RedisURL == "" {
		return settings.Wrong(&cfg, "PARLEY_REDIS_URL") // API nodes are other processes: memory doesn't reach them
	}
	life := context.WithoutCancel(ctx)
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	go process.ReturnMemory(ctx)
	var cleanup lifecycle.Stack
	defer func() {
		bounded, cancel := context.WithTimeout(life, cfg.ShutdownTimeout)
		defer cancel()
		err = errors.Join(err, cleanup.Close(bounded))
	}()
	registry := metric.NewRegistry()
	shared, err := backend.Open(ctx, backend.Options{Settings: &cfg, Common: cfg.Common, Log: log, Registry: registry})
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	cleanup.Add("backend", shared.Close)
	if err := shared.Migrate(ctx); err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	gateway, err := New(ctx, Options{Config: cfg, Ports: Connect(shared), Logger: log, Registry: registry})
	if err != nil {
		return err
	}
	cleanup.AddTimeout("gateway", cfg.ShutdownTimeout, gateway.Stop)
	if err := gateway.Start(life); err != nil {
		return err
	}
	select {
	case err := <-gateway.Failed():
		return err
	case <-ctx.Done():
	}
	stop() // so that a second signal ends the process
	gateway.Drain(life)
	return nil
}
