// Package bustest holds the contract of the bus: what every adapter must do, as tests that each of them runs.
package bustest

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
)

// Publisher is the sending half of the port.
type Publisher interface {
	Publish(msgs ...bus.Message) bool
	Healthy() error
	Close(ctx context.Context) error
}

// Subscriber is the hearing half of the port.
type Subscriber interface {
	Subscribe(ctx context.Context, channels ...bus.Channel) error
	Unsubscribe(channels ...bus.Channel)
	Close(ctx context.Context) error
}

// Bus makes publishers and subscribers that are connected to each other. What it makes is closed by the suite.
type Bus struct {
	Publisher  func(t testing.TB) Publisher
	Subscriber func(t testing.TB, h bus.Handler) Subscriber
}

// Run holds an adapter to the contract; newBus is called once for each test.
func Run(t *testing.T, newBus func(t *testing.T) Bus) {
	tests := []struct {
		name string
		run  func(t *testing.T, b Bus)
	}{
		{"a message reaches every subscriber of its channel, and nobody else", testReach},
		{"each channel keeps its order for all subscribers", testOrder},
		{"what is published after Subscribe has returned is heard", testConfirmed},
		{"a channel stays until its last reference goes", testReferences},
		{"somebody who comes back at once misses nothing", testComeBack},
		{"Unsubscribe of what nobody asked for does nothing", testUnknownUnsubscribe},
		{"payloads pass unchanged", testPayloads},
		{"ten thousand channels, asked for by many at once", testManyChannels},
		{"a handler may publish", testPublishFromHandler},
		{"a slow subscriber holds up no other", testSlowSubscriber},
		{"a subscription whose context has ended fails", testEndedContext},
		{"a closed subscriber hears nothing and refuses", testClosedSubscriber},
		{"a closed publisher has sent everything and refuses", testClosedPublisher},
		{"publishing, subscribing and unsubscribing at once", testConcurrency},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(t, newBus(t)) })
	}
}

func (b Bus) publisher(t *testing.T) Publisher {
	t.Helper()
	p := b.Publisher(t)
	t.Cleanup(func() { _ = p.Close(context.Background()) })
	return p
}

func (b Bus) subscriber(t *testing.T, channels ...bus.Channel) (Subscriber, *Recorder) {
	t.Helper()
	r := NewRecorder()
	return b.subscriberTo(t, r, channels...), r
}

func (b Bus) subscriberTo(t *testing.T, h bus.Handler, channels ...bus.Channel) Subscriber {
	t.Helper()
	s := b.Subscriber(t, h)
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	subscribe(t, s, channels...)
	return s
}

func subscribe(t testing.TB, s Subscriber, channels ...bus.Channel) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(t, s.Subscribe(ctx, channels...))
}

func newChannel() bus.Channel { return bus.UserChannel(chat.NewID[chat.UserID]()) }

func message(c bus.Channel, payload string) bus.Message {
	return bus.Message{Channel: c, Payload: []byte(payload)}
}

// numbers are "0", "1", … of which every concurrent publisher's come in order.
func numbers(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = strconv.Itoa(i)
	}
	return out
}

func testReach(t *testing.T, b Bus) {
	mine, other := newChannel(), newChannel()
	p1, p2 := b.publisher(t), b.publisher(t)
	_, r1 := b.subscriber(t, mine)
	_, r2 := b.subscriber(t, mine, other)

	require.True(t, p1.Publish(message(mine, "a")))
	r1.Await(t, mine, "a")
	require.True(t, p2.Publish(message(mine, "b"), message(other, "c"), message(newChannel(), "nobody's")))

	r1.Await(t, mine, "a", "b")
	r2.Await(t, mine, "a", "b")
	r2.Await(t, other, "c")
	require.Equal(t, 2, r1.Total())
	require.Equal(t, 3, r2.Total())
	require.NoError(t, p1.Healthy())
}

