package bench

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/e2e/bench/floor"
)

func TestAHolderCountsWhatComesAndHowLateItIs(t *testing.T) {
	server := httptest.NewServer(floor.New())
	defer server.Close()
	h := &Holder{}
	require.NoError(t, h.Open([]Target{{Address: server.URL}, {Address: server.URL}}, &Nothing{}))
	defer func() { _ = h.Close(Nothing{}, &Nothing{}) }()
	for _, body := range []string{`{"type":"typing"}`, `{"sentAt":1}`} {
		res, err := http.Post(server.URL+"/publish?n=3", "", strings.NewReader(body))
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
	}
	require.Eventually(t, func() bool {
		var n int64
		return h.Heard(Nothing{}, &n) == nil && n == 12
	}, 10*time.Second, time.Millisecond)
	require.Eventually(t, func() bool {
		var late []int64
		return h.Late(Nothing{}, &late) == nil && len(late) == 6
	}, 10*time.Second, time.Millisecond)
}

func TestPeopleHaveOneToFiveSockets(t *testing.T) {
	require.Equal(t, []int{1, 2, 3, 4, 5, 1, 2, 1}, socketsOf(19))
	require.Empty(t, socketsOf(0))
}

func TestQuantile(t *testing.T) {
	require.Zero(t, quantile(nil, 99))
	sorted := []time.Duration{time.Millisecond, 2 * time.Millisecond, 3 * time.Millisecond, 40 * time.Millisecond}
	require.InDelta(t, 3, quantile(sorted, 50), 1e-9)
	require.InDelta(t, 40, quantile(sorted, 99), 1e-9)
}
