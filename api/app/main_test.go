package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/apitest"
	"github.com/parley-chat/parley/api/app"
	"github.com/parley-chat/parley/api/config"
	settings "github.com/parley-chat/parley/pkg/config"
)

// output is where a process writes while the test reads.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer // guarded by mu
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

func environ(t *testing.T, change ...string) []string {
	t.Helper()
	dir := t.TempDir()
	return append([]string{
		"PARLEY_DATABASE_URL=sqlite://" + filepath.Join(dir, "parley.db"), "PARLEY_MEDIA_DIR=" + filepath.Join(dir, "media"),
		"PARLEY_REDIS_URL=redis://127.0.0.1:1", // need not be there
		"PARLEY_JWT_KEYS=k1:" + apitest.Secret, "PARLEY_API_ADDR=127.0.0.1:0", "PARLEY_OPS_ADDR=127.0.0.1:0", "PARLEY_BCRYPT_COST=4",
	}, change...)
}

func TestHelpNamesEverySetting(t *testing.T) {
	var stdout, stderr output
	require.Equal(t, 0, app.Main(t.Context(), []string{"--help"}, nil, &stdout, &stderr))
	require.Empty(t, stderr.String())
	require.Contains(t, stdout.String(), "--migrate-only")
	for _, key := range settings.Keys(&config.Config{}) {
		require.Contains(t, stdout.String(), key)
	}
}

func TestWrongSettingsAreOneLine(t *testing.T) {
	const secret = "hunter2hunter2hunter2hunter2hunter2"
	tests := []struct{ set, key string }{
		{"PARLEY_DATABASE_URL=", "PARLEY_DATABASE_URL"},
		{"PARLEY_DATABASE_URL=postgres://x:" + secret + "@y", "PARLEY_DATABASE_URL"},
		{"PARLEY_DATABASE_URL=mongodb://x:" + secret + "@y:port", "PARLEY_DATABASE_URL"},
		{"PARLEY_REDIS_URL=", "PARLEY_REDIS_URL"},
		{"PARLEY_REDIS_URL=http://x:" + secret + "@y", "PARLEY_REDIS_URL"},
		{"PARLEY_JWT_KEYS=", "PARLEY_JWT_KEYS"},
		{"PARLEY_JWT_KEYS=short:hunter2", "PARLEY_JWT_KEYS"},
		{"PARLEY_JWT_KEYS=" + secret, "PARLEY_JWT_KEYS"},
		{"PARLEY_MESSAGE_RATE=-1", "PARLEY_MESSAGE_RATE"},
		{"PARLEY_MESSAGE_RATE=many", "PARLEY_MESSAGE_RATE"},
		{"PARLEY_MESSAGE_BURST=0", "PARLEY_MESSAGE_BURST"},
		{"PARLEY_BCRYPT_COST=3", "PARLEY_BCRYPT_COST"},
		{"PARLEY_ACCESS_TTL=15", "PARLEY_ACCESS_TTL"},
		{"PARLEY_ACCESS_TTL=48h", "PARLEY_ACCESS_TTL"},
		{"PARLEY_TRUSTED_PROXIES=10.0.0.0", "PARLEY_TRUSTED_PROXIES"},
		{"PARLEY_PUBLIC_URL=chat.example.org", "PARLEY_PUBLIC_URL"},
		{"PARLEY_ALLOWED_ORIGINS=https://x.example.org/path", "PARLEY_ALLOWED_ORIGINS"},
		{"PARLEY_LOG_LEVEL=loud", "PARLEY_LOG_LEVEL"},
		{"PARLEY_SHUTDOWN_TIMEOUT=0s", "PARLEY_SHUTDOWN_TIMEOUT"},
		{"CLOUDINARY_URL=https://" + secret, "CLOUDINARY_URL"},
		{"CLOUDINARY_CLOUD_NAME=x", "CLOUDINARY_API_KEY"},
		{"RESEND_API_KEY=" + secret, "PARLEY_MAIL_FROM"},
		{"PARLEY_MAIL_FROM=nobody", "PARLEY_MAIL_FROM"},
	}
	for _, test := range tests {
		t.Run(test.set, func(t *testing.T) {
			var stdout, stderr output
			code := app.Main(t.Context(), nil, environ(t, test.set), &stdout, &stderr)
			line := strings.TrimSuffix(stderr.String(), "\n")
			require.Equal(t, 2, code, line)
			require.NotContains(t, line, "\n")
			require.Contains(t, line, test.key)
			require.NotContains(t, line, "hunter2")
			require.Empty(t, stdout.String())
		})
	}
}

func TestUnknownArguments(t *testing.T) {
	for _, args := range [][]string{{"--frobnicate"}, {"serve"}} {
		var stdout, stderr output
		require.Equal(t, 2, app.Main(t.Context(), args, environ(t), &stdout, &stderr))
		require.Equal(t, 1, strings.Count(stderr.String(), "\n"))
	}
}

func TestMigrateOnly(t *testing.T) {
	env := environ(t, "PARLEY_REDIS_URL=")
	for range 2 {
		var stdout, stderr output
		require.Equal(t, 0, app.Main(t.Context(), []string{"--migrate-only"}, env, &stdout, &stderr), stderr.String())
	}
}

// A node runs as a process without Redis, serves, and stops when it is told to.
func TestProcess(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var stdout, stderr output
	code := make(chan int, 1)
	go func() { code <- app.Main(ctx, nil, environ(t), &stdout, &stderr) }()
	var started struct{ Msg, Address, Service, Node string }
	require.Eventually(t, func() bool {
		for line := range strings.SplitSeq(stderr.String(), "\n") {
			if json.Unmarshal([]byte(line), &started) == nil && started.Msg == "API node started" {
				return true
			}
		}
		return false
	}, patience, 10*time.Millisecond, "%s", &stderr)
	require.Equal(t, "api", started.Service)
	require.NotEmpty(t, started.Node)
	node := &apitest.Node{URL: "http://" + started.Address}
	ada := node.Signup(t, "Ada")
	answer := node.Do(t, http.MethodGet, "/api/users?q=somebody", nil, append(ada.Auth(), "X-Request-Id", "trace-me")...)
	require.Equal(t, 200, answer.Status)
	cancel()
	require.Equal(t, 0, <-code, "%s", &stderr)

	logged := stderr.String()
	require.Contains(t, logged, `"requestId":"trace-me"`)
	for _, private := range []string{apitest.Password, ada.Access, ada.Refresh, apitest.Secret, "somebody"} {
		require.NotContains(t, logged, private)
	}
}
