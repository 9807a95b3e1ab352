package app_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/gateway/config"
	"github.com/parley-chat/parley/gateway/gatewaytest"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/frame"
)

func TestRevokedSessionIsClosedEverywhere(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	g1, g2 := w.Start(t), w.Start(t)
	phone := w.Login(t)
	laptop := w.Again(t, phone.UserID)
	gone1, gone2 := gatewaytest.Connect(t, g1, phone), gatewaytest.Connect(t, g2, phone)
	stays := gatewaytest.Connect(t, g2, laptop)
	order, err := bus.Order{Kind: bus.SessionRevoked, SessionID: phone.SessionID}.Encode()
	require.NoError(t, err)
	w.Publish(phone.UserID, string(order))
	w.Publish(phone.UserID, `{"type":"read"}`)
	for _, c := range []*gatewaytest.Client{gone1, gone2} {
		require.NoError(t, c.SetReadDeadline(time.Now().Add(gatewaytest.Patience)))
		_, payload, err := c.ReadMessage()
		require.True(t, websocket.IsCloseError(err, 4401), "got %q, %v: nothing comes after the revocation", payload, err)
	}
	require.Equal(t, `{"type":"read"}`, stays.Next(t), "orders are not delivered")
	g1.AwaitMetric(t, 1, "parley_gateway_disconnects_total", "session_revoked")
}

func TestSlowSocketIsClosedAndOthersAreNot(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	g := w.Start(t, func(c *config.Config) { c.QueueBytes = 256 << 10 })
	alice := w.Login(t)
	slow, quick := gatewaytest.Connect(t, g, alice), gatewaytest.Connect(t, g, alice)
	payload := strings.Repeat("x", 32<<10)
	sent := 0
	gatewaytest.Eventually(t, func() bool {
		w.Publish(alice.UserID, fmt.Sprintf("%d %s", sent, payload))
		require.Equal(t, fmt.Sprintf("%d %s", sent, payload), quick.Next(t))
		sent++
		return g.Metric(t, "parley_gateway_disconnects_total", "too_slow") == 1
	}, "the slow socket is never closed")
	g.AwaitMetric(t, 1, "parley_gateway_queue_drops_total")

	got := 0
	for {
		require.NoError(t, slow.SetReadDeadline(time.Now().Add(gatewaytest.Patience)))
		_, b, err := slow.ReadMessage()
		if err != nil {
			require.True(t, websocket.IsCloseError(err, 4430), "%v", err)
			break
		}
		require.True(t, bytes.HasPrefix(b, fmt.Appendf(nil, "%d ", got)), "what came before is whole and in order")
		got++
	}
	require.Less(t, got, sent)
	w.Publish(alice.UserID, "still here")
	require.Equal(t, "still here", quick.Next(t))
}

func TestBadInputIsClosed(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	g := w.Start(t)
	text := func(payload string) func(*testing.T, *gatewaytest.Client) {
		return func(t *testing.T, c *gatewaytest.Client) { t.Helper(); c.Send(t, payload) }
	}
	tests := []struct {
		name string
		send func(*testing.T, *gatewaytest.Client)
		code int
	}{
		{"not JSON", text(`{"type":`), 4400},
		{"no object", text(`["pong"]`), 4400},
		{"null", text(`null`), 4400},
		{"empty", text(``), 4400},
		{"no type", text(`{}`), 4400},
		{"unknown type", text(`{"type":"message.create"}`), 4400},
		{"a type of the server", text(`{"type":"hello"}`), 4400},
		{"type of another kind", text(`{"type":7}`), 4400},
		{"binary", func(t *testing.T, c *gatewaytest.Client) {
			t.Helper()
			require.NoError(t, c.WriteMessage(websocket.BinaryMessage, []byte(`{"type":"pong"}`)))
		}, 4400},
		{"unmasked frame", func(t *testing.T, c *gatewaytest.Client) {
			t.Helper()
			_, err := c.NetConn().Write([]byte{0x81, 2, '{', '}'})
			require.NoError(t, err)
		}, 4400},
		{"too large", text(`{"type":"pong","x":"` + strings.Repeat("x", 16<<10) + `"}`), 4413},
		{"far too large", text(strings.Repeat("x", 4<<20)), 4413},
		{"too many", func(t *testing.T, c *gatewaytest.Client) {
			t.Helper()
			for range 50 {
				// The server may hang up in between.
				if err := c.WriteMessage(websocket.TextMessage, []byte(`{"type":"pong"}`)); err != nil {
					return
				}
			}
		}, 4429},
		{"too many protocol pings", func(t *testing.T, c *gatewaytest.Client) {
			t.Helper()
			for range 50 {
				if err := c.WriteControl(websocket.PingMessage, []byte("x"), time.Now().Add(time.Second)); err != nil {
					return
				}
			}
		}, 4429},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := gatewaytest.Connect(t, g, w.Login(t))
			test.send(t, c)
			require.Equal(t, test.code, c.AwaitClose(t))
		})
	}
	gatewaytest.Eventually(t, func() bool { return g.Metric(t, "parley_gateway_sockets") == 0 }, "sockets are left")
}

