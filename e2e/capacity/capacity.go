// Package capacity tells how many nodes of each kind a load takes, from what one thing of each kind was measured to cost, and which
// part is the first to be full as the load grows.
package capacity

import "math"

// Load is what an installation has to carry.
type Load struct {
	Sockets int
	// Messages are persisted ones a second, Recipients how many sockets get one on average.
	Messages, Recipients float64
	// Churn is how many sockets open a second.
	Churn float64
}

// Costs are of one thing each: processor time in microseconds, memory in bytes. docs/performance.md says where they are from.
type Costs struct {
	Connect, IdleMinute, Delivery, Send, Published float64
	SocketBytes                                    float64
	// SocketsPerGateway is the limit of admission, MongoWrites what one shard is taken to commit a second, which was not measured.
	SocketsPerGateway, MongoWrites float64
	// Cores is how many a node has, Use how much of them may be in use.
	Cores, Use float64
}

// Measured are the costs as they are now, on nodes with two cores that are used to three fifths.
var Measured = Costs{
	Connect: 250, IdleMinute: 56, Delivery: 14, Send: 400, Published: 50, SocketBytes: 6300,
	SocketsPerGateway: 15_000, MongoWrites: 5000, Cores: 2, Use: 0.6,
}

// Part is one kind of node.
type Part struct {
	Name string
	// Limit is what is full first, Units how many nodes that fills.
	Limit string
	Units float64
}

// Nodes is how many it takes.
func (p Part) Nodes() int { return max(1, int(math.Ceil(p.Units-1e-9))) }

const micro = 1e-6

// Parts are what the load takes of each kind.
func (c Costs) Parts(l Load) []Part {
	usable := c.Cores * c.Use
	gateways := Part{"gateways", "sockets", float64(l.Sockets) / c.SocketsPerGateway}
	busy := micro * (l.Churn*c.Connect + float64(l.Sockets)*c.IdleMinute/60 + l.Messages*l.Recipients*c.Delivery)
	if cpu := busy / usable; cpu > gateways.Units {
		gateways.Limit, gateways.Units = "processor", cpu
	}
	return []Part{
		gateways,
		{"API nodes", "processor", l.Messages * c.Send * micro / usable},
		// One thread does the work of a Redis, whatever the machine has.
		{"Redis shards", "its one thread", l.Messages * l.Recipients * c.Published * micro / c.Use},
		{"Mongo shards", "writes", l.Messages / c.MongoWrites},
	}
}

// Bottleneck is the part that is full first when the load grows to l, on so many nodes of each kind; false if none is.
func Bottleneck(parts []Part, nodes map[string]int) (Part, bool) {
	var first Part
	worst := 1.0
	for _, p := range parts {
		if fill := p.Units / float64(max(1, nodes[p.Name])); fill > worst {
			first, worst = p, fill
		}
	}
	return first, first.Name != ""
}
