package redistest

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// StartReplica runs a server that copies master, and returns once it does.
func StartReplica(t testing.TB, master *Server) *Server {
	t.Helper()
	host, port, err := net.SplitHostPort(master.Addr)
	require.NoError(t, err)
	s := Start(t, "--replicaof", host, port)
	client := s.Client(t)
	require.Eventually(t, func() bool {
		return strings.Contains(client.Info(context.Background(), "replication").Val(), "master_link_status:up")
	}, startTimeout, poll, "the replica never copies")
	return s
}

// StartSentinel runs one sentinel that watches master under this name.
func StartSentinel(t testing.TB, master *Server, name string) *Server {
	t.Helper()
	host, port, err := net.SplitHostPort(master.Addr)
	require.NoError(t, err)
	// A sentinel wants a configuration file that it can write.
	config := filepath.Join(t.TempDir(), "sentinel.conf")
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil,
		"sentinel monitor %[1]s %[2]s %[3]s 1\nsentinel down-after-milliseconds %[1]s 500\nsentinel failover-timeout %[1]s 3000\n", name, host, port), 0o600))
	s := launch(t, config, "--sentinel")
	s.await(t)
	return s
}
