package config_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/config"
)

// node is a settings struct as processes have them.
type node struct {
	config.Common
	Sockets int           `env:"TEST_SOCKETS" envDefault:"5" help:"sockets, 1 to 10"`
	Wait    time.Duration `env:"TEST_WAIT" envDefault:"2s" help:"how long, 1s to 1m"`
	Secret  int           `env:"TEST_SECRET" secret:"true" help:"a number that nobody may see"`
	Inner   string        // not a setting
}

func (n *node) Validate() error {
	if err := config.ValidateCommon(n, &n.Common); err != nil {
		return err
	}
	if n.Sockets < 1 || n.Sockets > 10 {
		return config.Wrong(n, "TEST_SOCKETS")
	}
	return nil
}

const keys = "k1:a secret of at least thirty-two bytes"

func environ(set ...string) []string {
	return append([]string{"PARLEY_DATABASE_URL=sqlite:x.db", "PARLEY_JWT_KEYS=" + keys}, set...)
}

func TestDefaults(t *testing.T) {
	var n node
	require.NoError(t, config.Load(&n, environ()))
	require.Equal(t, 5, n.Sockets)
	require.Equal(t, 2*time.Second, n.Wait)
	require.Equal(t, slog.LevelInfo, n.LogLevel)
	require.Equal(t, "http://localhost:8080", n.PublicURL)
	require.Len(t, n.JWTKeys, 1)
	require.Len(t, n.TrustedProxies, 6)
	require.NotEmpty(t, n.NodeID)
	require.Equal(t, 20*time.Second, n.ShutdownTimeout)

	var again node
	require.NoError(t, config.Load(&again, environ()))
	require.NotEqual(t, n.NodeID, again.NodeID, "each start has a name of its own")
}

func TestGiven(t *testing.T) {
	var n node
	require.NoError(t, config.Load(&n, environ(
		"TEST_SOCKETS=7", "TEST_WAIT=", "PARLEY_NODE_ID=me", "PARLEY_LOG_LEVEL=debug", "PARLEY_LOG_FORMAT=text",
		"PARLEY_ALLOWED_ORIGINS=https://a.example.org,https://b.example.org:8443", "PARLEY_TRUSTED_PROXIES=192.0.2.0/24", "PARLEY_PPROF=true",
		"UNRELATED=x", "not even a variable",
	)))
	require.Equal(t, 7, n.Sockets)
	require.Equal(t, 2*time.Second, n.Wait, "an empty value is an unset one")
	require.Equal(t, "me", n.NodeID)
	require.Equal(t, slog.LevelDebug, n.LogLevel)
	require.Equal(t, []string{"https://a.example.org", "https://b.example.org:8443"}, n.AllowedOrigins)
	require.Equal(t, "192.0.2.0/24", n.TrustedProxies[0].String())
	require.True(t, n.Pprof)
}

func TestWrong(t *testing.T) {
	tests := []struct{ set, key, shown string }{
		{"TEST_SOCKETS=many", "TEST_SOCKETS", "many"},
		{"TEST_SOCKETS=11", "TEST_SOCKETS", "11"},
		{"TEST_WAIT=5", "TEST_WAIT", "5"},
		{"TEST_SECRET=hunter2", "TEST_SECRET", ""},
		{"PARLEY_DATABASE_URL=", "PARLEY_DATABASE_URL", ""},
		{"PARLEY_DATABASE_URL=mysql://root:hunter2@x", "PARLEY_DATABASE_URL", ""},
		{"PARLEY_DATABASE_URL=sqlite:", "PARLEY_DATABASE_URL", ""},
		{"PARLEY_JWT_KEYS=", "PARLEY_JWT_KEYS", ""},
		{"PARLEY_JWT_KEYS=k1:hunter2", "PARLEY_JWT_KEYS", ""},
		{"PARLEY_PUBLIC_URL=ftp://x", "PARLEY_PUBLIC_URL", "ftp://x"},
		{"PARLEY_PUBLIC_URL=https://x/y", "PARLEY_PUBLIC_URL", "https://x/y"},
		{"PARLEY_ALLOWED_ORIGINS=https://a,https://b/c", "PARLEY_ALLOWED_ORIGINS", "https://b/c"},
		{"PARLEY_TRUSTED_PROXIES=10.0.0.0/33", "PARLEY_TRUSTED_PROXIES", "10.0.0.0/33"},
		{"PARLEY_LOG_LEVEL=loud", "PARLEY_LOG_LEVEL", "loud"},
		{"PARLEY_LOG_FORMAT=xml", "PARLEY_LOG_FORMAT", "xml"},
		{"PARLEY_PPROF=perhaps", "PARLEY_PPROF", "perhaps"},
		{"PARLEY_SHUTDOWN_TIMEOUT=0.5s", "PARLEY_SHUTDOWN_TIMEOUT", "500ms"},
		{"PARLEY_SHUTDOWN_TIMEOUT=11m", "PARLEY_SHUTDOWN_TIMEOUT", "11m0s"},
	}
	for _, test := range tests {
		t.Run(test.set, func(t *testing.T) {
			var n node
			err := config.Load(&n, environ(test.set))
			var wrong *config.Error
			require.ErrorAs(t, err, &wrong)
			require.Equal(t, test.key, wrong.Key)
			require.NotEmpty(t, wrong.Allowed)
			require.Contains(t, err.Error(), test.shown)
			require.NotContains(t, err.Error(), "hunter2")
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

func TestWrongOfAnUnknownKey(t *testing.T) {
	var wrong *config.Error
	require.ErrorAs(t, config.Wrong(&node{}, "NO_SUCH"), &wrong)
	require.Equal(t, "NO_SUCH", wrong.Key)
}

func TestUsage(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, config.Usage(&out, &node{Sockets: 9}))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, len(config.Keys(&node{})))
	for i, key := range config.Keys(&node{}) {
		require.Equal(t, key, strings.Fields(lines[i])[0])
	}
	require.Contains(t, out.String(), "sockets, 1 to 10")
	require.NotContains(t, out.String(), "Inner")
	require.Error(t, config.Usage(broken{}, &node{}))
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("pipe closed") }

// Whatever the environment holds, loading gives settings or an error of one line.
func FuzzLoad(f *testing.F) {
	f.Add("TEST_SOCKETS", "7")
	f.Add("TEST_WAIT", "x\ny")
	f.Add("PARLEY_TRUSTED_PROXIES", ",")
	f.Add("PARLEY_PUBLIC_URL", "http://[::1")
	f.Fuzz(func(t *testing.T, key, value string) {
		var n node
		if err := config.Load(&n, environ(key+"="+value)); err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		require.NoError(t, n.Validate())
	})
}
