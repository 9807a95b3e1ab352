// Package redisconn makes Redis clients from URLs, with time-outs for a server that is a doorbell: better to
// fail soon and go on without it than to wait. Wiring and tests use it; the adapters take the client.
package redisconn

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

const (
	// DialTimeout bounds connecting, TLS included.
	DialTimeout = time.Second
	// IOTimeout bounds one write and the wait for its answer. A context's own deadline holds when it is sooner.
	IOTimeout = 500 * time.Millisecond
	// PoolTimeout is how long a command waits for a free connection.
	PoolTimeout = 500 * time.Millisecond
	// IdleTimeout is after how long an unused connection of the pool is closed.
	IdleTimeout = 5 * time.Minute
)

// Open makes a client for a URL; it connects when it is used. The URL is one of
//
//	redis://[[user]:password@]host[:port][/db]       rediss:// for TLS
//	unix://[[user]:password@]/path/to/socket[?db=n]
//	redis+sentinel://[[user]:password@]host[:port][,…]/master[/db]   rediss+sentinel:// for TLS
//	redis+cluster://[[user]:password@]host[:port][,…]                rediss+cluster:// for TLS
//
// User and password are the data servers', percent-encoded; sentinels are asked without. name is what the server's
// CLIENT LIST shows. Errors say what is wrong with the URL, and hold no part of it.
func Open(rawURL, name string) (redis.UniversalClient, error) {
	t, err := parse(rawURL)
	if err != nil {
		return nil, fmt.Errorf("redis url: %w", err)
	}
	logOnce.Do(func() { redis.SetLogger(slogger{}) })
	opts := &redis.UniversalOptions{
		Addrs:         t.addrs,
		ClientName:    name,
		Username:      t.user,
		Password:      t.password,
		DB:            t.db,
		MasterName:    t.master,
		IsClusterMode: t.kind == cluster,

		DialTimeout:           DialTimeout,
		ReadTimeout:           IOTimeout,
		WriteTimeout:          IOTimeout,
		PoolTimeout:           PoolTimeout,
		ConnMaxIdleTime:       IdleTimeout,
		ContextTimeoutEnabled: true,
		// Whoever calls knows better what to do about a failure: publish leaves it to the log, limits fall back, presence
		// comes again. A retry would publish twice and take two tokens.
		MaxRetries:    -1,
		DialerRetries: 1,

		// RESP 3 adds nothing that is used here, and a look for push frames before each message.
		Protocol:                 2,
		DisableIdentity:          true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
	if t.tls {
		// The library's own TLS dialer does not heed its context.
		dialer := &tls.Dialer{
			NetDialer: &net.Dialer{Timeout: DialTimeout},
			Config:    &tls.Config{MinVersion: tls.VersionTLS12},
		}
		opts.Dialer = dialer.DialContext
	}
	return redis.NewUniversalClient(opts), nil
}

// logOnce sets the library's one logger, which otherwise writes plain lines between the process's own. It has a
// line for each failed dial, so it is for debugging; that Redis is away is told by those who use it, once.
var logOnce sync.Once

type slogger struct{}

func (slogger) Printf(ctx context.Context, format string, args ...any) {
	slog.DebugContext(ctx, "redis client", "detail", fmt.Sprintf(format, args...))
}
