package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/e2e/ferret"
	"github.com/parley-chat/parley/pkg/mongotest"
	"github.com/parley-chat/parley/pkg/storetest"
)

// BenchmarkMongoSearch searches a small corpus through FerretDB, whose planner knows little of indexes of several fields: the figures
// tell that the queries work and stay bounded, and nothing of what MongoDB takes.
func BenchmarkMongoSearch(b *testing.B) {
	const messages = 2_000
	s := mongotest.Open(b, ferret.Start(b), mongotest.NewDatabase())
	require.NoError(b, s.Migrate(b.Context()))
	corpus := storetest.NewCorpus(messages)
	require.NoError(b, corpus.Fill(b.Context(), s))
	b.ResetTimer()
	corpus.Bench(b, s)
}
