// Package metrics names what a gateway counts. Two gateways of one process that share a registry count together.
package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-chat/parley/pkg/metric"
)

// Set is all that a gateway counts. No label carries an id.
type Set struct {
	Sockets           prometheus.Gauge
	Connects          *prometheus.CounterVec // result
	Disconnects       *prometheus.CounterVec // reason
	Handshake         prometheus.Histogram
	Deliveries        prometheus.Counter
	DeliveryBytes     prometheus.Counter
	Writes            prometheus.Counter
	WrittenBytes      prometheus.Counter
	QueueDrops        prometheus.Counter
	FramesIn          *prometheus.CounterVec // type
	Resyncs           prometheus.Counter
	BusLost           prometheus.Gauge
	BusLosses         prometheus.Counter
	Orders            *prometheus.CounterVec // kind
	PresenceUsers     prometheus.Gauge
	RevokedBySweeping prometheus.Counter
	Rooms             prometheus.Gauge
	LateSeats         prometheus.Counter
	TailEntries       prometheus.Counter
	PatrolFound       prometheus.Counter
	TailRounds        *prometheus.CounterVec // result
	Canary            prometheus.Histogram
	CanaryChannels    prometheus.Gauge
	CanarySilent      prometheus.Gauge
}

// New registers a set with reg, or takes over the one that is there. A nil reg counts unseen.
func New(reg prometheus.Registerer) *Set {
	counter := func(name, help string) prometheus.Counter {
		return metric.Shared(reg, prometheus.NewCounter(prometheus.CounterOpts{Namespace: "parley", Subsystem: "gateway", Name: name, Help: help}))
	}
	counters := func(name, help, label string) *prometheus.CounterVec {
		return metric.Shared(reg, prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "parley", Subsystem: "gateway", Name: name, Help: help}, []string{label}))
	}
	gauge := func(name, help string) prometheus.Gauge {
		return metric.Shared(reg, prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "parley", Subsystem: "gateway", Name: name, Help: help}))
	}
	return &Set{
		Sockets:     gauge("sockets", "Open sockets."),
		Connects:    counters("connects_total", "Requests for a socket, by what became of them.", "result"),
		Disconnects: counters("disconnects_total", "Sockets that ended, by reason.", "reason"),
		Handshake: metric.Shared(reg, prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "parley", Subsystem: "gateway", Name: "handshake_seconds",
			Help:    "Time from a request for a socket to its hello.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
		})),
		Deliveries:    counter("deliveries_total", "Frames queued for sockets because of a message on the bus, one for each socket."),
		DeliveryBytes: counter("delivery_bytes_total", "Bytes of these frames."),
		Writes:        counter("writes_total", "System calls that sent frames; several frames may go out in one."),
		WrittenBytes:  counter("written_bytes_total", "Bytes sent to sockets."),
		QueueDrops:    counter("queue_drops_total", "Sockets whose queue was dropped because they were too far behind."),
		FramesIn:      counters("frames_in_total", "Frames of clients, by type.", "type"),
		Resyncs:       counter("resyncs_total", "Times that a client was asked to sync because the node could not vouch for the bus."),
		BusLost:       gauge("bus_lost", "1 while the node can't be sure that it hears everything."),
		BusLosses:     counter("bus_losses_total", "Times that the bus was lost."),
		Orders:        counters("orders_total", "Orders heard on the bus, by kind.", "kind"),
		PresenceUsers: gauge("presence_users", "Users with a socket on this node, or who had one a moment ago."),
		Rooms:         gauge("rooms", "Room channels of large groups that sockets here are on."),
		LateSeats:     counter("late_seats_total", "Times that a socket got onto a room channel late, and was asked to sync."),
		TailEntries:   counter("tail_entries_total", "Log entries that were read from the database because the bus was lost."),
		PatrolFound:   counter("patrol_found_total", "Log entries that were committed and not published, found in the database while the bus was well."),
		TailRounds:    counters("tail_rounds_total", "Times that new log entries were looked for in the database, by what became of it.", "result"),
		Canary: metric.Shared(reg, prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "parley", Subsystem: "gateway", Name: "canary_seconds",
			Help:    "Time of a message from this node through the bus to itself.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1},
		})),
		CanaryChannels:    gauge("canary_channels", "Connections of the bus that the node proves by messages to itself."),
		CanarySilent:      gauge("canary_silent", "Those of these connections that nothing comes through."),
		RevokedBySweeping: counter("revoked_by_sweep_total", "Sockets closed because the database, not the bus, said that their session was revoked."),
	}
}
