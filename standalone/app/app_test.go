package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-chat/parley/standalone/app"
	"github.com/parley-chat/parley/standalone/config"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs the whole in this process, on a data directory, until stop.
func start(t *testing.T, dir string) (base string, stop func()) {
	t.Helper()
	whole := startWhole(t, dir)
	return whole.Addr(), func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		require.NoError(t, whole.Stop(ctx))
	}
}

func startWhole(t *testing.T, dir string, environ ...string) *app.App {
	t.Helper()
	conf, err := config.Load(append(environ, "PARLEY_DATA_DIR="+dir, "PARLEY_ADDR=127.0.0.1:0", "PARLEY_OPS_ADDR=127.0.0.1:0", "PARLEY_BCRYPT_COST=4"))
	require.NoError(t, err)
	whole, err := app.Start(t.Context(), app.Options{
		Config: conf, Web: fstest.MapFS{"index.html": {Data: []byte("the client")}}, Log: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	return whole
}

type person struct {
	t           *testing.T
	base, token string
	id          string
}

func (p *person) post(path string, in map[string]any, status int) map[string]any {
	p.t.Helper()
	body, err := json.Marshal(in)
	require.NoError(p.t, err)
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, "http://"+p.base+path, bytes.NewReader(body))
	require.NoError(p.t, err)
	req.Header.Set("Content-Type", "application/json")
	if p.token != "" {
		req.Header.Set("Authorization", "Bearer "+p.token)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(p.t, err)
	defer resp.Body.Close()
	var out map[string]any
	require.NoError(p.t, json.NewDecoder(resp.Body).Decode(&out))
	require.Equal(p.t, status, resp.StatusCode, out)
	return out
}

func (p *person) enter(path string, in map[string]any, status int) {
	p.t.Helper()
	out := p.post(path, in, status)
	p.token, _ = out["accessToken"].(string)
	user, _ := out["user"].(map[string]any)
	p.id, _ = user["id"].(string)
	require.NotEmpty(p.t, p.id)
}

// socket connects through the front and reads the hello.
func (p *person) socket() *websocket.Conn {
	p.t.Helper()
	conn, resp, err := websocket.DefaultDialer.DialContext(p.t.Context(), "ws://"+p.base+"/ws", http.Header{
		"Authorization": {"Bearer " + p.token}, "Sec-WebSocket-Protocol": {"parley.v1"},
	})
	require.NoError(p.t, err)
	require.NoError(p.t, resp.Body.Close())
	p.t.Cleanup(func() { _ = conn.Close() })
	require.Equal(p.t, "hello", p.next(conn)["type"])
	return conn
}

func (p *person) next(conn *websocket.Conn) map[string]any {
	p.t.Helper()
	require.NoError(p.t, conn.SetReadDeadline(time.Now().Add(30*time.Second)))
	var frame map[string]any
	require.NoError(p.t, conn.ReadJSON(&frame))
	return frame
}

func TestTwoPeopleChatAndFindItAgainAfterARestart(t *testing.T) {
	dir := t.TempDir()
	base, stop := start(t, dir)
	ada, bob := &person{t: t, base: base}, &person{t: t, base: base}
	ada.enter("/api/auth/signup", map[string]any{"fullName": "Ada", "email": "ada@example.org", "password": "correct horse"}, http.StatusCreated)
	bob.enter("/api/auth/signup", map[string]any{"fullName": "Bob", "email": "bob@example.org", "password": "correct horse"}, http.StatusCreated)
	// Two sockets in turn land on two gateways.
	sockets := []*websocket.Conn{bob.socket(), bob.socket()}

	created := ada.post("/api/conversations", map[string]any{"type": "direct", "userId": bob.id}, http.StatusCreated)
	conversation, _ := created["conversation"].(map[string]any)
	path, _ := conversation["id"].(string)
	path = "/api/conversations/" + path + "/messages"
	ada.post(path, map[string]any{"clientId": "one", "text": "hello"}, http.StatusCreated)
	for _, socket := range sockets {
		require.Equal(t, "conversation.created", bob.next(socket)["type"])
		frame := bob.next(socket)
		require.Equal(t, "message.created", frame["type"])
		require.Equal(t, "hello", frame["message"].(map[string]any)["text"])
	}
	stop()

	base, stop = start(t, dir)
	defer stop()
	ada.base = base
	ada.enter("/api/auth/login", map[string]any{"email": "ada@example.org", "password": "correct horse"}, http.StatusOK)
	ada.post(path, map[string]any{"clientId": "one", "text": "hello"}, http.StatusOK)
	again := ada.post(path, map[string]any{"clientId": "two", "text": "again"}, http.StatusCreated)
	require.EqualValues(t, 3, again["message"].(map[string]any)["seq"])
}

// Clients are asked to go before their sockets are closed, by the operations port and when the process ends.
func TestClientsAreToldThatItStops(t *testing.T) {
	for name, drain := range map[string]func(whole *app.App){
		"operations port": func(whole *app.App) {
			resp, err := http.Post("http://"+whole.OpsAddr()+"/drain", "", nil)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			require.Equal(t, http.StatusAccepted, resp.StatusCode)
		},
		"stop": func(whole *app.App) { require.NoError(t, whole.Stop(context.Background())) },
	} {
		t.Run(name, func(t *testing.T) {
			whole := startWhole(t, t.TempDir(), "PARLEY_DRAIN_TIMEOUT=100ms")
			defer func() { require.NoError(t, whole.Stop(context.Background())) }()
			ada := &person{t: t, base: whole.Addr()}
			ada.enter("/api/auth/signup", map[string]any{"fullName": "Ada", "email": "ada@example.org", "password": "correct horse"}, http.StatusCreated)
			sockets := []*websocket.Conn{ada.socket(), ada.socket()}
			drain(whole)
			for _, conn := range sockets {
				require.Equal(t, "reconnect", ada.next(conn)["type"])
				_, _, err := conn.ReadMessage()
				require.True(t, websocket.IsCloseError(err, websocket.CloseServiceRestart), err)
			}
		})
	}
}

func TestATakenAddressLeavesNothingRunning(t *testing.T) {
	base, stop := start(t, t.TempDir())
	defer stop()
	conf, err := config.Load([]string{"PARLEY_DATA_DIR=" + t.TempDir(), "PARLEY_ADDR=" + base, "PARLEY_OPS_ADDR=127.0.0.1:0"})
	require.NoError(t, err)
	_, err = app.Start(t.Context(), app.Options{Config: conf, Web: fstest.MapFS{}, Log: slog.New(slog.DiscardHandler)})
	require.ErrorContains(t, err, "PARLEY_ADDR")
}
