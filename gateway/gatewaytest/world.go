package gatewaytest

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/gateway/app"
	"github.com/parley-chat/parley/gateway/config"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
	pkgconfig "github.com/parley-chat/parley/pkg/config"
	"github.com/parley-chat/parley/pkg/frame"
	"github.com/parley-chat/parley/pkg/memorybus"
	"github.com/parley-chat/parley/pkg/memorypresence"
	"github.com/parley-chat/parley/pkg/metric"
	"github.com/parley-chat/parley/pkg/token"
)

// Patience is how long a test waits for what must happen; it ends the wait only when it fails.
const Patience = 20 * time.Second

// step is how often a test looks.
const step = 2 * time.Millisecond

const keys = "test:0123456789abcdef0123456789abcdef"

// World is what gateways share: store, bus, presence and keys.
type World struct {
	Store    *Store
	Bus      *memorybus.Bus
	Presence app.Presence
	Issuer   *token.Issuer
	// Handlers get what each gateway's subscription gets, in the order of their start, so that a test can play the
	// bus's part.
	Handlers []bus.Handler
	deaf     atomic.Bool
	// Logger is silent unless a test sets it.
	Logger *slog.Logger
}

// NewWorld makes one without gateways.
func NewWorld(t testing.TB) *World {
	t.Helper()
	parsed, err := token.ParseKeys(keys)
	require.NoError(t, err)
	return &World{
		Store: NewStore(), Bus: memorybus.New(memorybus.Options{}), Presence: memorypresence.New(memorypresence.Options{}),
		Issuer: token.NewIssuer(parsed, time.Now), Logger: slog.New(slog.DiscardHandler),
	}
}

// Config is the settings of a gateway on free ports, with a short grace and drain.
func Config(t testing.TB) config.Config {
	t.Helper()
	var cfg config.Config
	require.NoError(t, pkgconfig.Load(&cfg, []string{
		"PARLEY_DATABASE_URL=sqlite:unused.db", "PARLEY_JWT_KEYS=" + keys,
		"PARLEY_GATEWAY_ADDR=127.0.0.1:0", "PARLEY_OPS_ADDR=127.0.0.1:0",
		"PARLEY_PRESENCE_GRACE=50ms", "PARLEY_DRAIN_TIMEOUT=500ms",
	}))
	return cfg
}

// Gateway is a running one.
type Gateway struct {
	*app.App
	Registry *prometheus.Registry
}

// Start runs a gateway with the settings as change leaves them, until the test ends.
func (w *World) Start(t testing.TB, change ...func(*config.Config)) *Gateway {
	t.Helper()
	cfg := Config(t)
	for _, c := range change {
		c(&cfg)
	}
	reg := metric.NewRegistry()
	a, err := app.New(t.Context(), app.Options{
		Config: cfg, Logger: w.Logger, Registry: reg,
		Ports: app.Ports{
			Store: w.Store, Publisher: w.Bus, Presence: w.Presence,
			NewSubscriber: func(h bus.Handler) app.Subscriber {
				w.Handlers = append(w.Handlers, h)
				return w.Bus.Subscriber(&ear{h, &w.deaf})
			},
		},
	})
	require.NoError(t, err)
	require.NoError(t, a.Start(context.Background()))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), Patience)
		defer cancel()
		require.NoError(t, a.Stop(ctx))
	})
	return &Gateway{a, reg}
}

// Deafen makes the gateways hear nothing from the bus, though nothing looks wrong, or lets them hear again.
func (w *World) Deafen(deaf bool) { w.deaf.Store(deaf) }

// ear is a gateway's handler, unless the world is deaf.
type ear struct {
	bus.Handler
	deaf *atomic.Bool
}

func (e *ear) Deliver(c bus.Channel, payload []byte) {
	if !e.deaf.Load() {
		e.Handler.Deliver(c, payload)
	}
}

// Login is a signed-in user.
type Login struct {
	UserID    chat.UserID
	SessionID chat.SessionID
	Token     string
}

// Login makes a user with a session.
func (w *World) Login(t testing.TB) Login {
	t.Helper()
	id := chat.NewID[chat.UserID]()
	w.Store.PutUser(chat.User{ID: id, FullName: "Test"})
	return w.Again(t, id)
}

// Again makes another session of a user.
func (w *World) Again(t testing.TB, id chat.UserID) Login {
	t.Helper()
	l := Login{UserID: id, SessionID: chat.NewID[chat.SessionID]()}
	w.Store.PutSession(chat.Session{ID: l.SessionID, UserID: id, ExpiresAt: chat.TimeOf(time.Now().Add(time.Hour))})
	var err error
	l.Token, _, err = w.Issuer.Access(l.UserID, l.SessionID, time.Hour)
	require.NoError(t, err)
	return l
}

