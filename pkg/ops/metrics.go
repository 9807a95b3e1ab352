package ops

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics adds to the process's own what the server knows: whether it is ready. The checks run for each scrape, so
// Prometheus sees what a load balancer would see at that time.
func (s *Server) metrics() prometheus.Gatherer {
	own := prometheus.NewRegistry()
	own.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "parley_ready", Help: "1 if the process can do its job, as /readyz tells; 0 if not, or if it drains.",
	}, func() float64 {
		if s.draining.Load() {
			return 0
		}
		for _, state := range s.runChecks(context.Background()) {
			if state.Required && !state.OK {
				return 0
			}
		}
		return 1
	}))
	if s.opts.Metrics == nil {
		return own
	}
	return prometheus.Gatherers{s.opts.Metrics, own}
}
