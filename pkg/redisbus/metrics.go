package redisbus

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-chat/parley/pkg/metric"
)

// The reasons of parley_bus_dropped_total.
const (
	dropFull   = "queue_full"
	dropFailed = "redis_error"
	dropClosed = "closed"
)

type publisherMetrics struct {
	published prometheus.Counter
	dropped   *prometheus.CounterVec
}

func newPublisherMetrics(reg prometheus.Registerer) publisherMetrics {
	m := publisherMetrics{
		published: metric.Shared(reg, prometheus.NewCounter(prometheus.CounterOpts{
			Name: "parley_bus_published_total", Help: "Messages that the bus took over from this process.",
		})),
		dropped: metric.Shared(reg, prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "parley_bus_dropped_total", Help: "Messages that were dropped, by reason.",
		}, []string{"reason"})),
	}
	for _, reason := range []string{dropFull, dropFailed, dropClosed} {
		m.dropped.WithLabelValues(reason)
	}
	return m
}

type subscriberMetrics struct {
	received, lost prometheus.Counter
	channels       prometheus.Gauge
}

func newSubscriberMetrics(reg prometheus.Registerer) subscriberMetrics {
	return subscriberMetrics{
		received: metric.Shared(reg, prometheus.NewCounter(prometheus.CounterOpts{
			Name: "parley_bus_received_total", Help: "Messages that this process heard on its channels.",
		})),
		lost: metric.Shared(reg, prometheus.NewCounter(prometheus.CounterOpts{
			Name: "parley_bus_lost_total", Help: "Times that a subscriber could no longer be sure that it hears everything.",
		})),
		channels: metric.Shared(reg, prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "parley_bus_channels", Help: "Channels that this process subscribes to.",
		})),
	}
}
