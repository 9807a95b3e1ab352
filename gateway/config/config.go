// Package config holds a gateway's settings.
package config

import (
	"time"

	"github.com/parley-chat/parley/pkg/config"
)

// Config is a gateway's settings, read from the environment by config.Load.
type Config struct {
	config.Common
	Addr                 string        `env:"PARLEY_GATEWAY_ADDR" envDefault:":8082" help:"host:port for sockets"`
	OpsAddr              string        `env:"PARLEY_OPS_ADDR" envDefault:":9082" help:"host:port for operations: health, metrics, drain; keep it away from the public"`
	MaxSockets           int           `env:"PARLEY_MAX_SOCKETS" envDefault:"15000" help:"sockets on this node, 1 to 1000000; the process needs about one file descriptor each"`
	MaxSocketsPerUser    int           `env:"PARLEY_MAX_SOCKETS_PER_USER" envDefault:"20" help:"sockets of one user on this node, 1 to 1000"`
	MaxSocketsPerAddress int           `env:"PARLEY_MAX_SOCKETS_PER_ADDRESS" envDefault:"1000" help:"sockets from one IPv4 address or IPv6 /64 on this node, 1 to 1000000"`
	AcceptRate           int           `env:"PARLEY_ACCEPT_RATE" envDefault:"500" help:"new sockets a second, 1 to 100000; twice as many in a burst"`
	QueueBytes           int           `env:"PARLEY_QUEUE_BYTES" envDefault:"262144" help:"bytes that one socket may be behind before it is closed, 4096 to 67108864"`
	PingInterval         time.Duration `env:"PARLEY_PING_INTERVAL" envDefault:"25s" help:"time between heartbeats, 100ms to 5m"`
	PresenceGrace        time.Duration `env:"PARLEY_PRESENCE_GRACE" envDefault:"3s" help:"how long a user without sockets still counts as online, 0s to 1m"`
	DrainTimeout         time.Duration `env:"PARLEY_DRAIN_TIMEOUT" envDefault:"10s" help:"over what time a draining node sends its clients elsewhere, 100ms to 10m"`
}

// Validate checks what a type can't. Its error names the first wrong setting.
func (c *Config) Validate() error {
	if err := config.ValidateCommon(c, &c.Common); err != nil {
		return err
	}
	if !config.ListenAddr(c.Addr) {
		return config.Wrong(c, "PARLEY_GATEWAY_ADDR")
	}
	if !config.ListenAddr(c.OpsAddr) {
		return config.Wrong(c, "PARLEY_OPS_ADDR")
	}
	ranges := []struct {
		key             string
		value, min, max int64
	}{
		{"PARLEY_MAX_SOCKETS", int64(c.MaxSockets), 1, 1_000_000},
		{"PARLEY_MAX_SOCKETS_PER_USER", int64(c.MaxSocketsPerUser), 1, 1000},
		{"PARLEY_MAX_SOCKETS_PER_ADDRESS", int64(c.MaxSocketsPerAddress), 1, 1_000_000},
		{"PARLEY_ACCEPT_RATE", int64(c.AcceptRate), 1, 100_000},
		{"PARLEY_QUEUE_BYTES", int64(c.QueueBytes), 4 << 10, 64 << 20},
		{"PARLEY_PING_INTERVAL", int64(c.PingInterval), int64(100 * time.Millisecond), int64(5 * time.Minute)},
		{"PARLEY_PRESENCE_GRACE", int64(c.PresenceGrace), 0, int64(time.Minute)},
		{"PARLEY_DRAIN_TIMEOUT", int64(c.DrainTimeout), int64(100 * time.Millisecond), int64(10 * time.Minute)},
	}
	for _, r := range ranges {
		if r.value < r.min || r.value > r.max {
			return config.Wrong(c, r.key)
		}
	}
	return nil
}

// Default is the settings where nothing is set, for processes that embed a gateway: what has no default
// (addresses of stores, keys) is the caller's to fill in.
func Default() Config {
	var c Config
	// The defaults parse; that the required settings are missing is what the error says.
	_ = config.Load(&c, nil)
	return c
}
