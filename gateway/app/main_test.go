package app_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/gateway/app"
	"github.com/parley-chat/parley/gateway/config"
	pkgconfig "github.com/parley-chat/parley/pkg/config"
)

func TestMainRefusesWhatIsWrong(t *testing.T) {
	t.Parallel()
	good := []string{"PARLEY_DATABASE_URL=sqlite:" + t.TempDir() + "/p.db", "PARLEY_JWT_KEYS=k:0123456789abcdef0123456789abcdef"}
	tests := []struct {
		name    string
		args    []string
		environ []string
		says    string
	}{
		{"unknown flag", []string{"--fast"}, good, "--fast"},
		{"argument", []string{"run"}, good, "run"},
		{"nothing set", nil, nil, "PARLEY_DATABASE_URL"},
		{"no bus", nil, good, "PARLEY_REDIS_URL"},
		{"wrong bus", nil, append([]string{"PARLEY_REDIS_URL=http://x"}, good...), "PARLEY_REDIS_URL"},
		{"wrong value", nil, append([]string{"PARLEY_MAX_SOCKETS=none"}, good...), "PARLEY_MAX_SOCKETS"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			require.Equal(t, 2, app.Main(context.Background(), test.args, test.environ, &stdout, &stderr))
			require.Empty(t, stdout.String())
			require.Contains(t, stderr.String(), test.says)
			require.Equal(t, 1, strings.Count(stderr.String(), "\n"), stderr.String())
		})
	}
}

func TestHelpListsAllSettings(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	require.Zero(t, app.Main(context.Background(), []string{"--help"}, nil, &stdout, &stderr))
	for _, key := range pkgconfig.Keys(&config.Config{}) {
		require.Contains(t, stdout.String(), key)
	}
	require.Empty(t, stderr.String())
}
