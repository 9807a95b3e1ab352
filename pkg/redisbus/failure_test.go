package redisbus_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/bustest"
	"github.com/parley-chat/parley/pkg/redisbus"
	"github.com/parley-chat/parley/pkg/redisconn"
	"github.com/parley-chat/parley/pkg/redistest"
)

func TestACrashIsToldAndHealed(t *testing.T) {
	s := redistest.Start(t)
	p := newPair(t, s)
	channels := newChannels(1000)
	p.subscribe(t, channels...)
	p.flows(t, channels[0])

	s.Kill(t)
	p.awaitLost(t, 1)
	_, restored := p.heard.Breaks()
	require.Zero(t, restored, "nothing to be restored to")

	s.Restart(t)
	p.awaitRestored(t, 1)
	names := make([]string, len(channels))
	for i, c := range channels {
		names[i] = string(c)
	}
	subscribers, err := s.Client(t).PubSubNumSub(context.Background(), names...).Result()
	require.NoError(t, err)
	require.Len(t, subscribers, len(channels))
	for c, n := range subscribers {
		require.EqualValues(t, 1, n, "Restored vouches for every channel, so for %s", c)
	}
	p.flows(t, channels[0], channels[999])
	bustest.Eventually(t, func() bool { return p.publisher.Healthy() == nil }, "the publisher stays ill")
}

func TestAHangIsToldAndHealed(t *testing.T) {
	s := redistest.Start(t)
	p := newPair(t, s)
	channels := newChannels(10)
	p.subscribe(t, channels...)

	s.Pause(t)
	p.awaitLost(t, 1)
	p.publisher.Publish(bus.Message{Channel: channels[0], Payload: []byte("into the void")})
	bustest.Eventually(t, func() bool { return p.publisher.Healthy() != nil }, "the publisher does not notice")

	s.Resume(t)
	p.awaitRestored(t, 1)
	p.flows(t, channels...)
}

func TestACutConnectionIsTold(t *testing.T) {
	s := redistest.Start(t)
	p := newPair(t, s)
	c := newChannels(1)[0]
	p.subscribe(t, c)
	for i := 1; i <= 3; i++ {
		require.NoError(t, s.Client(t).Do(context.Background(), "client", "kill", "type", "pubsub").Err())
		p.awaitLost(t, i)
		p.awaitRestored(t, i)
		p.flows(t, c)
	}
}

func TestWhileDownSubscribeFailsAtOnceAndIsRestored(t *testing.T) {
	s := redistest.Start(t)
	p := newPair(t, s)
	old, dropped, late := newChannels(1)[0], newChannels(1)[0], newChannels(1)[0]
	p.subscribe(t, old, dropped)
	s.Kill(t)
	p.awaitLost(t, 1)

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	// The two connections don't go at the same instant, so the first answers may still be good ones.
	bustest.Eventually(t, func() bool {
		c := newChannels(1)[0]
		err := p.subscriber.Subscribe(ctx, c)
		p.subscriber.Unsubscribe(c)
		return err != nil
	}, "no error")
	require.ErrorIs(t, p.subscriber.Subscribe(ctx, late), bus.ErrDown)
	p.subscriber.Unsubscribe(dropped)

	s.Restart(t)
	p.awaitRestored(t, 1)
	subscribers, err := s.Client(t).PubSubNumSub(ctx, string(old), string(late), string(dropped)).Result()
	require.NoError(t, err)
	require.Equal(t, map[string]int64{string(old): 1, string(late): 1, string(dropped): 0}, subscribers)
	p.flows(t, old, late)
}

func TestAServerThatIsMissingAtTheStart(t *testing.T) {
	s := redistest.Start(t)
	s.Kill(t)
	p := newPair(t, s)
	require.Error(t, p.publisher.Healthy(), "nothing has worked yet")
	c := newChannels(1)[0]
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	require.ErrorIs(t, p.subscriber.Subscribe(ctx, c), bus.ErrDown)
	p.awaitLost(t, 1)

	s.Restart(t)
	p.awaitRestored(t, 1)
	p.flows(t, c)
}

