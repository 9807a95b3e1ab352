package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-chat/parley/api/config"
	"github.com/parley-chat/parley/pkg/chat"
	settings "github.com/parley-chat/parley/pkg/config"
	"github.com/parley-chat/parley/pkg/lifecycle"
)

const (
	// migrateWait is how long a starting node waits for a database that isn't there yet.
	migrateWait = time.Minute
	// migratePause is between two tries.
	migratePause = time.Second
)

// openAndMigrate opens the store that the settings name and brings it up to date. A database that can't be reached
// is tried again for a while, since databases and nodes are often started together.
func openAndMigrate(ctx context.Context, conf config.Config, log *slog.Logger, cleanup *lifecycle.Stack) (Store, error) {
	ctx, cancel := context.WithTimeout(ctx, migrateWait)
	defer cancel()
	store, closeStore, err := openStore(ctx, &conf, log)
	if err != nil {
		return nil, err
	}
	cleanup.Add("database", closeStore)
	for {
		err := store.Migrate(ctx)
		if err == nil {
			return store, nil
		}
		if !errors.Is(err, chat.ErrUnavailable) {
			return nil, fmt.Errorf("migrate: %w", err)
		}
		log.WarnContext(ctx, "database not there yet", "error", err)
		select {
		case <-time.After(migratePause):
		case <-ctx.Done():
			return nil, fmt.Errorf("migrate: %w", err)
		}
	}
}

// connect opens all that the settings name, to be closed by cleanup. A setting that an adapter refuses gives a
// *settings.Error.
func connect(ctx context.Context, conf config.Config, log *slog.Logger, reg *prometheus.Registry, cleanup *lifecycle.Stack) (Ports, error) {
	if conf.RedisURL == "" {
		return Ports{}, settings.Wrong(&conf, "PARLEY_REDIS_URL") // gateways are other processes: memory doesn't reach them
	}
	var (
		ports Ports
		err   error
	)
	if ports.Store, err = openAndMigrate(ctx, conf, log, cleanup); err != nil {
		return Ports{}, err
	}
	if err := connectRedis(&conf, reg, cleanup, &ports); err != nil {
		return Ports{}, err
	}
	if err := openMedia(&conf, cleanup, &ports); err != nil {
		return Ports{}, err
	}
	return ports, openMail(&conf, log, reg, cleanup, &ports)
}
