package redisbus_test

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/redisbus"
	"github.com/parley-chat/parley/pkg/redistest"
)

type counter struct{ n atomic.Int64 }

func (c *counter) Deliver(bus.Channel, []byte) { c.n.Add(1) }
func (c *counter) Lost(error)                  {}
func (c *counter) Restored()                   {}

// BenchmarkPublish is one message on its way into Redis, pipelined; nobody listens.
func BenchmarkPublish(b *testing.B) {
	s := redistest.Start(b)
	p := redisbus.NewPublisher(s.Client(b), redisbus.PublisherOptions{QueueMessages: 1 << 30, QueueBytes: 1 << 40})
	channels := newChannels(1000)
	payload := make([]byte, 128)
	b.ReportAllocs()
	b.ResetTimer()
	// Not b.Loop, which stops the clock before Close has sent the rest.
	for i := range b.N {
		p.Publish(bus.Message{Channel: channels[i%len(channels)], Payload: payload})
	}
	require.NoError(b, p.Close(context.Background()))
}

// BenchmarkThrough is one message from Publish to Deliver, many on their way at once.
func BenchmarkThrough(b *testing.B) {
	s := redistest.Start(b)
	ctx := context.Background()
	h := &counter{}
	sub := redisbus.NewSubscriber(s.Client(b), h, redisbus.SubscriberOptions{})
	p := redisbus.NewPublisher(s.Client(b), redisbus.PublisherOptions{})
	channels := newChannels(1000)
	require.NoError(b, sub.Subscribe(ctx, channels...))
	payload := make([]byte, 128)
	b.ReportAllocs()
	b.ResetTimer()
	const underWay = 4096
	n := int64(b.N)
	for sent := range n {
		for sent-h.n.Load() > underWay {
			runtime.Gosched()
		}
		p.Publish(bus.Message{Channel: channels[sent%int64(len(channels))], Payload: payload})
	}
	for h.n.Load() < n {
		runtime.Gosched()
	}
	b.StopTimer()
	require.NoError(b, p.Close(ctx))
	require.NoError(b, sub.Close(ctx))
}
