package chaos

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The database of a run's own has the faults that it says, and is there again after each.
func TestADatabaseOfOnesOwnDiesAndHangs(t *testing.T) {
	r := &run{Options: Options{Server: []string{os.Args[0], "serve-ferretdb"}}}
	require.NoError(t, r.ownServer(t.TempDir()))
	t.Cleanup(func() { r.server.kill() })
	require.Equal(t, "mongodb://"+r.server.address+"/parley", r.Database)
	listens := func() bool {
		conn, err := net.Dial("tcp", r.server.address)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	}
	stopped := func() bool {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", r.server.running.Process.Pid))
		require.NoError(t, err)
		return strings.Contains(string(stat), ") T ")
	}
	broken := map[string]func() bool{"database: dies": func() bool { return !listens() }, "database: hangs": stopped}
	all := r.server.faults()
	require.Len(t, all, len(broken))
	for _, f := range all {
		require.NoError(t, f.Begin())
		require.Eventually(t, broken[f.String()], serverReady, 10*time.Millisecond, f)
		require.NoError(t, f.End())
		require.Eventually(t, func() bool { return listens() && !stopped() }, serverReady, 10*time.Millisecond, f)
	}
}
