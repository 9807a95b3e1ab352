package sqlitestore_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/storetest"
)

// BenchmarkSearch searches a corpus of 20,000 messages, or of as many as PARLEY_BENCH_MESSAGES says. It is made once and kept in
// the directory for temporary files: a million takes some minutes and 2 GB.
func BenchmarkSearch(b *testing.B) {
	messages := 20_000
	if set := os.Getenv("PARLEY_BENCH_MESSAGES"); set != "" {
		var err error
		messages, err = strconv.Atoi(set)
		require.NoError(b, err)
	}
	corpus := storetest.NewCorpus(messages)
	path := filepath.Join(os.TempDir(), fmt.Sprintf("parley-bench-search-v1-%d", messages), "parley.db")
	if _, err := os.Stat(path); err != nil {
		making := path + ".making"
		require.NoError(b, os.RemoveAll(making))
		s := open(b, making)
		require.NoError(b, corpus.Fill(context.Background(), s))
		require.NoError(b, s.Close(context.Background())) // folds the WAL in
		require.NoError(b, os.Rename(making, path))
	}
	s := open(b, path)
	b.ResetTimer()
	corpus.Bench(b, s)
}
