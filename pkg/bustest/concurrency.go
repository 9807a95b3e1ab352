package bustest

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/bus"
)

// handlerFunc delivers to a function and ignores the rest.
type handlerFunc func(c bus.Channel, payload []byte)

func (f handlerFunc) Deliver(c bus.Channel, payload []byte) { f(c, payload) }
func (handlerFunc) Lost(error)                              {}
func (handlerFunc) Restored()                               {}

func testPublishFromHandler(t *testing.T, b Bus) {
	question, answer := newChannel(), newChannel()
	p := b.publisher(t)
	b.subscriberTo(t, handlerFunc(func(_ bus.Channel, payload []byte) {
		p.Publish(message(answer, "re: "+string(payload)))
	}), question)
	_, r := b.subscriber(t, answer)
	p.Publish(message(question, "a"), message(question, "b"))
	r.Await(t, answer, "re: a", "re: b")
}

func testSlowSubscriber(t *testing.T, b Bus) {
	const n = 1000
	c := newChannel()
	p := b.publisher(t)
	gate := make(chan struct{})
	slow := NewRecorder()
	b.subscriberTo(t, handlerFunc(func(c bus.Channel, payload []byte) {
		<-gate
		slow.Deliver(c, payload)
	}), c)
	_, quick := b.subscriber(t, c)

	for _, payload := range numbers(n) {
		require.True(t, p.Publish(message(c, payload)))
	}
	quick.Await(t, c, numbers(n)...)
	close(gate)
	slow.Await(t, c, numbers(n)...)
}

func testEndedContext(t *testing.T, b Bus) {
	s, _ := b.subscriber(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, s.Subscribe(ctx, newChannel()), context.Canceled)
}

func testClosedSubscriber(t *testing.T, b Bus) {
	c := newChannel()
	p := b.publisher(t)
	s, r := b.subscriber(t, c)
	require.NoError(t, s.Close(context.Background()))
	require.NoError(t, s.Close(context.Background()), "a second Close does nothing")

	p.Publish(message(c, "late"))
	witness, heard := b.subscriber(t)
	flush(t, p, witness, heard)
	require.Zero(t, r.Total())
	lost, restored := r.Breaks()
	require.Zero(t, lost+restored, "closing is no loss")
	require.ErrorIs(t, s.Subscribe(context.Background(), c), bus.ErrClosed)
	s.Unsubscribe(c)
}

func testClosedPublisher(t *testing.T, b Bus) {
	const n = 2000
	c := newChannel()
	p := b.publisher(t)
	_, r := b.subscriber(t, c)
	for _, payload := range numbers(n) {
		p.Publish(message(c, payload))
	}
	require.NoError(t, p.Close(context.Background()))
	require.NoError(t, p.Close(context.Background()), "a second Close does nothing")
	require.False(t, p.Publish(message(c, "late")))
	r.Await(t, c, numbers(n)...)
}

func testConcurrency(t *testing.T, b Bus) {
	const rounds, workers = 200, 8
	shared := []bus.Channel{newChannel(), newChannel(), newChannel()}
	p := b.publisher(t)
	s, r := b.subscriber(t)
	own := make([]bus.Channel, workers)
	var wg sync.WaitGroup
	for i := range workers {
		own[i] = newChannel()
		wg.Go(func() {
			subscribe(t, s, own[i])
			for range rounds {
				c := shared[i%len(shared)]
				subscribe(t, s, c)
				p.Publish(message(c, "x"), message(own[i], "mine"))
				s.Unsubscribe(c)
			}
		})
	}
	wg.Wait()
	for _, c := range own {
		Eventually(t, func() bool { return len(r.Heard(c)) == rounds }, "messages missing")
	}
}
