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
	return config.CheckRanges(c, []config.Range{
		{Key: "PARLEY_MAX_SOCKETS", Value: int64(c.MaxSockets), Min: 1, Max: 1_000_000},
		{Key: "PARLEY_MAX_SOCKETS_PER_USER", Value: int64(c.MaxSocketsPerUser), Min: 1, Max: 1000},
		{Key: "PARLEY_MAX_SOCKETS_PER_ADDRESS", Value: int64(c.MaxSocketsPerAddress), Min: 1, Max: 1_000_000},
		{Key: "PARLEY_ACCEPT_RATE", Value: int64(c.AcceptRate), Min: 1, Max: 100_000},
		{Key: "PARLEY_QUEUE_BYTES", Value: int64(c.QueueBytes), Min: 4 << 10, Max: 64 << 20},
		{Key: "PARLEY_PING_INTERVAL", Value: int64(c.PingInterval), Min: int64(100 * time.Millisecond), Max: int64(5 * time.Minute)},
		{Key: "PARLEY_PRESENCE_GRACE", Value: int64(c.PresenceGrace), Min: 0, Max: int64(time.Minute)},
		{Key: "PARLEY_DRAIN_TIMEOUT", Value: int64(c.DrainTimeout), Min: int64(100 * time.Millisecond), Max: int64(10 * time.Minute)},
	}...)
}

// Default is the settings where nothing is set, for processes that embed a gateway: what has no default
// (addresses of stores, keys) is the caller's to fill in.
func Default() Config {
	var c Config
	// The defaults parse; that the required settings are missing is what the error says.
	_ = config.Load(&c, nil)
	return c
}
