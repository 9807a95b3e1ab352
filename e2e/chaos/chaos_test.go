package chaos_test

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/e2e/chaos"
	"github.com/parley-chat/parley/e2e/cluster"
)

func TestMain(m *testing.M) {
	code := m.Run()
	cluster.RemoveBinaries()
	os.Exit(code)
}

// TestNothingIsLostWhateverDies is a short run of `make chaos`, with a fault of each kind and some more.
func TestNothingIsLostWhateverDies(t *testing.T) {
	result, err := chaos.Run(t.Context(), chaos.Options{
		Duration: 100 * time.Second, Seed: 1, Faults: 12, Users: 40, Rate: 80, Progress: t.Output(),
	})
	require.NoError(t, err)
	require.NoError(t, result.Write(t.Output()))
	require.Zero(t, result.Violations())
	require.Equal(t, 12, result.Faults())
	require.Equal(t, result.Sent, result.Acknowledged, "what failed at first went out in the end")
	require.Greater(t, result.Sent, 7000)
}
