package memorybus_test

import (
	"io"
	"strings"
)

func expected() io.Reader {
	return strings.NewReader(`
# HELP parley_bus_channels Channels that this process subscribes to.
# TYPE parley_bus_channels gauge
parley_bus_channels 0
# HELP parley_bus_dropped_total Messages that were dropped, by reason.
# TYPE parley_bus_dropped_total counter
parley_bus_dropped_total{reason="slow_subscriber"} 6
# HELP parley_bus_lost_total Times that a subscriber could no longer be sure that it hears everything.
# TYPE parley_bus_lost_total counter
parley_bus_lost_total 1
# HELP parley_bus_published_total Messages that the bus took over from this process.
# TYPE parley_bus_published_total counter
parley_bus_published_total 11
# HELP parley_bus_received_total Messages that this process heard on its channels.
# TYPE parley_bus_received_total counter
parley_bus_received_total 5
`)
}
