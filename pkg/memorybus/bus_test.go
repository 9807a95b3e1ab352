package memorybus_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/bustest"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/memorybus"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestContract(t *testing.T) {
	bustest.Run(t, func(*testing.T) bustest.Bus {
		b := memorybus.New(memorybus.Options{})
		return bustest.Bus{
			Publisher:  func(testing.TB) bustest.Publisher { return b },
			Subscriber: func(_ testing.TB, h bus.Handler) bustest.Subscriber { return b.Subscriber(h) },
		}
	})
}

// stuck is a recorder that takes its first message and waits.
type stuck struct {
	*bustest.Recorder
	entered, gate chan struct{}
}

func (s *stuck) Deliver(c bus.Channel, payload []byte) {
	if s.Total() == 0 {
		close(s.entered)
		<-s.gate
	}
	s.Recorder.Deliver(c, payload)
}

func TestOverflowIsToldNotSilent(t *testing.T) {
	tests := map[string]memorybus.Options{
		"messages": {QueueMessages: 3},
		"bytes":    {QueueBytes: 3},
	}
	for name, opts := range tests {
		t.Run(name, func(t *testing.T) {
			reg := prometheus.NewRegistry()
			opts.Registerer = reg
			b := memorybus.New(opts)
			c := bus.UserChannel(chat.NewID[chat.UserID]())
			h := &stuck{Recorder: bustest.NewRecorder(), entered: make(chan struct{}), gate: make(chan struct{})}
			s := b.Subscriber(h)
			require.NoError(t, s.Subscribe(context.Background(), c))

			b.Publish(bus.Message{Channel: c, Payload: []byte("0")})
			<-h.entered
			for i := 1; i <= 9; i++ {
				require.True(t, b.Publish(bus.Message{Channel: c, Payload: []byte(strconv.Itoa(i))}))
			}
			close(h.gate)
			bustest.Eventually(t, func() bool { _, restored := h.Breaks(); return restored == 1 }, "not restored")

			b.Publish(bus.Message{Channel: c, Payload: []byte("!")})
			h.Await(t, c, "0", "1", "2", "3", "!")
			require.ErrorIs(t, h.Reasons()[0], bus.ErrOverflow)
			require.NoError(t, s.Close(context.Background()))
			require.NoError(t, testutil.GatherAndCompare(reg, expected(), "parley_bus_dropped_total", "parley_bus_lost_total",
				"parley_bus_published_total", "parley_bus_received_total", "parley_bus_channels"))
		})
	}
}

func BenchmarkPublish(b *testing.B) {
	mb := memorybus.New(memorybus.Options{})
	c := bus.UserChannel(chat.NewID[chat.UserID]())
	s := mb.Subscriber(discard{})
	require.NoError(b, s.Subscribe(context.Background(), c))
	payload := make([]byte, 128)
	b.ReportAllocs()
	for b.Loop() {
		mb.Publish(bus.Message{Channel: c, Payload: payload})
	}
	b.StopTimer()
	require.NoError(b, s.Close(context.Background()))
}

type discard struct{}

func (discard) Deliver(bus.Channel, []byte) {}
func (discard) Lost(error)                  {}
func (discard) Restored()                   {}
