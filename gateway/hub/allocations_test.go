package hub_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/bus"
)

// TestDeliveringAllocatesNothingPerSocket guards the count: one frame, however many sockets the channel has.
func TestDeliveringAllocatesNothingPerSocket(t *testing.T) {
	h, _, newSocket := newHub(t)
	for range 500 {
		require.NoError(t, h.Subscribe(t.Context(), newSocket(), "room"))
	}
	payload := make([]byte, 128)
	got := testing.AllocsPerRun(200, func() { h.Deliver("room", payload) })
	require.LessOrEqual(t, got, 4.0, "to 500 sockets")
	got = testing.AllocsPerRun(200, func() { h.Deliver("nobody", payload) })
	require.LessOrEqual(t, got, 1.0, "to nobody")
}

func BenchmarkLookUp(b *testing.B) {
	h, _, newSocket := newHub(b)
	channels := []bus.Channel{"a", "b", "c", "d"}
	if err := h.Subscribe(b.Context(), newSocket(), channels...); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		h.Has(channels[i%len(channels)])
	}
}
