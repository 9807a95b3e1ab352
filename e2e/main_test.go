package e2e_test

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/e2e/cluster"
)

// crowded is a cluster without limits on how fast people write, shared by the tests that only use it, and by those that kill
// something and put it back. Each test has people of its own.
var crowded struct {
	once    sync.Once
	dir     string
	err     error
	cluster *cluster.Cluster
}

// roomThreshold is how many members a group has at most as long as it has no room channel.
const roomThreshold = 3

// unlimited are settings with which people may write as fast as they can.
var unlimited = []string{
	"PARLEY_MESSAGE_RATE=0", "PARLEY_EDIT_RATE=0", "PARLEY_REACTION_RATE=0", "PARLEY_INVITE_RATE=0",
	"PARLEY_ROOM_THRESHOLD=" + strconv.Itoa(roomThreshold),
}

func TestMain(m *testing.M) {
	code := m.Run()
	if crowded.cluster != nil {
		crowded.cluster.Stop()
	}
	if crowded.dir != "" {
		_ = os.RemoveAll(crowded.dir)
	}
	cluster.RemoveBinaries()
	os.Exit(code)
}

// shared is the cluster that tests share.
func shared(t *testing.T) *cluster.Cluster {
	t.Helper()
	crowded.once.Do(func() {
		if crowded.dir, crowded.err = os.MkdirTemp("", "parley-e2e-"); crowded.err == nil { //nolint:usetesting // outlives the test that asks first
			crowded.cluster, crowded.err = cluster.Start(crowded.dir, unlimited...)
		}
	})
	require.NoError(t, crowded.err)
	showLogs(t, crowded.cluster)
	return crowded.cluster
}

// report fails the test and goes on, as goroutines other than the test's own must.
func report(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

// own is a cluster for one test alone.
func own(t *testing.T, settings ...string) *cluster.Cluster {
	t.Helper()
	c, err := cluster.Start(t.TempDir(), settings...)
	require.NoError(t, err)
	t.Cleanup(c.Stop)
	showLogs(t, c)
	return c
}

// showLogs prints the ends of the nodes' logs if the test fails.
func showLogs(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(strings.TrimSpace(c.Logs(15)))
		}
	})
}
