// Package ferret starts FerretDB, which speaks MongoDB's wire protocol on SQLite, inside a test:
// the nearest thing to a MongoDB server that needs no installation.
package ferret

import (
	"context"
	"log/slog"
	"testing"

	"github.com/FerretDB/FerretDB/ferretdb"
	"github.com/stretchr/testify/require"
)

// Why each is too much for FerretDB 1.24; reasons for skipping a test.
const (
	// LosesUpdates is measured: an update reads the document, changes it and writes it back, with
	// no check in between.
	LosesUpdates = "FerretDB 1.24 lets concurrent updates of a document undo each other; MongoDB does not"
)

// Start runs a server with data of its own until the test ends, and returns its URI. It is slow: share
// one among tests, each with a database of its own.
func Start(t testing.TB) (uri string) {
	t.Helper()
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: "127.0.0.1:0"},
		Logger:    slog.New(slog.DiscardHandler),
		Handler:   "sqlite",
		SQLiteURL: "file:" + t.TempDir() + "/?_pragma=synchronous(off)", // nothing has to outlive the test
	})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		if err := server.Run(ctx); err != nil {
			t.Errorf("FerretDB: %v", err)
		}
	}()
	t.Cleanup(func() {
		stop()
		<-stopped
	})
	return server.MongoDBURI()
}
