package bench

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
)

// speaker is a gateway with one socket, which says what it is told to.
func speaker(t *testing.T) (url string, opened <-chan *websocket.Conn) {
	t.Helper()
	conns := make(chan *websocket.Conn, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
		if err == nil && c.WriteMessage(websocket.TextMessage, []byte(`{"type":"hello"}`)) == nil {
			conns <- c
		}
	}))
	t.Cleanup(server.Close)
	return server.URL, conns
}

func TestAHolderGoesWhereItIsSent(t *testing.T) {
	first, atFirst := speaker(t)
	second, atSecond := speaker(t)
	h := &Holder{}
	require.NoError(t, h.Open([]Target{{Address: first, Token: "t", From: "127.0.0.1"}}, &Nothing{}))
	defer func() { _ = h.Close(Nothing{}, &Nothing{}) }()
	counts := func(want Counts) {
		t.Helper()
		require.Eventually(t, func() bool {
			var c Counts
			return h.Count(Nothing{}, &c) == nil && c == want
		}, 10*time.Second, time.Millisecond)
	}
	old := <-atFirst
	say := func(c *websocket.Conn, text string) {
		require.NoError(t, c.WriteMessage(websocket.TextMessage, []byte(text)))
	}
	say(old, `{"type":"ping"}`)
	say(old, `{"type":"typing"}`)
	counts(Counts{Heard: 1, Beats: 1})

	require.NoError(t, h.Yield(second, &Nothing{}))
	require.NoError(t, h.Listen(Nothing{}, &Nothing{}))
	say(old, `{"type":"reconnect","afterMs":1}`)
	now := <-atSecond
	counts(Counts{Heard: 1, Beats: 1, Moved: 1, Silent: 1})
	say(now, `{"type":"typing"}`)
	counts(Counts{Heard: 2, Beats: 1, Moved: 1})
	require.NoError(t, now.Close())
	counts(Counts{Heard: 2, Beats: 1, Moved: 1, Ended: 1})
}

func TestMetersTakeOffWhatRestCosts(t *testing.T) {
	var used float64
	m := &meters{all: []meter{func() (float64, error) { return used, nil }, process(os.Getpid())}, rest: []float64{1e9, 0}}
	net, _, err := m.during(func() error { used += 2; return nil })
	require.NoError(t, err)
	require.Zero(t, net[0], "less than at rest is nothing")
	m.rest[0] = 0
	net, _, err = m.during(func() error { used += 2; return nil })
	require.NoError(t, err)
	require.InDelta(t, 2, net[0], 1e-9)
	_, err = process(-1)()
	require.Error(t, err)
}

func TestGrowthIsPrintedAsMarkdown(t *testing.T) {
	r := GrowthResult{Date: "today", Go: "go", CPUs: 2, Tables: []*GrowthTable{
		{Name: "rooms", Size: "members", Columns: []string{"µs", "ms"}, Rows: [][]float64{{10, 0.1234, 12.34}, {10_000, 123.4, 5}}},
	}}
	var out strings.Builder
	require.NoError(t, r.Write(&out))
	require.Equal(t, "today, go, 2 CPUs\n\nrooms\n\n| members | µs | ms |\n|---|---|---|\n| 10 | 0.12 | 12.3 |\n| 10000 | 123 | 5.00 |\n", out.String())
}
