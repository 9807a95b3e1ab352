package chatlog

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	entries    prometheus.Counter
	commits    prometheus.Histogram
	failures   prometheus.Counter
	contention prometheus.Counter
}

func newMetrics(reg prometheus.Registerer) *metrics {
	m := &metrics{
		entries: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "parley_log_entries_total", Help: "Log entries handed to the store, retries included.",
		}),
		commits: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "parley_log_commit_seconds", Help: "Time of one commit of a batch of log entries.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 15),
		}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "parley_log_commit_failures_total", Help: "Commits whose outcome is unknown: the store failed or was too slow.",
		}),
		contention: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "parley_log_contention_total", Help: "Times that a batch lost a seq to another node more than once.",
		}),
	}
	if reg != nil {
		reg.MustRegister(m.entries, m.commits, m.failures, m.contention)
	}
	return m
}

func (m *metrics) observe(entries int, took time.Duration) {
	m.entries.Add(float64(entries))
	m.commits.Observe(took.Seconds())
}
