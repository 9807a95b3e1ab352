package config_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/standalone/config"
)

func TestNothingSetNeedsOnlyADirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new folder")
	c, err := config.Load([]string{"PARLEY_DATA_DIR=" + dir})
	require.NoError(t, err)
	require.Equal(t, ":8080", c.Addr)
	require.Equal(t, "sqlite://"+filepath.Dir(dir)+"/new%20folder/parley.db", c.API.DatabaseURL)
	require.Equal(t, filepath.Join(dir, "media"), c.API.MediaDir)
	require.Empty(t, c.API.RedisURL)
	require.Equal(t, c.API.JWTKeys, c.Gateway.JWTKeys)

	info, err := os.Stat(filepath.Join(dir, "signing.key"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	again, err := config.Load([]string{"PARLEY_DATA_DIR=" + dir})
	require.NoError(t, err)
	require.Equal(t, c.API.JWTKeys, again.API.JWTKeys, "people stay signed in over a restart")
}

func TestWhatIsSetHolds(t *testing.T) {
	c, err := config.Load([]string{
		"PARLEY_DATA_DIR=" + t.TempDir(), "PARLEY_DATABASE_URL=mongodb://db/parley", "PARLEY_REDIS_URL=redis://r:6379",
		"PARLEY_MESSAGE_RATE=7", "PARLEY_MAX_SOCKETS=9", "PARLEY_API_ADDR=:1", "PARLEY_GATEWAY_ADDR=:1", "PARLEY_OPS_ADDR=127.0.0.1:7",
	})
	require.NoError(t, err)
	require.Equal(t, "mongodb://db/parley", c.API.DatabaseURL)
	require.Equal(t, "redis://r:6379", c.Gateway.RedisURL)
	require.Equal(t, 7, c.API.MessageRate)
	require.Equal(t, 9, c.Gateway.MaxSockets)
	require.Equal(t, "127.0.0.1:7", c.OpsAddr)
	require.Equal(t, "127.0.0.1:0", c.API.Addr, "where the parts listen is the process's own affair")
	require.Equal(t, "127.0.0.1:0", c.Gateway.Addr)
}

func TestWrongSettings(t *testing.T) {
	for setting, says := range map[string]string{
		"PARLEY_ADDR=8080":          `PARLEY_ADDR is "8080"`,
		"PARLEY_ADDR=:99999":        `PARLEY_ADDR is ":99999"`,
		"PARLEY_OPS_ADDR=localhost": `PARLEY_OPS_ADDR is "localhost"`,
		"PARLEY_GATEWAYS=0":         `PARLEY_GATEWAYS is "0"`,
		"PARLEY_GATEWAYS=two":       `PARLEY_GATEWAYS is "two"`,
		"PARLEY_MESSAGE_RATE=-1":    `PARLEY_MESSAGE_RATE is "-1"`,
		"PARLEY_JWT_KEYS=k:short":   `PARLEY_JWT_KEYS is "(not shown)"`,
		"PARLEY_DATABASE_URL=x":     `PARLEY_DATABASE_URL is "(not shown)"`,
	} {
		t.Run(setting, func(t *testing.T) {
			_, err := config.Load([]string{"PARLEY_DATA_DIR=" + t.TempDir(), setting})
			require.ErrorContains(t, err, says)
			require.NotContains(t, err.Error(), "\n", "one line")
		})
	}
}
