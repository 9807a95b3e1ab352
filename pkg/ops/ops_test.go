package ops_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/ops"
)

func start(t *testing.T, opts ops.Options) *ops.Server {
	t.Helper()
	opts.Addr, opts.Metrics = "127.0.0.1:0", prometheus.NewRegistry()
	s, err := ops.Start(opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close(context.Background())) })
	return s
}

func get(t *testing.T, s *ops.Server, path string) (int, string) {
	t.Helper()
	resp, err := http.Get("http://" + s.Addr() + path)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(body)
}

func TestReadiness(t *testing.T) {
	var database, cache atomic.Bool
	check := func(up *atomic.Bool) func(context.Context) error {
		return func(context.Context) error {
			if up.Load() {
				return nil
			}
			return errors.New("gone fishing")
		}
	}
	s := start(t, ops.Options{Checks: []ops.Check{
		{Name: "database", Required: true, Run: check(&database)},
		{Name: "cache", Run: check(&cache)},
	}})
	steps := []struct {
		name            string
		database, cache bool
		drain           bool
		status          int
		says, metric    string
	}{
		{"what is required is away", false, true, false, 503, "gone fishing", "parley_ready 0"},
		{"what is not required is away", true, false, false, 200, "gone fishing", "parley_ready 1"},
		{"all is there", true, true, false, 200, `"status":"ready"`, "parley_ready 1"},
		{"draining", true, true, true, 503, `"status":"draining"`, "parley_ready 0"},
	}
	for _, step := range steps {
		t.Run(step.name, func(t *testing.T) {
			database.Store(step.database)
			cache.Store(step.cache)
			if step.drain {
				s.SetDraining()
			}
			status, body := get(t, s, "/readyz")
			require.Equal(t, step.status, status)
			require.Contains(t, body, step.says)
			_, metrics := get(t, s, "/metrics")
			require.Contains(t, metrics, step.metric+"\n")
		})
	}
}

func TestACheckThatHangsIsNotReady(t *testing.T) {
	s := start(t, ops.Options{Checks: []ops.Check{{Name: "database", Required: true, Run: func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}}}})
	status, _ := get(t, s, "/readyz")
	require.Equal(t, http.StatusServiceUnavailable, status)
}

func TestDrainIsAskedOnce(t *testing.T) {
	drained := make(chan struct{}, 2)
	s := start(t, ops.Options{Drain: func() { drained <- struct{}{} }})
	for range 2 {
		resp, err := http.Post("http://"+s.Addr()+"/drain", "", http.NoBody)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, http.StatusAccepted, resp.StatusCode)
	}
	<-drained
	status, _ := get(t, s, "/readyz")
	require.Equal(t, http.StatusServiceUnavailable, status)
	select {
	case <-drained:
		t.Error("drained twice")
	case <-time.After(50 * time.Millisecond):
	}
}

func TestProfilesOnlyWhenAsked(t *testing.T) {
	status, _ := get(t, start(t, ops.Options{}), "/debug/pprof/")
	require.Equal(t, http.StatusNotFound, status)
	status, _ = get(t, start(t, ops.Options{Pprof: true}), "/debug/pprof/")
	require.Equal(t, http.StatusOK, status)
}