// Publish sends a payload on a user's channel.
func (w *World) Publish(user chat.UserID, payload string) {
	w.Bus.Publish(bus.Message{Channel: bus.UserChannel(user), Payload: []byte(payload)})
}

// Dial asks a gateway for a socket. The answer is the gateway's, also when it refuses.
func Dial(g *Gateway, header http.Header, protocols ...string) (*websocket.Conn, *http.Response, error) {
	return dial(g, "/ws", header, protocols...)
}

func dial(g *Gateway, path string, header http.Header, protocols ...string) (*websocket.Conn, *http.Response, error) {
	d := websocket.Dialer{Subprotocols: protocols, HandshakeTimeout: Patience}
	return d.Dial("ws://"+g.Addr()+path, header) //nolint:wrapcheck // a test's
}

// Client is a socket that is open.
type Client struct {
	*websocket.Conn
	Hello frame.HelloFrame
}

// Connect opens a socket and reads the hello, which must come first.
func Connect(t testing.TB, g *Gateway, l Login) *Client {
	t.Helper()
	return connect(t, g, l, "/ws")
}

// ConnectIdle is Connect for a device where nobody is.
func ConnectIdle(t testing.TB, g *Gateway, l Login) *Client {
	t.Helper()
	return connect(t, g, l, "/ws?idle=true")
}

func connect(t testing.TB, g *Gateway, l Login, path string) *Client {
	t.Helper()
	conn, resp, err := dial(g, path, nil, "parley.v1", "bearer."+l.Token)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	t.Cleanup(func() { _ = conn.Close() })
	c := &Client{Conn: conn}
	require.NoError(t, json.Unmarshal([]byte(c.Next(t)), &c.Hello))
	require.Equal(t, frame.Hello, c.Hello.Type)
	return c
}

// Next is the next frame that is no heartbeat; those come at random.
func (c *Client) Next(t testing.TB) string {
	t.Helper()
	for {
		if payload := c.read(t); payload != `{"type":"ping"}` {
			return payload
		}
	}
}

func (c *Client) read(t testing.TB) string {
	t.Helper()
	require.NoError(t, c.SetReadDeadline(time.Now().Add(Patience)))
	_, payload, err := c.ReadMessage()
	require.NoError(t, err)
	return string(payload)
}

// Await reads up to the first frame of a type.
func (c *Client) Await(t testing.TB, kind frame.Type) map[string]any {
	t.Helper()
	for {
		var f map[string]any
		require.NoError(t, json.Unmarshal([]byte(c.read(t)), &f))
		if f["type"] == string(kind) {
			return f
		}
	}
}

// AwaitClose reads up to the close frame and gives its code.
func (c *Client) AwaitClose(t testing.TB) int {
	t.Helper()
	return AwaitClose(t, c.Conn)
}

// AwaitClose reads up to the close frame and gives its code.
func AwaitClose(t testing.TB, conn *websocket.Conn) int {
	t.Helper()
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(Patience)))
	for {
		if _, _, err := conn.ReadMessage(); err != nil {
			var closed *websocket.CloseError
			require.ErrorAs(t, err, &closed)
			return closed.Code
		}
	}
}

// Send writes a text frame.
func (c *Client) Send(t testing.TB, payload string) {
	t.Helper()
	require.NoError(t, c.WriteMessage(websocket.TextMessage, []byte(payload)))
}

// Eventually fails the test unless cond becomes true within a generous time.
func Eventually(t testing.TB, cond func() bool, what string) {
	t.Helper()
	require.Eventually(t, cond, Patience, step, what)
}

// Metric is the sum of a metric's series whose labels have all of the given values.
func (g *Gateway) Metric(t testing.TB, name string, labels ...string) float64 {
	t.Helper()
	families, err := g.Registry.Gather()
	require.NoError(t, err)
	sum := 0.0
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, m := range family.GetMetric() {
			var values []string
			for _, l := range m.GetLabel() {
				values = append(values, l.GetValue())
			}
			if strings.Join(values, ",") == strings.Join(labels, ",") || len(labels) == 0 {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return sum
}

// AwaitMetric waits until a metric, as Metric reads it, is want: what a client sees of an event may come before it is counted.
func (g *Gateway) AwaitMetric(t testing.TB, want float64, name string, labels ...string) {
	t.Helper()
	Eventually(t, func() bool { return g.Metric(t, name, labels...) == want }, name)
}
