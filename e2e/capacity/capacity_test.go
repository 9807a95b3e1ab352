package capacity_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/e2e/capacity"
)

func TestPartsGrowWithTheLoad(t *testing.T) {
	c := capacity.Costs{
		Connect: 100, IdleMinute: 60, Heard: 5, Delivery: 5, RoomCopy: 5, Send: 200, Published: 20,
		SocketsPerGateway: 10_000, MongoWrites: 5000, Cores: 2, Use: 0.5,
	}
	parts := c.Parts(capacity.Load{Sockets: 25_000, Messages: 10_000, Recipients: 2, Churn: 100})
	byName := map[string]capacity.Part{}
	for _, p := range parts {
		byName[p.Name] = p
	}
	require.Equal(t, 3, byName["gateways"].Nodes())
	require.Equal(t, "sockets", byName["gateways"].Limit)
	require.Equal(t, 2, byName["API nodes"].Nodes())
	require.Equal(t, 1, byName["Redis shards"].Nodes())
	require.Equal(t, 2, byName["Mongo shards"].Nodes())

	first, fill := capacity.Bottleneck(parts, map[string]int{"gateways": 3, "API nodes": 1, "Redis shards": 1, "Mongo shards": 2})
	require.Equal(t, "API nodes", first.Name)
	require.InDelta(t, 2, fill, 1e-9)
	first, fill = capacity.Bottleneck(parts, map[string]int{"gateways": 3, "API nodes": 3, "Redis shards": 1, "Mongo shards": 3})
	require.Equal(t, "gateways", first.Name)
	require.InDelta(t, 2.5/3, fill, 1e-9)

	busy := c.Parts(capacity.Load{Sockets: 1000, Messages: 1000, Recipients: 480})
	require.Equal(t, "processor", busy[0].Limit)
	require.Equal(t, 5, busy[0].Nodes())
}

func TestEveryGatewayHearsOfALargeRoom(t *testing.T) {
	c := capacity.Costs{Heard: 100, Delivery: 10, Send: 100, Published: 20, RoomCopy: 10, SocketsPerGateway: 10_000, MongoWrites: 5000, Cores: 2, Use: 0.5}
	parts := c.Parts(capacity.Load{Sockets: 40_000, RoomMessages: 1000, RoomRecipients: 500})
	require.Equal(t, "processor", parts[0].Limit)
	require.Equal(t, 6, parts[0].Nodes(), "five cores for what is delivered, and a tenth of one for each of six that hear it")
	require.InDelta(t, 0.1, parts[1].Units, 1e-9)
	require.InDelta(t, (20_000+6*10_000)*1e-6/0.5, parts[2].Units, 1e-9)

	small := c.Parts(capacity.Load{Sockets: 40_000, RoomMessages: 1000, RoomRecipients: 2})
	require.Equal(t, "sockets", small[0].Limit)
	require.InDelta(t, (20_000+2*10_000)*1e-6/0.5, small[2].Units, 1e-9, "two sockets are on two gateways at most")
}

func TestAStormPassesAtTheRateOfAdmission(t *testing.T) {
	calm := capacity.Storm{Sockets: 20_000, Gateways: 4, Rate: 500}.Run()
	require.Less(t, calm.Half, calm.All)
	// 4,000 at once, and 2,000 a second then.
	require.Greater(t, calm.All, 8*time.Second)
	require.Less(t, calm.All, time.Minute)

	small := capacity.Storm{Sockets: 100, Gateways: 2, Rate: 500}.Run()
	require.Zero(t, small.Refused)
	require.LessOrEqual(t, small.All, time.Second)
}
