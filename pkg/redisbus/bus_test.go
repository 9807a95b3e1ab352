package redisbus_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/bustest"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/redisbus"
	"github.com/parley-chat/parley/pkg/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// on makes publishers and subscribers of one server, each with a client of its own, as processes have.
func on(client func(t testing.TB) redis.UniversalClient, workers int) bustest.Bus {
	return bustest.Bus{
		Publisher: func(t testing.TB) bustest.Publisher {
			t.Helper()
			return redisbus.NewPublisher(client(t), redisbus.PublisherOptions{Workers: workers})
		},
		Subscriber: func(t testing.TB, h bus.Handler) bustest.Subscriber {
			t.Helper()
			return redisbus.NewSubscriber(client(t), h, redisbus.SubscriberOptions{
				PingInterval: 100 * time.Millisecond, Linger: 100 * time.Millisecond,
			})
		},
	}
}

func TestContract(t *testing.T) {
	s := redistest.Start(t)
	bustest.Run(t, func(*testing.T) bustest.Bus { return on(s.Client, 0) })
}

func TestContractWithSeveralWorkers(t *testing.T) {
	s := redistest.Start(t)
	bustest.Run(t, func(*testing.T) bustest.Bus { return on(s.Client, 4) })
}

func TestContractOnACluster(t *testing.T) {
	c := redistest.StartCluster(t)
	bustest.Run(t, func(*testing.T) bustest.Bus { return on(c.Client, 2) })
}

// pair is one publisher and one subscriber with the production settings.
type pair struct {
	publisher  *redisbus.Publisher
	subscriber *redisbus.Subscriber
	heard      *bustest.Recorder
}

func newPair(t *testing.T, s *redistest.Server) pair {
	t.Helper()
	p := pair{heard: bustest.NewRecorder(), publisher: redisbus.NewPublisher(s.Client(t), redisbus.PublisherOptions{})}
	p.subscriber = redisbus.NewSubscriber(s.Client(t), p.heard, redisbus.SubscriberOptions{})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = p.publisher.Close(ctx)
		require.NoError(t, p.subscriber.Close(ctx))
	})
	return p
}

func (p pair) subscribe(t *testing.T, channels ...bus.Channel) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	require.NoError(t, p.subscriber.Subscribe(ctx, channels...))
}

func (p pair) awaitLost(t *testing.T, n int) {
	t.Helper()
	bustest.Eventually(t, func() bool { lost, _ := p.heard.Breaks(); return lost >= n }, "the loss is not noticed")
}

func (p pair) awaitRestored(t *testing.T, n int) {
	t.Helper()
	bustest.Eventually(t, func() bool { _, restored := p.heard.Breaks(); return restored >= n }, "never restored")
}

// flows publishes until a message comes through on each of the channels.
func (p pair) flows(t *testing.T, channels ...bus.Channel) {
	t.Helper()
	for _, c := range channels {
		before := len(p.heard.Heard(c))
		bustest.Eventually(t, func() bool {
			p.publisher.Publish(bus.Message{Channel: c, Payload: []byte("x")})
			return len(p.heard.Heard(c)) > before
		}, "nothing comes through")
	}
}

func newChannels(n int) []bus.Channel {
	channels := make([]bus.Channel, n)
	for i := range channels {
		channels[i] = bus.UserChannel(chat.NewID[chat.UserID]())
	}
	return channels
}

// TestCanaryChannelsCoverAllConnections: each connection has its notice channel and one of the canaries.
func TestCanaryChannelsCoverAllConnections(t *testing.T) {
	ctx := context.Background()
	s := redistest.Start(t)
	sub := redisbus.NewSubscriber(s.Client(t), bustest.NewRecorder(), redisbus.SubscriberOptions{Connections: 5})
	t.Cleanup(func() { require.NoError(t, sub.Close(ctx)) })
	channels := sub.CanaryChannels("g1")
	require.Len(t, channels, 5)
	require.Equal(t, channels, sub.CanaryChannels("g1"))
	require.NotEqual(t, channels, sub.CanaryChannels("g2"), "each node has its own")
	require.NoError(t, sub.Subscribe(ctx, channels...))
	clients, err := s.Client(t).Do(ctx, "client", "list", "type", "pubsub").Text()
	require.NoError(t, err)
	require.Equal(t, 5, strings.Count(clients, " sub=2 "), clients)
}

func TestCanaryChannelsOnAClusterFollowTheHashTags(t *testing.T) {
	ctx := context.Background()
	c := redistest.StartCluster(t)
	sub := redisbus.NewSubscriber(c.Client(t), bustest.NewRecorder(), redisbus.SubscriberOptions{})
	t.Cleanup(func() { require.NoError(t, sub.Close(ctx)) })
	require.Len(t, sub.CanaryChannels("g1"), 1, "where nothing is subscribed to, one proves that Redis is there")
	users := newChannels(40)
	require.NoError(t, sub.Subscribe(ctx, users...))
	tag := func(c bus.Channel) string { return strings.SplitN(string(c), ":", 3)[1] }
	want, got := map[string]bool{}, map[string]bool{}
	for _, c := range users {
		want[tag(c)] = true
	}
	channels := sub.CanaryChannels("g1")
	for _, c := range channels {
		got[tag(c)] = true
	}
	require.Equal(t, want, got)
	require.Len(t, channels, len(want))
}
