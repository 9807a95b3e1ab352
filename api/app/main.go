package app

import (
	"context"
	"errors"
	"flag"
	"io"
	"log/slog"
	"os/signal"
	"syscall"
	"time"

	"github.com/parley-chat/parley/api/config"
	"github.com/parley-chat/parley/pkg/backend"
	settings "github.com/parley-chat/parley/pkg/config"
	"github.com/parley-chat/parley/pkg/lifecycle"
	"github.com/parley-chat/parley/pkg/logging"
	"github.com/parley-chat/parley/pkg/metric"
	"github.com/parley-chat/parley/pkg/process"
)

// drainDelay is how long a stopping process goes on answering, while load balancers see that it isn't ready.
const drainDelay = time.Second

const usage = `parley-api is Parley's API node.

Usage: parley-api [--migrate-only]

  --migrate-only  make the database's tables and indexes, then exit
`

// Main runs an API node as a process, until SIGINT or SIGTERM. args are without the program's name, environ is as
// os.Environ gives it. It returns the exit code.
func Main(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	var (
		conf        config.Config
		log         *slog.Logger
		migrateOnly bool
	)
	return process.Program{
		Name: "parley-api", Usage: usage, Settings: []any{&config.Config{}},
		Flags: func(f *flag.FlagSet) { f.BoolVar(&migrateOnly, "migrate-only", false, "") },
		Load:  func(environ []string) error { return settings.Load(&conf, environ) },
		Run: func() error {
			log = logging.New(stderr, conf.LogLevel, conf.LogFormat, "api", conf.NodeID)
			ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return run(ctx, conf, log, migrateOnly)
		},
		Failed: func(err error) { log.Error("API node failed", "error", err) },
	}.Main(args, environ, stdout, stderr)
}

// run connects, migrates, serves until ctx ends, and cleans up.
func run(ctx context.Context, conf config.Config, log *slog.Logger, migrateOnly bool) (err error) {
	registry := metric.NewRegistry()
	var cleanup lifecycle.Stack
	defer func() {
		// The signal that ended ctx must not end the cleaning up.
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), conf.ShutdownTimeout+drainDelay)
		defer cancel()
		err = errors.Join(err, cleanup.Close(bounded))
	}()
	if conf.RedisURL == "" && !migrateOnly {
		return settings.Wrong(&conf, "PARLEY_REDIS_URL") // gateways are other processes: memory doesn't reach them
	}
	var ports Ports
	if !migrateOnly {
		if ports, err = Open(conf, log, registry, &cleanup); err != nil {
			return err
		}
	}
	shared, err := backend.Open(ctx, backend.Options{Settings: &conf, Common: conf.Common, Log: log, Registry: registry})
	if err != nil {
		return err
	}
	cleanup.Add("backend", shared.Close)
	if err := shared.Migrate(ctx); err != nil || migrateOnly {
		return err
	}
	node, err := New(ctx, Options{Config: conf, Ports: ports.Connect(shared), Log: log, Registry: registry, DrainDelay: drainDelay})
	if err != nil {
		return err
	}
	cleanup.AddTimeout("API node", conf.ShutdownTimeout+drainDelay, node.Stop)
	if err := node.Start(ctx); err != nil {
		return err
	}
	select {
	case err := <-node.Failed():
		return err
	case <-ctx.Done():
		log.Info("stopping")
		return nil
	}
}
