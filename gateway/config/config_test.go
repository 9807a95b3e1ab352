package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-chat/parley/gateway/config"
	pkgconfig "github.com/parley-chat/parley/pkg/config"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var required = []string{"PARLEY_DATABASE_URL=sqlite:x.db", "PARLEY_JWT_KEYS=k:0123456789abcdef0123456789abcdef"}

func TestDefaults(t *testing.T) {
	var c config.Config
	require.NoError(t, pkgconfig.Load(&c, required))
	require.Equal(t, ":8082", c.Addr)
	require.Equal(t, ":9082", c.OpsAddr)
	require.Equal(t, 15_000, c.MaxSockets)
	require.Equal(t, 20, c.MaxSocketsPerUser)
	require.Equal(t, 500, c.AcceptRate)
	require.Equal(t, 256<<10, c.QueueBytes)
	require.Equal(t, 25*time.Second, c.PingInterval)
	require.Equal(t, 3*time.Second, c.PresenceGrace)
	require.Equal(t, 10*time.Second, c.DrainTimeout)
	require.NotEmpty(t, c.NodeID)
}

func TestWrongValuesAreNamed(t *testing.T) {
	for _, wrong := range []string{
		"PARLEY_MAX_SOCKETS=0", "PARLEY_MAX_SOCKETS=many", "PARLEY_MAX_SOCKETS_PER_USER=-1", "PARLEY_MAX_SOCKETS_PER_ADDRESS=0",
		"PARLEY_ACCEPT_RATE=0", "PARLEY_QUEUE_BYTES=100", "PARLEY_PING_INTERVAL=1ms", "PARLEY_PING_INTERVAL=25",
		"PARLEY_PRESENCE_GRACE=-1s", "PARLEY_DRAIN_TIMEOUT=0s", "PARLEY_PUBLIC_URL=chat.example.org",
	} {
		var c config.Config
		err := pkgconfig.Load(&c, append([]string{wrong}, required...))
		var named *pkgconfig.Error
		require.ErrorAs(t, err, &named, wrong)
		key, value, _ := strings.Cut(wrong, "=")
		require.Equal(t, key, named.Key)
		require.Equal(t, value, named.Value)
		require.NotContains(t, err.Error(), "\n")
	}
}

func TestDefault(t *testing.T) {
	require.Equal(t, 15_000, config.Default().MaxSockets)
}
