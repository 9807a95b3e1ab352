// Package capacity tells how many nodes of each kind a load takes, from what one thing of each kind was measured to cost, and which
// part is the first to be full as the load grows.
package capacity

import "math"

// Load is what an installation has to carry.
type Load struct {
	Sockets int
	// Messages are persisted ones a second to conversations without a room channel, Recipients how many sockets get one on average.
	Messages, Recipients float64
	// RoomMessages are those to groups with a room channel, RoomRecipients how many sockets get one of these.
	RoomMessages, RoomRecipients float64
	// Churn is how many sockets open a second.
	Churn float64
}

// Costs are of one thing each: processor time in microseconds, memory in bytes. docs/performance.md says where they are from.
type Costs struct {
	Connect, IdleMinute float64
	// Heard is what a gateway needs to hear a published message, Delivery to pass it on to one socket.
	Heard, Delivery float64
	// Send is the API's part of a message. Published is Redis' part of a publish, and RoomCopy what each gateway that hears one adds.
	Send, Published, RoomCopy float64
	SocketBytes               float64
	// SocketsPerGateway is the limit of admission, MongoWrites what one shard is taken to commit a second, which was not measured.
	SocketsPerGateway, MongoWrites float64
	// Cores is how many a node has, Use how much of them may be in use.
	Cores, Use float64
}

// Measured are the costs as they are now, on nodes with two cores that are used to three fifths.
var Measured = Costs{
	Connect: 290, IdleMinute: 75, Heard: 55, Delivery: 11, Send: 190, Published: 45, RoomCopy: 10, SocketBytes: 5700,
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
	gateways := c.gateways(l, usable)
	// A gateway hears of a room if a member has a socket there.
	copies := l.RoomMessages * min(float64(gateways.Nodes()), l.RoomRecipients)
	return []Part{
		gateways,
		{"API nodes", "processor", (l.Messages + l.RoomMessages) * c.Send * micro / usable},
		// One thread does the work of a Redis, whatever the machine has.
		{"Redis shards", "its one thread", ((l.Messages*l.Recipients+l.RoomMessages)*c.Published + copies*c.RoomCopy) * micro / c.Use},
		{"Mongo shards", "writes", (l.Messages + l.RoomMessages) / c.MongoWrites},
	}
}

// gateways are as many as the sockets need, or the work. More of them hear of a room, so the work grows with their number, up to one
// for each recipient.
func (c Costs) gateways(l Load, usable float64) Part {
	p := Part{"gateways", "sockets", float64(l.Sockets) / c.SocketsPerGateway}
	own := l.Churn*c.Connect + float64(l.Sockets)*c.IdleMinute/60 + l.Messages*l.Recipients*(c.Heard+c.Delivery) + l.RoomMessages*l.RoomRecipients*c.Delivery
	for before := 0.0; p.Units > before; {
		before = p.Units
		busy := own + l.RoomMessages*min(float64(p.Nodes()), l.RoomRecipients)*c.Heard
		if cpu := busy * micro / usable; cpu > p.Units {
			p.Limit, p.Units = "processor", cpu
		}
	}
	return p
}

// Bottleneck is the part that is full first when the load grows to l, on so many nodes of each kind, and how far it is filled then: more
// than 1 is more than it takes.
func Bottleneck(parts []Part, nodes map[string]int) (first Part, fill float64) {
	for _, p := range parts {
		if f := p.Units / float64(max(1, nodes[p.Name])); f > fill {
			first, fill = p, f
		}
	}
	return first, fill
}
