package redistest

import (
	"context"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

const (
	clusterNodes = 3
	slots        = 16384
)

// Cluster is three servers that share the slots of a Redis Cluster, without replicas.
type Cluster struct {
	Nodes []*Server
}

// StartCluster runs a cluster and returns once all of its nodes agree that it is whole.
func StartCluster(t testing.TB) *Cluster {
	t.Helper()
	c := &Cluster{}
	busPorts := make([]string, clusterNodes)
	for i := range clusterNodes {
		// Named, because the default is the port plus 10,000, which may be no port.
		busPorts[i] = freePort(t)
		c.Nodes = append(c.Nodes, launch(t, "--save", "", "--cluster-enabled", "yes", "--cluster-port", busPorts[i]))
	}
	ctx := context.Background()
	for i, n := range c.Nodes {
		n.await(t)
		client := n.direct(t)
		from, to := i*slots/clusterNodes, (i+1)*slots/clusterNodes-1
		require.NoError(t, client.ClusterAddSlotsRange(ctx, from, to).Err())
		require.NoError(t, client.Do(ctx, "cluster", "set-config-epoch", strconv.Itoa(i+1)).Err())
		host, port, err := net.SplitHostPort(c.Nodes[0].Addr)
		require.NoError(t, err)
		require.NoError(t, client.Do(ctx, "cluster", "meet", host, port, busPorts[0]).Err())
	}
	for _, n := range c.Nodes {
		client := n.direct(t)
		require.Eventually(t, func() bool {
			info := client.ClusterInfo(ctx).Val()
			return strings.Contains(info, "cluster_state:ok") && strings.Contains(info, "cluster_known_nodes:"+strconv.Itoa(clusterNodes))
		}, startTimeout, poll, "the cluster never forms")
	}
	return c
}

// direct is a client of this node alone.
func (s *Server) direct(t testing.TB) *redis.Client {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: s.Addr})
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// URL is what redisconn.Open takes.
func (c *Cluster) URL() string {
	addrs := make([]string, 0, len(c.Nodes))
	for _, n := range c.Nodes {
		addrs = append(addrs, n.Addr)
	}
	return "redis+cluster://" + strings.Join(addrs, ",")
}

// Client connects to the cluster; it is closed with the test.
func (c *Cluster) Client(t testing.TB) redis.UniversalClient {
	t.Helper()
	return open(t, c.URL())
}

// MoveSlot gives the slot of key, which must hold no keys, to another node.
func (c *Cluster) MoveSlot(t testing.TB, key string) {
	t.Helper()
	ctx := context.Background()
	clients := make([]*redis.Client, len(c.Nodes))
	ids := make([]string, len(c.Nodes))
	for i, n := range c.Nodes {
		clients[i] = n.direct(t)
		ids[i] = clients[i].ClusterMyID(ctx).Val()
	}
	slot, err := clients[0].ClusterKeySlot(ctx, key).Result()
	require.NoError(t, err)
	owner := int(slot) * clusterNodes / slots
	next := (owner + 1) % clusterNodes
	// The new owner first, so that there is always one; the old one last, which then tells its subscribers.
	for _, i := range []int{next, (owner + 2) % clusterNodes, owner} {
		require.NoError(t, clients[i].Do(ctx, "cluster", "setslot", slot, "node", ids[next]).Err())
	}
}
