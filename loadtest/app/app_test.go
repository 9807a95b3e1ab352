package app_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/loadtest/app"
	"github.com/parley-chat/parley/loadtest/internal/fakechat"
	"github.com/parley-chat/parley/loadtest/pairs"
)

func run(t *testing.T, args ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	code = app.Run(t.Context(), args, &o, &e)
	return code, o.String(), e.String()
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"help"}, {"-h"}} {
		code, out, _ := run(t, args...)
		require.Equal(t, app.ExitPassed, code)
		require.Contains(t, out, "parley-loadtest pairs")
	}
	code, _, errOut := run(t, "pairs", "--help")
	require.Equal(t, app.ExitPassed, code)
	require.Contains(t, errOut, "-rate")
}

func TestWrongUse(t *testing.T) {
	for _, args := range [][]string{
		{},
		{"dance"},
		{"pairs", "--rate", "fast"},
		{"pairs", "--users", "3"},
		{"pairs", "more"},
		{"idle", "--users", "0"},
		{"idle", "--base", "nowhere"},
	} {
		code, _, _ := run(t, args...)
		require.Equal(t, app.ExitError, code, "%v", args)
	}
}

func TestPairsExitCodes(t *testing.T) {
	short := []string{"pairs", "--users", "2", "--duration", "100ms", "--rate", "100", "--settle", "300ms"}
	t.Run("passed", func(t *testing.T) {
		server := fakechat.New(fakechat.Faults{})
		defer server.Close()
		code, out, progress := run(t, append(short, "--base", server.URL)...)
		require.Equal(t, app.ExitPassed, code)
		require.Contains(t, out, "PASSED")
		require.Contains(t, progress, "signing 2 people up")
	})
	t.Run("failed", func(t *testing.T) {
		server := fakechat.New(fakechat.Faults{Double: 5})
		defer server.Close()
		code, out, _ := run(t, append(short, "--base", server.URL, "--json")...)
		require.Equal(t, app.ExitFailed, code)
		var r pairs.Result
		require.NoError(t, json.Unmarshal([]byte(out), &r))
		require.Equal(t, 10, r.Sent)
		require.Equal(t, 2*3, r.Duplicated)
	})
}

func TestIdle(t *testing.T) {
	server := fakechat.New(fakechat.Faults{})
	defer server.Close()
	code, out, _ := run(t, "idle", "--users", "2", "--per-user", "2", "--duration", "10ms", "--base", server.URL, "--ops", server.URL, "--json")
	require.Equal(t, app.ExitPassed, code)
	require.Contains(t, out, `"sockets": 4`)
}
