package node_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-chat/parley/gateway/admission"
	"github.com/parley-chat/parley/gateway/gatewaytest"
	"github.com/parley-chat/parley/gateway/metrics"
	"github.com/parley-chat/parley/gateway/node"
	"github.com/parley-chat/parley/gateway/server"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/peer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// slowBus makes subscriptions wait for a gate.
type slowBus struct {
	node.Subscriber
	gate chan struct{}
}

func (b *slowBus) Subscribe(ctx context.Context, channels ...bus.Channel) error {
	<-b.gate
	return b.Subscriber.Subscribe(ctx, channels...)
}

// start runs a node behind HTTP, and gives what connects to it.
func start(t *testing.T, w *gatewaytest.World, wrap func(node.Subscriber) node.Subscriber) (dial func(gatewaytest.Login) *websocket.Conn) {
	t.Helper()
	counts := metrics.New(nil)
	n, err := node.New(node.Options{
		Name: "test", Store: w.Store, Presence: w.Presence, Publisher: w.Bus,
		Subscribe: func(h bus.Handler) node.Subscriber { return wrap(w.Bus.Subscriber(h)) },
		Limits:    admission.Limits{Sockets: 100, PerAddress: 100, PerUser: 100, Rate: 100}, QueueBytes: 1 << 20,
		PingInterval: time.Minute, SweepInterval: 20 * time.Millisecond, Logger: slog.New(slog.DiscardHandler), Metrics: counts,
	})
	require.NoError(t, err)
	s := httptest.NewServer(server.New(server.Options{
		Node: n, Sessions: w.Store, Issuer: w.Issuer, Peers: peer.NewRules(nil), Metrics: counts, Logger: slog.New(slog.DiscardHandler),
	}))
	t.Cleanup(func() {
		s.Close()
		ctx, cancel := context.WithTimeout(context.Background(), gatewaytest.Patience)
		defer cancel()
		require.NoError(t, n.Stop(ctx))
	})
	return func(l gatewaytest.Login) *websocket.Conn {
		d := websocket.Dialer{Subprotocols: []string{"parley.v1"}}
		conn, resp, err := d.Dial("ws"+strings.TrimPrefix(s.URL, "http")+"/ws", http.Header{"Authorization": {"Bearer " + l.Token}})
		if err != nil {
			t.Error(err)
			return nil
		}
		_ = resp.Body.Close()
		t.Cleanup(func() { _ = conn.Close() })
		return conn
	}
}

func plain(s node.Subscriber) node.Subscriber { return s }

func TestASweepFindsRevocationsThatTheBusLost(t *testing.T) {
	w := gatewaytest.NewWorld(t)
	dial := start(t, w, plain)
	alice := w.Login(t)
	bob := w.Login(t)
	a, b := dial(alice), dial(bob)
	w.Store.SetErr(chat.ErrUnavailable)
	w.Store.PutSession(chat.Session{ID: alice.SessionID, UserID: alice.UserID, ExpiresAt: 1 << 50, RevokedAt: chat.TimeOf(time.Now().Add(-30 * time.Second))})
	time.Sleep(100 * time.Millisecond)
	w.Store.SetErr(nil)
	require.Equal(t, 4401, gatewaytest.AwaitClose(t, a))
	w.Publish(bob.UserID, "still here")
	_, _, err := b.ReadMessage()
	require.NoError(t, err)
	_, payload, err := b.ReadMessage()
	require.NoError(t, err)
	require.Equal(t, "still here", string(payload))
}

func TestASessionRevokedWhileItsSocketOpensIsClosed(t *testing.T) {
	w := gatewaytest.NewWorld(t)
	gate := make(chan struct{})
	dial := start(t, w, func(s node.Subscriber) node.Subscriber { return &slowBus{s, gate} })
	alice := w.Login(t)
	opened := make(chan *websocket.Conn)
	go func() { opened <- dial(alice) }()
	// Revoked before the gateway can hear the order: the database has to tell.
	w.Store.PutSession(chat.Session{ID: alice.SessionID, UserID: alice.UserID, ExpiresAt: 1 << 50, RevokedAt: 1})
	close(gate)
	require.Equal(t, 4401, gatewaytest.AwaitClose(t, <-opened))
}
