package chaos_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/e2e/chaos"
	"github.com/parley-chat/parley/e2e/cluster"
	"github.com/parley-chat/parley/e2e/ferret"
)

func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "serve-ferretdb" { // a test's database
		if err := ferret.Process(os.Stdin, os.Stdout, os.Args[2], os.Args[3]); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		return
	}
	code := m.Run()
	cluster.RemoveBinaries()
	os.Exit(code)
}

// TestNothingIsLostWhateverDies is a run of `make chaos` of three minutes, with faults of each kind.
func TestNothingIsLostWhateverDies(t *testing.T) {
	result, err := chaos.Run(t.Context(), chaos.Options{
		Duration: 3 * time.Minute, Seed: 1, Faults: 24, Users: 40, Rate: 80, Progress: t.Output(),
	})
	require.NoError(t, err)
	require.NoError(t, result.Write(t.Output()))
	require.Zero(t, result.Violations())
	require.Equal(t, 24, result.Faults())
	require.Equal(t, result.Sent, result.Acknowledged, "what failed at first went out in the end")
	require.Greater(t, result.Sent, 14000)
}
