package redistest

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// StartSentinel runs one sentinel that watches master under this name.
func StartSentinel(t testing.TB, master *Server, name string) *Server {
	t.Helper()
	host, port, err := net.SplitHostPort(master.Addr)
	require.NoError(t, err)
	// A sentinel wants a configuration file that it can write.
	config := filepath.Join(t.TempDir(), "sentinel.conf")
	require.NoError(t, os.WriteFile(config, []byte("sentinel monitor "+name+" "+host+" "+port+" 1\n"), 0o600))
	s := launch(t, config, "--sentinel")
	s.await(t)
	return s
}
