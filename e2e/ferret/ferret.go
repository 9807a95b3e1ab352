// Package ferret starts FerretDB, which speaks MongoDB's wire protocol on SQLite, inside a test:
// the nearest thing to a MongoDB server that needs no installation.
package ferret

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
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
	ctx, stop := context.WithCancel(context.Background())
	uri, stopped, err := Serve(ctx, t.TempDir(), "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() {
		stop()
		<-stopped
	})
	return uri
}

// Serve runs a server at an address, with its data under dir, until the context ends; stopped is closed when it has gone.
func Serve(ctx context.Context, dir, address string) (uri string, stopped <-chan struct{}, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", nil, fmt.Errorf("FerretDB: %w", err)
	}
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: address},
		Logger:    slog.New(slog.DiscardHandler),
		Handler:   "sqlite",
		SQLiteURL: "file:" + dir + "/?_pragma=synchronous(off)", // nothing has to outlive the test
	})
	if err != nil {
		return "", nil, fmt.Errorf("FerretDB: %w", err)
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_ = server.Run(ctx) // whoever needs it finds out
	}()
	return server.MongoDBURI(), gone, nil
}

// Process is Serve as all that a process does, until in ends, as it does with whoever has started it. It writes a line with
// the URI to out.
func Process(in io.Reader, out io.Writer, dir, address string) error {
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		defer stop()
		_, _ = io.Copy(io.Discard, in)
	}()
	defer stop()
	uri, stopped, err := Serve(ctx, dir, address)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(out, uri); err != nil {
		return fmt.Errorf("FerretDB: %w", err)
	}
	<-stopped
	return nil
}