func TestRefusedFramesLeaveTheSocketOpen(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	g := w.Start(t)
	foreign := chat.NewID[chat.ConversationID]()
	w.Store.PutConversation(foreign, w.Login(t).UserID)
	many := strings.Repeat(`"`+string(foreign)+`",`, 501)
	tests := []struct{ name, payload, code string }{
		{"typing where one is no member", fmt.Sprintf(`{"type":"typing","conversationId":%q,"active":true}`, foreign), "not_found"},
		{"typing nowhere", fmt.Sprintf(`{"type":"typing","conversationId":%q,"active":true}`, chat.NewID[chat.ConversationID]()), "not_found"},
		{"typing without an id", `{"type":"typing","active":true}`, "validation_failed"},
		{"typing without active", fmt.Sprintf(`{"type":"typing","conversationId":%q}`, foreign), "validation_failed"},
		{"watch too many", `{"type":"watch","userIds":[` + strings.TrimSuffix(many, ",") + `]}`, "validation_failed"},
		{"watch no ids", `{"type":"watch","userIds":["x"]}`, "validation_failed"},
		{"watch nothing", `{"type":"watch"}`, "validation_failed"},
		{"watch a string", `{"type":"watch","userIds":"x"}`, "validation_failed"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			alice := w.Login(t)
			c := gatewaytest.Connect(t, g, alice)
			c.Send(t, test.payload)
			f := c.Await(t, frame.Error)
			require.Equal(t, test.code, f["code"])
			require.NotEmpty(t, f["detail"])
			w.Publish(alice.UserID, "still here")
			require.Equal(t, "still here", c.Next(t))
		})
	}
}

func TestHeartbeat(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	g := w.Start(t, func(c *config.Config) { c.PingInterval = 100 * time.Millisecond })
	dead, alive := gatewaytest.Connect(t, g, w.Login(t)), gatewaytest.Connect(t, g, w.Login(t))
	done := make(chan int)
	go func() { done <- dead.AwaitClose(t) }()
	for closed := false; !closed; {
		alive.Await(t, frame.Ping)
		alive.Send(t, `{"type":"pong"}`)
		select {
		case code := <-done:
			require.Equal(t, 4408, code)
			closed = true
		default:
		}
	}
	alive.Await(t, frame.Ping)
}

func TestProtocolPingsAreAnswered(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	c := gatewaytest.Connect(t, w.Start(t), w.Login(t))
	pong := make(chan string, 1)
	c.SetPongHandler(func(data string) error { pong <- data; return nil })
	require.NoError(t, c.WriteControl(websocket.PingMessage, []byte("are you there"), time.Now().Add(time.Second)))
	c.Send(t, `{"type":"watch","userIds":["x"]}`)
	c.Await(t, frame.Error)
	require.Equal(t, "are you there", <-pong)
}

func TestClientsCloseIsAnswered(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	g := w.Start(t)
	polite, rude := gatewaytest.Connect(t, g, w.Login(t)), gatewaytest.Connect(t, g, w.Login(t))
	require.NoError(t, polite.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1001, "bye"), time.Now().Add(time.Second)))
	require.Equal(t, 1000, polite.AwaitClose(t))
	require.NoError(t, rude.Close())
	gatewaytest.Eventually(t, func() bool { return g.Metric(t, "parley_gateway_sockets") == 0 }, "sockets are left")
	g.AwaitMetric(t, 1, "parley_gateway_disconnects_total", "client")
	g.AwaitMetric(t, 1, "parley_gateway_disconnects_total", "connection_lost")
}

func TestLargeFramesPass(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	g := w.Start(t, func(c *config.Config) { c.QueueBytes = 4 << 20 })
	alice := w.Login(t)
	c := gatewaytest.Connect(t, g, alice)
	var want []string
	for _, n := range []int{0, 1, 125, 126, 65535, 65536, 1 << 20, 3} {
		want = append(want, strings.Repeat("y", n))
		w.Publish(alice.UserID, want[len(want)-1])
	}
	for _, s := range want {
		require.Equal(t, s, c.Next(t))
	}
}
