package redisconn_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/redisconn"
	"github.com/parley-chat/parley/pkg/redistest"
)

func roundTrip(t *testing.T, url string) redis.UniversalClient {
	t.Helper()
	client, err := redisconn.Open(url, "parley-test")
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	ctx := context.Background()
	require.Eventually(t, func() bool { return client.Set(ctx, "k", "v", 0).Err() == nil }, 20*time.Second, 20*time.Millisecond)
	require.Equal(t, "v", client.Get(ctx, "k").Val())
	return client
}

func TestOpenReachesEachKindOfServer(t *testing.T) {
	// Reserved characters in a password are percent-encoded.
	s := redistest.Start(t)
	locked := redistest.Start(t)
	ctx := context.Background()
	require.NoError(t, locked.Client(t).ConfigSet(ctx, "requirepass", "p@ss/w:rd").Err())

	t.Run("single", func(t *testing.T) { roundTrip(t, s.URL()) })
	t.Run("database", func(t *testing.T) {
		client := roundTrip(t, s.URL()+"/3")
		require.Equal(t, 3, client.ClientInfo(ctx).Val().DB)
	})
	t.Run("name", func(t *testing.T) {
		require.Contains(t, roundTrip(t, s.URL()).ClientList(ctx).Val(), "name=parley-test")
	})
	t.Run("password", func(t *testing.T) { roundTrip(t, "redis://:p%40ss%2Fw:rd@"+locked.Addr) })
	t.Run("unix", func(t *testing.T) { roundTrip(t, "unix://"+s.Socket) })
	t.Run("unix with password and database", func(t *testing.T) {
		roundTrip(t, "unix://default:p%40ss%2Fw:rd@"+locked.Socket+"?db=2")
	})
	t.Run("cluster", func(t *testing.T) { roundTrip(t, redistest.StartCluster(t).URL()) })
	t.Run("sentinel", func(t *testing.T) {
		roundTrip(t, "redis+sentinel://"+redistest.StartSentinel(t, s, "main").Addr+"/main/1")
	})
}

func TestADeadlineIsKept(t *testing.T) {
	s := redistest.Start(t)
	client := s.Client(t)
	ctx := context.Background()
	require.NoError(t, client.Ping(ctx).Err())
	s.Pause(t)
	defer s.Resume(t)

	short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	start := time.Now()
	require.Error(t, client.Ping(short).Err())
	require.Less(t, time.Since(start), redisconn.IOTimeout, "the context's deadline is sooner than the connection's")
}

func TestErrorsHoldNoPassword(t *testing.T) {
	const secret = "hunter2hunter2"
	for _, url := range []string{
		"http://:" + secret + "@h", ":" + secret + "@h", secret, "redis://:" + secret + "@", "redis://:" + secret + "@h:x",
		"redis://:" + secret + "@h/db", "redis://u:" + secret + "%@h", "redis://" + secret + "@h", "redis://:a/" + secret + "@h",
		"redis://:" + secret + "@h?x=1", "redis+sentinel://:" + secret + "@h", "redis+cluster://:" + secret + "@h/1",
		"redis://:a@b" + secret + "@h:1", "redis://h:" + secret,
	} {
		_, err := redisconn.Open(url, "")
		require.Error(t, err, url)
		require.NotContains(t, err.Error(), secret)
		require.True(t, strings.HasPrefix(err.Error(), "redis url: "), err)
	}
}
