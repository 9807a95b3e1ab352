package redisbus

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/bus"
)

// The subscriber closes a line while its writer may be about to take the next channels.
func TestAClosedLineHasNothingToSend(t *testing.T) {
	l := newLine(&Subscriber{metrics: newSubscriberMetrics(prometheus.NewRegistry())}, "notice")
	_, err := l.connected()
	require.NoError(t, err)
	w := newWait(1)
	l.add("a", w)
	l.close()
	require.ErrorIs(t, w.await(t.Context()), bus.ErrClosed)
	require.Empty(t, l.nextSubscribe())
}
