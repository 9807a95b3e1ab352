package canary_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-chat/parley/gateway/canary"
	"github.com/parley-chat/parley/pkg/bus"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echo is a bus that gives back what is published, unless it swallows it.
type echo struct {
	mu          sync.Mutex
	connections int
	swallows    func(bus.Channel) bool
	delay       time.Duration
	heard       func(bus.Channel, bus.Order)
}

func (e *echo) Subscribe(ctx context.Context, channels ...bus.Channel) error {
	return ctx.Err()
}

func (e *echo) CanaryChannels(string) []bus.Channel {
	e.mu.Lock()
	defer e.mu.Unlock()
	return ears[:e.connections]
}

func (e *echo) connect(n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.connections = n
}

func (e *echo) slow(delay time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.delay = delay
}

func (e *echo) set(swallows func(bus.Channel) bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.swallows = swallows
}

func (e *echo) Publish(msgs ...bus.Message) bool {
	e.mu.Lock()
	swallows, delay := e.swallows, e.delay
	e.mu.Unlock()
	for _, m := range msgs {
		if swallows(m.Channel) {
			continue
		}
		order, err := bus.DecodeOrder(m.Payload)
		if err != nil {
			panic(err)
		}
		if delay == 0 {
			e.heard(m.Channel, order)
			continue
		}
		time.AfterFunc(delay, func() { e.heard(m.Channel, order) })
	}
	return true
}

// ears are the channels of as many connections.
var ears = []bus.Channel{"a", "b", "c"}

func nothing(bus.Channel) bool { return false }

type told struct {
	mu     sync.Mutex
	lost   error
	at     time.Time
	losses int
}

func (w *told) state() (at time.Time, losses int, lost error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at, w.losses, w.lost
}

func start(t *testing.T, e *echo) (*canary.Canary, *told, func()) {
	t.Helper()
	w := &told{}
	e.connections = 2
	c := canary.New(canary.Options{
		Node: "g1", Subscriber: e, Publisher: e, Logger: slog.New(slog.DiscardHandler),
		Metrics: canary.Metrics{
			RoundTrip: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "x"}),
			Channels:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "y"}), Silent: prometheus.NewGauge(prometheus.GaugeOpts{Name: "z"}),
		},
		Lost: func(err error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.lost, w.at = err, time.Now()
			w.losses++
		},
		Restored: func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.lost = nil
		},
	})
	e.heard = c.Heard
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); c.Run(ctx) }()
	return c, w, func() { cancel(); <-done }
}

func TestSilenceIsALossAndAVoiceEndsIt(t *testing.T) {
	cases := map[string]func() func(bus.Channel) bool{
		"everything": func() func(bus.Channel) bool { return func(bus.Channel) bool { return true } },
		"one channel of several": func() func(bus.Channel) bool {
			return func(c bus.Channel) bool { return c == ears[1] }
		},
	}
	for name, swallows := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := &echo{swallows: nothing}
				_, w, stop := start(t, e)
				defer stop()
				// Between two canaries, so that it is known which of them are heard.
				time.Sleep(time.Minute + canary.Interval/2)
				_, losses, _ := w.state()
				require.Zero(t, losses)

				e.set(swallows())
				silent := time.Now()
				time.Sleep(10 * time.Second)
				at, losses, err := w.state()
				require.Equal(t, 1, losses)
				require.Less(t, at.Sub(silent), 3*time.Second)
				var silence *canary.SilenceError
				require.ErrorAs(t, err, &silence)
				require.WithinDuration(t, silent, silence.Since, canary.Interval)
				require.False(t, silence.Since.After(silent), "what was lost came after it")

				e.set(nothing)
				time.Sleep(2 * canary.Interval)
				_, _, err = w.state()
				require.NoError(t, err)
			})
		})
	}
}

func TestAConnectionThatComesLaterIsProvenToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &echo{swallows: func(c bus.Channel) bool { return c == ears[2] }}
		c, w, stop := start(t, e)
		defer stop()
		time.Sleep(time.Minute)
		require.Equal(t, 2, c.State().Channels)
		require.Contains(t, c.State().String(), "on 2 of 2 connections")
		e.connect(3)
		time.Sleep(4 * time.Second)
		_, losses, err := w.state()
		require.Error(t, err)
		require.Equal(t, 1, losses)
		require.Equal(t, 1, c.State().Silent)
	})
}

// TestACanaryThatIsLateIsNoCanary: they all come, but so late that nobody may call it live.
func TestACanaryThatIsLateIsNoCanary(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &echo{swallows: nothing}
		c, w, stop := start(t, e)
		defer stop()
		time.Sleep(time.Minute)
		e.slow(canary.Interval)
		time.Sleep(time.Minute)
		_, losses, _ := w.state()
		require.Zero(t, losses, "slow is not lost")
		require.Equal(t, canary.Interval, c.State().Slowest)
		e.slow(5 * time.Second)
		time.Sleep(time.Minute)
		_, losses, err := w.state()
		require.Error(t, err)
		require.Equal(t, 1, losses)
	})
}

func TestAnothersCanaryIsNotOnesOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &echo{swallows: func(bus.Channel) bool { return true }}
		c, w, stop := start(t, e)
		defer stop()
		time.Sleep(time.Second)
		for range 10 {
			for _, channel := range ears {
				c.Heard(channel, bus.Order{Kind: bus.Canary, Nonce: "of the process before.5"})
			}
			time.Sleep(time.Second)
		}
		_, _, err := w.state()
		require.Error(t, err)
	})
}
