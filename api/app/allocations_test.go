package app_test

import (
	"flag"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestASendAllocatesLittle guards the count over the whole way of a message: HTTP, sign-in, membership, log, answer, log line and
// publishing, 64 people at once. It was 114 to a direct conversation and 107 to a room of 64 when the limit was set; how many are
// handled together, which the machine's load decides, makes some tens of difference.
func TestASendAllocatesLittle(t *testing.T) {
	benchtime := flag.Lookup("test.benchtime")
	require.NoError(t, benchtime.Value.Set("500x"))
	t.Cleanup(func() { require.NoError(t, benchtime.Value.Set(benchtime.DefValue)) })
	for _, to := range []struct {
		name   string
		inRoom bool
	}{{"direct", false}, {"room", true}} {
		t.Run(to.name, func(t *testing.T) {
			sent := testing.Benchmark(func(b *testing.B) { benchSend(b, to.inRoom, false) })
			require.Positive(t, sent.N, "the benchmark failed")
			require.LessOrEqual(t, sent.AllocsPerOp(), int64(170))
		})
	}
}
