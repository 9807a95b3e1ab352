package config

import (
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/parley-chat/parley/pkg/token"
)

// Common is what API nodes and gateways both need. Embed it.
type Common struct {
	DatabaseURL     string         `env:"PARLEY_DATABASE_URL" secret:"true" help:"where the data is: mongodb://…, mongodb+srv://… or sqlite:///path/to/parley.db"`
	RedisURL        string         `env:"PARLEY_REDIS_URL" secret:"true" help:"redis://host:6379/0, rediss://…, redis+sentinel://h1,h2/master or redis+cluster://h1,h2"`
	JWTKeys         token.Keys     `env:"PARLEY_JWT_KEYS" secret:"true" help:"id:secret[,id:secret…]; each secret at least 32 bytes; the first signs, all verify"`
	PublicURL       string         `env:"PARLEY_PUBLIC_URL" envDefault:"http://localhost:8080" help:"the address people use, http:// or https://, without a path; goes into mails"`
	AllowedOrigins  []string       `env:"PARLEY_ALLOWED_ORIGINS" help:"further origins that browsers may come from, comma-separated: https://chat.example.org"`
	TrustedProxies  []netip.Prefix `env:"PARLEY_TRUSTED_PROXIES" envDefault:"127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7" help:"networks whose X-Forwarded-* headers are believed, comma-separated CIDRs"`
	NodeID          string         `env:"PARLEY_NODE_ID" help:"this process's name in logs and presence; unique for each start (default: host name and random characters)"`
	LogLevel        slog.Level     `env:"PARLEY_LOG_LEVEL" envDefault:"INFO" help:"DEBUG, INFO, WARN or ERROR"`
	LogFormat       string         `env:"PARLEY_LOG_FORMAT" envDefault:"json" help:"json or text"`
	Pprof           bool           `env:"PARLEY_PPROF" envDefault:"false" help:"true or false: profiles under /debug/pprof on the operations port"`
	ShutdownTimeout time.Duration  `env:"PARLEY_SHUTDOWN_TIMEOUT" envDefault:"20s" help:"how long a stopping process may take to finish what it began, 1s to 10m"`
}

// ValidateCommon checks the common settings c of dst, the struct that embeds it, and fills in the
// node's name where none was given. For dst's Validate method.
func ValidateCommon(dst any, c *Common) error {
	switch {
	case !databaseURL(c.DatabaseURL):
		return Wrong(dst, "PARLEY_DATABASE_URL")
	case len(c.JWTKeys) == 0:
		return Wrong(dst, "PARLEY_JWT_KEYS")
	case !origin(c.PublicURL):
		return Wrong(dst, "PARLEY_PUBLIC_URL")
	case c.LogFormat != "json" && c.LogFormat != "text":
		return Wrong(dst, "PARLEY_LOG_FORMAT")
	case c.ShutdownTimeout < time.Second || c.ShutdownTimeout > 10*time.Minute:
		return Wrong(dst, "PARLEY_SHUTDOWN_TIMEOUT")
	}
	for _, o := range c.AllowedOrigins {
		if !origin(o) {
			return Wrong(dst, "PARLEY_ALLOWED_ORIGINS")
		}
	}
	if c.NodeID == "" {
		host, err := os.Hostname()
		if err != nil {
			host = "node"
		}
		c.NodeID = host + "-" + strings.ToLower(ulid.Make().String()[16:])
	}
	return nil
}

// ListenAddr tells whether s can be listened on: host:port, where the host may be missing.
func ListenAddr(s string) bool {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

func databaseURL(s string) bool {
	for _, scheme := range []string{"mongodb://", "mongodb+srv://", "sqlite:"} {
		if rest, ok := strings.CutPrefix(s, scheme); ok && rest != "" {
			return true
		}
	}
	return false
}

func origin(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" &&
		(u.Path == "" || u.Path == "/") && u.RawQuery == "" && u.Fragment == "" && u.User == nil
}
