// Package backend opens what API nodes and gateways share, by the settings that name it: the
// database, the bus, presence and rate limits. It is wiring: it alone sees all these adapters.
package backend

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/config"
	"github.com/parley-chat/parley/pkg/lifecycle"
	"github.com/parley-chat/parley/pkg/mongostore"
	"github.com/parley-chat/parley/pkg/presence"
	"github.com/parley-chat/parley/pkg/ratelimit"
	"github.com/parley-chat/parley/pkg/sqlitestore"
	"github.com/parley-chat/parley/pkg/store"
)

const (
	// migrateWait is how long Migrate waits for a database that isn't there yet: databases and
	// nodes are often started together.
	migrateWait = time.Minute
	// migratePause is between two tries.
	migratePause = time.Second
)

// Publisher is the sending half of the bus. Publish never blocks; it is false if something was
// not taken. Healthy tells of the last failure, until something has gone through again.
type Publisher interface {
	Publish(msgs ...bus.Message) bool
	Healthy() error
}

// Subscriber is the hearing half of the bus. Subscribe returns when the bus has confirmed all channels.
type Subscriber interface {
	Subscribe(ctx context.Context, channels ...bus.Channel) error
	Unsubscribe(channels ...bus.Channel)
	// CanaryChannels are channels of a node, one for each connection that the subscriber has now.
	CanaryChannels(node string) []bus.Channel
	Close(ctx context.Context) error
}

// Presence knows which users are on which gateway; package presencetest has the contract.
type Presence interface {
	Join(ctx context.Context, node presence.Node, users ...chat.UserID) (cameOnline []chat.UserID, err error)
	Idle(ctx context.Context, node presence.Node, users ...chat.UserID) (now map[chat.UserID]presence.State, err error)
	Leave(ctx context.Context, node presence.Node, users ...chat.UserID) (now map[chat.UserID]presence.State, err error)
	Beat(ctx context.Context, node presence.Node) error
	States(ctx context.Context, users ...chat.UserID) (map[chat.UserID]presence.State, error)
	Reap(ctx context.Context) (now map[chat.UserID]presence.State, err error)
}

// Limiter takes tokens; package limittest has the contract.
type Limiter interface {
	Allow(ctx context.Context, limit ratelimit.Limit, id string) (ratelimit.Decision, error)
}

// Backend is all of it. What Subscribe made is closed by its caller; the rest by Close.
type Backend struct {
	Store     store.Store
	Publisher Publisher
	Subscribe func(bus.Handler) Subscriber
	Presence  Presence
	Limiter   Limiter

	log     *slog.Logger
	cleanup lifecycle.Stack
}

// Options of Open.
type Options struct {
	// Settings is the struct that embeds Common, by which a wrong setting is explained.
	Settings any
	Common   config.Common
	Log      *slog.Logger
	Registry prometheus.Registerer
}

// Open opens what the settings name. Neither MongoDB nor Redis need be there yet. Without
// PARLEY_REDIS_URL, bus, presence and limits are in memory: right for one process only. A setting that
// an adapter refuses gives a *config.Error.
func Open(ctx context.Context, o Options) (*Backend, error) {
	b := &Backend{log: o.Log}
	if err := errors.Join(b.openStore(ctx, o), b.openBus(o)); err != nil {
		return nil, errors.Join(err, b.Close(ctx))
	}
	return b, nil
}

// Close lets go of everything.
func (b *Backend) Close(ctx context.Context) error { return b.cleanup.Close(ctx) }

func (b *Backend) openStore(ctx context.Context, o Options) error {
	if rest, ok := strings.CutPrefix(o.Common.DatabaseURL, "sqlite:"); ok {
		path, err := url.PathUnescape(strings.TrimPrefix(rest, "//"))
		if err != nil || path == "" {
			return config.Wrong(o.Settings, "PARLEY_DATABASE_URL")
		}
		s, err := sqlitestore.Open(ctx, path)
		if err != nil {
			return fmt.Errorf("database: %w", err)
		}
		b.Store = s
	} else {
		s, err := mongostore.Open(ctx, o.Common.DatabaseURL, mongostore.Options{Logger: o.Log})
		if err != nil {
			return config.Wrong(o.Settings, "PARLEY_DATABASE_URL")
		}
		b.Store = s
	}
	b.cleanup.Add("database", b.Store.Close)
	return nil
}

func (b *Backend) openBus(o Options) error {
	if o.Common.RedisURL != "" {
		return b.openRedis(o)
	}
	b.openMemory(o)
	return nil
}

// Migrate brings the database's tables and indexes up to date. A database that can't be
// reached is tried again for a minute.
func (b *Backend) Migrate(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, migrateWait)
	defer cancel()
	for {
		err := b.Store.Migrate(ctx)
		if err == nil || !errors.Is(err, chat.ErrUnavailable) {
			return wrap("migrate", err)
		}
		b.log.WarnContext(ctx, "database not there yet", "error", err)
		select {
		case <-time.After(migratePause):
		case <-ctx.Done():
			return wrap("migrate", err)
		}
	}
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
