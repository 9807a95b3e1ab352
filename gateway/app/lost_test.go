package app_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/gateway/gatewaytest"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/frame"
)

// event is the frame of an entry.
func event(t *testing.T, e chat.Entry) string {
	t.Helper()
	payload, err := frame.Encode(frame.EventOf(e))
	require.NoError(t, err)
	return string(payload)
}

func TestWhileTheBusIsLostMessagesComeFromTheLog(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	g := w.Start(t)
	alice, bob, eve := w.Login(t), w.Login(t), w.Login(t)
	a, stranger := gatewaytest.Connect(t, g, alice), gatewaytest.Connect(t, g, eve)
	w.Handlers[0].Lost(bus.ErrOverflow)
	b := gatewaytest.Connect(t, g, bob)

	id := chat.NewID[chat.ConversationID]()
	created := chat.Entry{
		ConversationID: id, Seq: 1, Kind: chat.ConversationCreated, SenderID: alice.UserID, CreatedAt: chat.TimeOf(time.Now()),
		Created: &chat.Creation{Type: chat.Direct, Members: []chat.NewMember{{UserID: alice.UserID}, {UserID: bob.UserID}}},
	}
	message := chat.Entry{
		ConversationID: id, Seq: 2, Kind: chat.MessageCreated, SenderID: alice.UserID, CreatedAt: chat.TimeOf(time.Now()),
		Message: &chat.Message{ID: chat.NewID[chat.MessageID](), ConversationID: id, Seq: 2, SenderID: alice.UserID, Text: "hello"},
	}
	w.Store.Commit(created)
	w.Store.Commit(message)
	for _, c := range []*gatewaytest.Client{a, b} {
		require.Equal(t, event(t, created), c.Next(t), "also to one who came while the bus was lost, and no resync")
		require.Equal(t, event(t, message), c.Next(t))
	}
	g.AwaitMetric(t, 2, "parley_gateway_tail_entries_total")
	require.Zero(t, g.Metric(t, "parley_gateway_resyncs_total"))
	w.Publish(eve.UserID, "x")
	require.Equal(t, "x", stranger.Next(t), "who is no member hears nothing")

	w.Handlers[0].Restored()
	require.Zero(t, g.Metric(t, "parley_gateway_bus_lost"))
	require.Equal(t, `{"type":"resync"}`, a.Next(t), "read positions are in no log: all are asked once, by and by")
}

func TestASilentBusIsNoticed(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	g := w.Start(t)
	detail := func() string {
		code, body := get(t, g, "GET", "/readyz")
		require.Equal(t, 200, code)
		var answer struct {
			Checks map[string]struct{ Detail string }
		}
		require.NoError(t, json.Unmarshal([]byte(body), &answer))
		return answer.Checks["bus"].Detail
	}
	gatewaytest.Eventually(t, func() bool { return g.Metric(t, "parley_gateway_canary_channels") == 1 }, "no canaries")
	require.Contains(t, detail(), "canaries come through on 1 of 1 connections")
	w.Deafen(true)
	gatewaytest.Eventually(t, func() bool { return g.Metric(t, "parley_gateway_bus_lost") == 1 }, "silence is not noticed")
	require.Contains(t, detail(), "the bus is silent")
	require.EqualValues(t, 1, g.Metric(t, "parley_gateway_canary_silent"))
	// The connection may come and go meanwhile: what counts is that something is heard.
	w.Handlers[0].Lost(bus.ErrOverflow)
	w.Handlers[0].Restored()
	g.AwaitMetric(t, 1, "parley_gateway_bus_lost")
	w.Deafen(false)
	gatewaytest.Eventually(t, func() bool { return g.Metric(t, "parley_gateway_bus_lost") == 0 }, "it is heard again")
}

func TestWhileTheLogCantBeFollowedEitherClientsAreAskedToSync(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	g := w.Start(t)
	alice := w.Login(t)
	before := gatewaytest.Connect(t, g, alice)
	w.Store.SetLogErr(chat.ErrUnavailable)
	w.Handlers[0].Lost(bus.ErrOverflow)
	g.AwaitMetric(t, 1, "parley_gateway_bus_lost")
	during := gatewaytest.Connect(t, g, alice)
	lost := time.Now()
	for _, c := range []*gatewaytest.Client{before, during} {
		for range 2 {
			require.Equal(t, `{"type":"resync"}`, c.Next(t))
		}
	}
	require.Less(t, time.Since(lost), 5*time.Second, "at least every two seconds, with room for a busy machine")

	w.Handlers[0].Restored()
	require.Zero(t, g.Metric(t, "parley_gateway_bus_lost"))
	for _, c := range []*gatewaytest.Client{before, during} {
		require.Equal(t, `{"type":"resync"}`, c.Next(t), "once more when all is heard again")
	}
	after := gatewaytest.Connect(t, g, alice)
	w.Publish(alice.UserID, "x")
	for _, c := range []*gatewaytest.Client{before, during, after} {
		// The round that was under way, and the last one.
		n := 0
		for c.Next(t) != "x" {
			n++
		}
		require.LessOrEqual(t, n, 2)
	}
	gatewaytest.Eventually(t, func() bool {
		a := g.Metric(t, "parley_gateway_resyncs_total")
		time.Sleep(2 * time.Second)
		return g.Metric(t, "parley_gateway_resyncs_total") == a
	}, "the asking never ends")
}