func testOrder(t *testing.T, b Bus) {
	const each, publishers = 500, 4
	c := newChannel()
	_, r1 := b.subscriber(t, c)
	_, r2 := b.subscriber(t, c)
	var wg sync.WaitGroup
	for i := range publishers {
		p := b.publisher(t)
		wg.Go(func() {
			for n := range each {
				p.Publish(message(c, fmt.Sprintf("%d:%d", i, n)))
			}
		})
	}
	wg.Wait()
	Eventually(t, func() bool { return r1.Total() == each*publishers && r2.Total() == each*publishers }, "messages missing")
	require.Equal(t, r1.Heard(c), r2.Heard(c), "all subscribers see one order")

	next := make([]int, publishers)
	for _, payload := range r1.Heard(c) {
		var i, n int
		_, err := fmt.Sscanf(payload, "%d:%d", &i, &n)
		require.NoError(t, err)
		require.Equal(t, next[i], n, "publisher %d out of order", i)
		next[i]++
	}
}

func testConfirmed(t *testing.T, b Bus) {
	p := b.publisher(t)
	s, r := b.subscriber(t)
	for range 50 {
		c := newChannel()
		subscribe(t, s, c)
		p.Publish(message(c, "first"))
		r.Await(t, c, "first")
	}
}

func testReferences(t *testing.T, b Bus) {
	c := newChannel()
	p := b.publisher(t)
	s, r := b.subscriber(t, c, c)
	subscribe(t, s, c)
	s.Unsubscribe(c)
	s.Unsubscribe(c)
	p.Publish(message(c, "still"))
	r.Await(t, c, "still")

	s.Unsubscribe(c)
	Eventually(t, func() bool {
		before := len(r.Heard(c))
		p.Publish(message(c, "gone?"))
		flush(t, p, s, r)
		return len(r.Heard(c)) == before
	}, "the channel never goes")
}

// flush returns once r has heard, through s, all that p has published before. Several channels, because
// an adapter may spread them over connections.
func flush(t *testing.T, p Publisher, s Subscriber, r *Recorder) {
	t.Helper()
	channels := make([]bus.Channel, 16)
	for i := range channels {
		channels[i] = newChannel()
	}
	subscribe(t, s, channels...)
	for _, c := range channels {
		p.Publish(message(c, "end"))
	}
	for _, c := range channels {
		r.Await(t, c, "end")
	}
	s.Unsubscribe(channels...)
}

func testComeBack(t *testing.T, b Bus) {
	c := newChannel()
	p := b.publisher(t)
	s, r := b.subscriber(t, c)
	for i := range 20 {
		s.Unsubscribe(c)
		subscribe(t, s, c)
		p.Publish(message(c, strconv.Itoa(i)))
	}
	r.Await(t, c, numbers(20)...)
}

func testUnknownUnsubscribe(t *testing.T, b Bus) {
	c := newChannel()
	p := b.publisher(t)
	s, r := b.subscriber(t)
	s.Unsubscribe(c)
	subscribe(t, s, c)
	p.Publish(message(c, "a"))
	r.Await(t, c, "a")
}

func testPayloads(t *testing.T, b Bus) {
	c := newChannel()
	p := b.publisher(t)
	_, r := b.subscriber(t, c)
	large := make([]byte, 256<<10)
	for i := range large {
		large[i] = byte(i)
	}
	want := []string{"", "{}", "\x00\r\n\xff$3\r\n", "héllo ✓", string(large)}
	for _, payload := range want {
		p.Publish(message(c, payload))
	}
	r.Await(t, c, want...)
}

func testManyChannels(t *testing.T, b Bus) {
	const all, callers = 10_000, 100
	channels := make([]bus.Channel, all)
	for i := range channels {
		channels[i] = newChannel()
	}
	p := b.publisher(t)
	s, r := b.subscriber(t)
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			for _, c := range channels[i*all/callers : (i+1)*all/callers] {
				subscribe(t, s, c)
			}
		})
	}
	wg.Wait()
	for i, c := range channels {
		require.True(t, p.Publish(message(c, strconv.Itoa(i))))
	}
	Eventually(t, func() bool { return r.Total() >= all }, "messages missing")
	for i, c := range channels {
		require.Equal(t, []string{strconv.Itoa(i)}, r.Heard(c))
	}
	lost, _ := r.Breaks()
	require.Zero(t, lost)
}
