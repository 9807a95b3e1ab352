package idle_test

import (
	"bytes"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-chat/parley/loadtest/idle"
	"github.com/parley-chat/parley/loadtest/internal/fakechat"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(int) { http.DefaultClient.CloseIdleConnections() }))
}

func TestIdleMeasuresWhatASocketCosts(t *testing.T) {
	server := fakechat.New(fakechat.Faults{})
	defer server.Close()
	r, err := idle.Run(t.Context(), idle.Options{
		Base: server.URL, Users: 3, PerUser: 4, Duration: 50 * time.Millisecond, Concurrency: 5, Ops: []string{server.URL + "/"},
	})
	require.NoError(t, err)
	require.Equal(t, 12, r.Sockets)
	require.InDelta(t, 1000, r.BytesPerSocket, 0.1, "as the fake says")
	require.Zero(t, r.Ended)
	var out bytes.Buffer
	require.NoError(t, r.Write(&out))
	require.Contains(t, out.String(), "1000 bytes")
}

func TestIdleFails(t *testing.T) {
	server := fakechat.New(fakechat.Faults{})
	defer server.Close()
	good := idle.Options{Base: server.URL, Users: 1, PerUser: 1, Duration: time.Millisecond}
	for name, spoil := range map[string]func(*idle.Options){
		"without users":    func(o *idle.Options) { o.Users = 0 },
		"without sockets":  func(o *idle.Options) { o.PerUser = 0 },
		"without time":     func(o *idle.Options) { o.Duration = 0 },
		"without metrics":  func(o *idle.Options) { o.Ops = []string{server.URL + "/api"} },
		"without a server": func(o *idle.Options) { o.Base = "nowhere" },
	} {
		t.Run(name, func(t *testing.T) {
			o := good
			spoil(&o)
			_, err := idle.Run(t.Context(), o)
			require.Error(t, err)
		})
	}
}
