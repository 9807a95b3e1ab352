package app_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/gateway/config"
	"github.com/parley-chat/parley/gateway/gatewaytest"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/frame"
)

func get(t *testing.T, g *gatewaytest.Gateway, method, path string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+g.OpsAddr()+path, http.NoBody)
	require.NoError(t, err)
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(body)
}

func TestDrain(t *testing.T) {
	t.Parallel()
	for name, drain := range map[string]func(*testing.T, *gatewaytest.Gateway){
		"by the process": func(_ *testing.T, g *gatewaytest.Gateway) { g.Drain(context.Background()) },
		"by request": func(t *testing.T, g *gatewaytest.Gateway) {
			t.Helper()
			status, _ := get(t, g, "POST", "/drain")
			require.Equal(t, http.StatusAccepted, status)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := gatewaytest.NewWorld(t)
			g := w.Start(t, func(c *config.Config) { c.DrainTimeout = 2 * time.Second })
			elsewhere := w.Start(t)
			alice := w.Login(t)
			stubborn, obedient := gatewaytest.Connect(t, g, alice), gatewaytest.Connect(t, g, alice)
			began := time.Now()
			done := make(chan struct{})
			go func() { defer close(done); drain(t, g) }()

			f := obedient.Await(t, frame.Reconnect)
			require.Equal(t, "draining", f["reason"])
			require.GreaterOrEqual(t, f["afterMs"], 0.0)
			require.LessOrEqual(t, f["afterMs"], 2000.0)
			status, body := get(t, g, "GET", "/readyz")
			require.Equal(t, http.StatusServiceUnavailable, status)
			require.Contains(t, body, "draining")
			_, resp, err := gatewaytest.Dial(g, nil, "parley.v1", "bearer."+alice.Token)
			require.Error(t, err)
			require.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)

			// The new socket first, then the old one goes: nothing is missed.
			moved := gatewaytest.Connect(t, elsewhere, alice)
			w.Publish(alice.UserID, "x")
			require.Equal(t, "x", moved.Next(t))
			next := obedient.Next(t)
			if strings.Contains(next, string(frame.Reconnect)) {
				next = obedient.Next(t) // who came in just as the drain began may be asked twice
			}
			require.Equal(t, "x", next)
			require.NoError(t, obedient.Close())
			require.Equal(t, 1012, stubborn.AwaitClose(t))
			require.GreaterOrEqual(t, time.Since(began), 2*time.Second, "all of the drain time is theirs")
			<-done
			gatewaytest.Eventually(t, func() bool { return g.Metric(t, "parley_gateway_disconnects_total", "restart") == 1 }, "the one closed is not counted")
		})
	}
}

func TestDrainOfAnEmptyNodeIsOver(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	g := w.Start(t, func(c *config.Config) { c.DrainTimeout = 10 * time.Minute })
	g.Drain(t.Context())
}

func TestStopTellsPresence(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	g := w.Start(t, func(c *config.Config) { c.PresenceGrace = time.Minute })
	watcher := w.Start(t)
	alice, bob := w.Login(t), w.Login(t)
	b := gatewaytest.Connect(t, watcher, bob)
	watch(t, b, alice.UserID)
	require.Equal(t, false, b.Await(t, frame.Presence)["online"])
	c := gatewaytest.Connect(t, g, alice)
	require.Equal(t, true, b.Await(t, frame.Presence)["online"])
	require.NoError(t, g.Stop(t.Context()))
	require.Equal(t, 1012, c.AwaitClose(t))
	require.Equal(t, false, b.Await(t, frame.Presence)["online"])
	require.NotZero(t, w.Store.LastSeen(alice.UserID))
}

func TestReadiness(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	g := w.Start(t)
	type answer struct {
		Status string
		Checks map[string]struct {
			OK     bool
			Detail string
		}
	}
	ready := func(status int) answer {
		code, body := get(t, g, "GET", "/readyz")
		require.Equal(t, status, code, body)
		var a answer
		require.NoError(t, json.Unmarshal([]byte(body), &a))
		return a
	}
	require.Equal(t, "ready", ready(200).Status)
	w.Handlers[0].Lost(bus.ErrOverflow)
	a := ready(200)
	require.False(t, a.Checks["bus"].OK)
	require.Contains(t, a.Checks["bus"].Detail, "lost since")
	w.Store.SetErr(chat.ErrUnavailable)
	require.False(t, ready(503).Checks["store"].OK)

	_, metrics := get(t, g, "GET", "/metrics")
	for _, name := range []string{"parley_gateway_sockets 0", "parley_gateway_bus_lost 1", "go_goroutines", "process_resident_memory_bytes"} {
		require.True(t, strings.Contains(metrics, name), name)
	}
}
