//go:build !flaws

package chaos_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/e2e/cluster"
	"github.com/parley-chat/parley/pkg/flaw"
)

// TestServersCarryNoFlaw: deliberate bugs are in no build but the one that asks for them.
func TestServersCarryNoFlaw(t *testing.T) {
	for _, name := range []string{"parley", "parley-api", "parley-gateway"} {
		path, err := cluster.Binary(name)
		require.NoError(t, err)
		binary, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NotEmpty(t, binary)
		for _, word := range []string{flaw.Setting, string(flaw.LostPublish), string(flaw.EarlyAcknowledgement)} {
			require.False(t, bytes.Contains(binary, []byte(word)), "%s has %q", name, word)
		}
	}
}