func TestDroppedMessagesAreToldToSubscribersThatWereConnected(t *testing.T) {
	s := redistest.Start(t)
	p := newPair(t, s)
	c := newChannels(1)[0]
	p.subscribe(t, c)
	p.flows(t, c)

	// A publisher that is cut off alone: its own way to the server refuses it.
	client, err := redisconn.Open("redis://nobody:wrong@"+s.Addr, "cut-off")
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	reg := prometheus.NewRegistry()
	alone := redisbus.NewPublisher(client, redisbus.PublisherOptions{Registerer: reg})
	t.Cleanup(func() { _ = alone.Close(context.Background()) })
	alone.Publish(bus.Message{Channel: c, Payload: []byte("lost")})
	bustest.Eventually(t, func() bool { return !alone.Publish(bus.Message{Channel: c, Payload: []byte("lost")}) }, "it goes on trying")
	require.Error(t, alone.Healthy())
	lost, _ := p.heard.Breaks()
	require.Zero(t, lost, "nobody can know yet")

	require.NoError(t, s.Client(t).Do(context.Background(), "acl", "setuser", "nobody", "on", ">wrong", "~*", "&*", "+@all").Err())
	p.awaitRestored(t, 1)
	reasons := p.heard.Reasons()
	require.Len(t, reasons, 1, "once for both connections")
	var gap *bus.GapError
	require.ErrorAs(t, reasons[0], &gap)
	require.Greater(t, gap.Age, 500*time.Millisecond, "it was tried for a second")
	require.NoError(t, alone.Healthy())
	require.NotContains(t, p.heard.Heard(c), "lost")
	dropped, err := testutil.GatherAndCount(reg, "parley_bus_dropped_total")
	require.NoError(t, err)
	require.Equal(t, 3, dropped, "each reason is there from the start")
}

func TestAFullQueueRefusesInsteadOfWaiting(t *testing.T) {
	s := redistest.Start(t)
	p := newPair(t, s)
	c := newChannels(1)[0]
	p.subscribe(t, c)
	tests := map[string]redisbus.PublisherOptions{"messages": {QueueMessages: 10}, "bytes": {QueueBytes: 10}}
	for name, opts := range tests {
		t.Run(name, func(t *testing.T) {
			small := redisbus.NewPublisher(s.Client(t), opts)
			t.Cleanup(func() { _ = small.Close(context.Background()) })
			bustest.Eventually(t, func() bool { return small.Healthy() == nil }, "not connected")
			s.Pause(t)
			defer s.Resume(t)
			accepted := 0
			for small.Publish(bus.Message{Channel: c, Payload: []byte{'x'}}) {
				accepted++
			}
			require.LessOrEqual(t, accepted, 10)
		})
	}
}

func TestAChannelThatTheClusterMovesIsToldAndFollowed(t *testing.T) {
	ctx := context.Background()
	cluster := redistest.StartCluster(t)
	heard := bustest.NewRecorder()
	p := pair{
		heard:      heard,
		publisher:  redisbus.NewPublisher(cluster.Client(t), redisbus.PublisherOptions{}),
		subscriber: redisbus.NewSubscriber(cluster.Client(t), heard, redisbus.SubscriberOptions{}),
	}
	t.Cleanup(func() { _ = p.publisher.Close(ctx); _ = p.subscriber.Close(ctx) })
	c := newChannels(1)[0]
	p.subscribe(t, c)
	p.flows(t, c)

	cluster.MoveSlot(t, string(c))
	p.awaitLost(t, 1)
	p.awaitRestored(t, 1)
	p.flows(t, c)
}

func TestASlowHandlerLosesNothingAndIsNotTakenForDead(t *testing.T) {
	s := redistest.Start(t)
	h := &slow{Recorder: bustest.NewRecorder(), pause: 300 * time.Millisecond}
	sub := redisbus.NewSubscriber(s.Client(t), h, redisbus.SubscriberOptions{
		Connections: 1, PingInterval: 20 * time.Millisecond, DeadAfter: 250 * time.Millisecond,
	})
	pub := redisbus.NewPublisher(s.Client(t), redisbus.PublisherOptions{})
	ctx := context.Background()
	t.Cleanup(func() { _ = pub.Close(ctx); _ = sub.Close(ctx) })
	c := newChannels(1)[0]
	require.NoError(t, sub.Subscribe(ctx, c))
	var want []string
	for i := range 5 {
		want = append(want, strconv.Itoa(i))
		pub.Publish(bus.Message{Channel: c, Payload: []byte(want[i])})
	}
	h.Await(t, c, want...)
	lost, _ := h.Breaks()
	require.Zero(t, lost)
}

type slow struct {
	*bustest.Recorder
	pause time.Duration
}

func (s *slow) Deliver(c bus.Channel, payload []byte) {
	time.Sleep(s.pause)
	s.Recorder.Deliver(c, payload)
}

func TestCloseIsBoundedWhileTheServerHangs(t *testing.T) {
	s := redistest.Start(t)
	pub := redisbus.NewPublisher(s.Client(t), redisbus.PublisherOptions{})
	sub := redisbus.NewSubscriber(s.Client(t), bustest.NewRecorder(), redisbus.SubscriberOptions{})
	c := newChannels(1)[0]
	require.NoError(t, sub.Subscribe(context.Background(), c))
	s.Pause(t)
	defer s.Resume(t)
	for range 5000 {
		pub.Publish(bus.Message{Channel: c, Payload: []byte("x")})
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, pub.Close(ctx), context.DeadlineExceeded)
	long, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	require.NoError(t, sub.Close(long))
}
