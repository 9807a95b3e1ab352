package httpapi

import (
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-chat/parley/pkg/metric"
	"github.com/parley-chat/parley/pkg/peer"
)

// observer counts, times and logs requests.
type observer struct {
	log      *slog.Logger
	peers    *peer.Rules
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	inFlight prometheus.Gauge
	// known are the paths that may be a label: what clients make up may not.
	known map[string]bool
}

func newObserver(opts Options) *observer {
	o := &observer{log: opts.Log, peers: opts.Peers, known: map[string]bool{}}
	for _, m := range opts.Modules {
		for _, r := range m.Routes() {
			o.known[r.Path] = true
		}
	}
	o.requests = metric.Shared(opts.Registry, prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "parley_http_requests_total", Help: "Requests answered, by method, route and status.",
	}, []string{"method", "route", "status"}))
	o.duration = metric.Shared(opts.Registry, prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "parley_http_request_duration_seconds", Help: "From a request's headers to the end of its answer, by route.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
	}, []string{"method", "route"}))
	o.inFlight = metric.Shared(opts.Registry, prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "parley_http_requests_in_flight", Help: "Requests under way.",
	}))
	return o
}

func (o *observer) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		o.inFlight.Inc()
		defer o.inFlight.Dec()
		if err := next(c); err != nil {
			c.Error(err)
		}
		o.record(c, time.Since(start))
		return nil
	}
}

func (o *observer) record(c echo.Context, took time.Duration) {
	req, res := c.Request(), c.Response()
	method, route := methodLabel(req.Method), c.Path()
	if !o.known[route] {
		route = "none"
	}
	o.requests.WithLabelValues(method, route, strconv.Itoa(res.Status)).Inc()
	o.duration.WithLabelValues(method, route).Observe(took.Seconds())
	o.log.LogAttrs(req.Context(), slog.LevelInfo, "request", slog.String("method", method), slog.String("path", loggedPath(c)),
		slog.String("route", route), slog.Int("status", res.Status), slog.Int64("bytes", res.Size), slog.Int64("ms", took.Milliseconds()),
		slog.String("address", o.peers.Address(req).String()))
}

// loggedPath is without the query, which may hold what somebody searched for, and without the codes of invites, which let in whoever
// reads them.
func loggedPath(c echo.Context) string {
	if code := c.Param("code"); code != "" {
		return strings.Replace(c.Path(), ":code", "…", 1)
	}
	return c.Request().URL.Path
}

func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	default:
		return "OTHER"
	}
}
