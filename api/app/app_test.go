package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/apitest"
	"github.com/parley-chat/parley/api/app"
	"github.com/parley-chat/parley/api/config"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/ops"
)

const patience = 10 * time.Second

// slow is a store whose User waits to be let go.
type slow struct {
	app.Store
	entered, release chan struct{}
}

func (s slow) User(ctx context.Context, id chat.UserID) (chat.User, error) {
	s.entered <- struct{}{}
	<-s.release
	return s.Store.User(ctx, id) //nolint:wrapcheck // a wrapper of the same kind
}

type readiness struct {
	Status string
	Checks map[string]struct {
		OK       bool
		Required bool
	}
}

func ready(t *testing.T, node *apitest.Node) (int, readiness) {
	t.Helper()
	res, err := http.Get("http://" + node.OpsAddr() + "/readyz")
	require.NoError(t, err)
	defer res.Body.Close()
	var r readiness
	require.NoError(t, json.NewDecoder(res.Body).Decode(&r))
	return res.StatusCode, r
}

// A stopping node is unready first, still answers, finishes what it began, and is gone then.
func TestStopFinishesRequests(t *testing.T) {
	store := slow{apitest.Store(t), make(chan struct{}), make(chan struct{})}
	node := apitest.Start(t, apitest.On(store), func(o *app.Options) { o.DrainDelay = 300 * time.Millisecond })
	ada := node.Signup(t, "Ada")
	status, _ := ready(t, node)
	require.Equal(t, 200, status)

	underWay := make(chan int, 1)
	go func() { underWay <- node.Do(t, http.MethodGet, "/api/auth/me", nil, ada.Auth()...).Status }()
	<-store.entered
	stopped := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		stopped <- node.Stop(ctx)
	}()
	require.Eventually(t, func() bool {
		status, r := ready(t, node)
		return status == 503 && r.Status == "draining"
	}, patience, 5*time.Millisecond)
	late := node.Do(t, http.MethodGet, "/api/auth/sessions", nil, ada.Auth()...)
	require.Equal(t, 200, late.Status, "load balancers have not noticed yet")

	close(store.release)
	require.Equal(t, 200, <-underWay)
	require.NoError(t, <-stopped)
	_, err := http.Get(node.URL + "/api/openapi.json")
	require.Error(t, err)
	_, err = http.Get("http://" + node.OpsAddr() + "/livez")
	require.Error(t, err)
}

// What doesn't finish in time is cut off.
func TestStopIsBounded(t *testing.T) {
	other := apitest.Start(t)
	ada := other.Signup(t, "Ada")
	store := slow{other.Ports.Store, make(chan struct{}), make(chan struct{})}
	conf, ports := other.Config, other.Ports
	conf.ShutdownTimeout, ports.Store = 50*time.Millisecond, store
	node, err := app.New(t.Context(), app.Options{Config: conf, Ports: ports})
	require.NoError(t, err)
	require.NoError(t, node.Start(t.Context()))

	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+node.Addr()+"/api/auth/me", nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+ada.Access)
	cut := make(chan error, 1)
	go func() {
		res, err := http.DefaultClient.Do(req)
		if err == nil {
			res.Body.Close()
		}
		cut <- err
	}()
	<-store.entered
	require.ErrorIs(t, node.Stop(t.Context()), context.DeadlineExceeded)
	require.Error(t, <-cut)
	close(store.release)
}

// away is a store whose database can't be reached.
type away struct{ app.Store }

func (away) Ping(context.Context) error { return fmt.Errorf("ping: %w", chat.ErrUnavailable) }

func TestReadiness(t *testing.T) {
	node := apitest.Start(t, apitest.On(away{apitest.Store(t)}), func(o *app.Options) {
		o.Ports.Checks = []ops.Check{{Name: "bus", Run: func(context.Context) error { return nil }}}
	})
	status, r := ready(t, node)
	require.Equal(t, 503, status)
	require.False(t, r.Checks["database"].OK)
	require.True(t, r.Checks["database"].Required)
	require.True(t, r.Checks["bus"].OK)

	degraded := apitest.Start(t, func(o *app.Options) {
		o.Ports.Checks = []ops.Check{{Name: "bus", Run: func(context.Context) error { return fmt.Errorf("gone") }}}
	})
	status, r = ready(t, degraded)
	require.Equal(t, 200, status, "without the bus messages still get there")
	require.False(t, r.Checks["bus"].OK)
}

func TestDrainOnRequest(t *testing.T) {
	node := apitest.Start(t)
	res, err := http.Post("http://"+node.OpsAddr()+"/drain", "", nil)
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, http.StatusAccepted, res.StatusCode)
	status, _ := ready(t, node)
	require.Equal(t, 503, status)
	require.Eventually(t, func() bool {
		return node.Do(t, http.MethodGet, "/api/openapi.json", nil).Closing
	}, patience, 10*time.Millisecond, "proxies are to take their connections elsewhere")
}

func TestEmbedded(t *testing.T) {
	node := apitest.Start(t, apitest.With(func(c *config.Config) { c.OpsAddr = "" }))
	require.Empty(t, node.OpsAddr())
	require.Len(t, node.Checks(), 1)
	require.NotNil(t, node.Handler())
	require.NotEmpty(t, node.Signup(t, "Ada").ID)
}

func TestAddressInUse(t *testing.T) {
	node := apitest.Start(t)
	conf := node.Config
	conf.Addr = node.Addr()
	other, err := app.New(t.Context(), app.Options{Config: conf, Ports: node.Ports})
	require.NoError(t, err)
	require.Error(t, other.Start(t.Context()))
	require.NoError(t, other.Stop(t.Context()))
}
