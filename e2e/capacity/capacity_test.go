package capacity_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/e2e/capacity"
)

func TestPartsGrowWithTheLoad(t *testing.T) {
	c := capacity.Costs{
		Connect: 100, IdleMinute: 60, Delivery: 10, Send: 200, Published: 20,
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

	first, full := capacity.Bottleneck(parts, map[string]int{"gateways": 3, "API nodes": 1, "Redis shards": 1, "Mongo shards": 2})
	require.True(t, full)
	require.Equal(t, "API nodes", first.Name)
	_, full = capacity.Bottleneck(parts, map[string]int{"gateways": 3, "API nodes": 2, "Redis shards": 1, "Mongo shards": 2})
	require.False(t, full)

	busy := c.Parts(capacity.Load{Sockets: 1000, Messages: 1000, Recipients: 480})
	require.Equal(t, "processor", busy[0].Limit)
	require.Equal(t, 5, busy[0].Nodes())
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
