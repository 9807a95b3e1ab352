package metric_test

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/metric"
)

func counter(help string) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Name: "things_total", Help: help})
}

func TestSharedCountsTogether(t *testing.T) {
	reg := prometheus.NewRegistry()
	a, b := metric.Shared(reg, counter("Things.")), metric.Shared(reg, counter("Things."))
	a.Inc()
	b.Inc()
	require.InDelta(t, 2, testutil.ToFloat64(a), 0)
}

func TestSharedWithoutRegistry(t *testing.T) {
	c := metric.Shared(nil, counter("Things."))
	c.Inc()
	require.InDelta(t, 1, testutil.ToFloat64(c), 0)
}

func TestSharedRefusesAnotherMeaning(t *testing.T) {
	reg := prometheus.NewRegistry()
	metric.Shared(reg, counter("Things."))
	require.Panics(t, func() { metric.Shared(reg, counter("Something else.")) })
}
