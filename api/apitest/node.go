// Package apitest starts whole API nodes for tests, on the embedded adapters, and speaks HTTP to them.
package apitest

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/app"
	"github.com/parley-chat/parley/api/config"
	"github.com/parley-chat/parley/api/mediadisk"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/memorylimit"
	"github.com/parley-chat/parley/pkg/sqlitestore"
	"github.com/parley-chat/parley/pkg/token"
)

// Secret signs the tokens of test nodes.
const Secret = "a secret of at least thirty-two bytes"

const stopTimeout = 10 * time.Second

// Node is a running API node.
type Node struct {
	*app.App
	// URL is where the API is, without a slash at its end.
	URL    string
	Config config.Config
	Ports  app.Ports
	// Bus has what the node published, Mail what it wrote to users.
	Bus  *Recorder
	Mail *Mailbox
}

// Store opens a store of its own for the test.
func Store(t testing.TB) *sqlitestore.Store {
	t.Helper()
	store, err := sqlitestore.Open(t.Context(), filepath.Join(t.TempDir(), "parley.db"))
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
		defer cancel()
		require.NoError(t, store.Close(ctx))
	})
	require.NoError(t, store.Migrate(t.Context()))
	return store
}

// Start starts a node; change, if any, may alter what it is made of, e.g. give it another node's store.
func Start(t testing.TB, change ...func(*app.Options)) *Node {
	t.Helper()
	keys, err := token.ParseKeys("test:" + Secret)
	require.NoError(t, err)
	conf := config.Default()
	conf.JWTKeys, conf.NodeID = keys, "test"
	conf.Addr, conf.OpsAddr, conf.BcryptCost = "127.0.0.1:0", "127.0.0.1:0", 4
	disk, err := mediadisk.New(t.TempDir())
	require.NoError(t, err)
	node := &Node{Bus: &Recorder{}, Mail: &Mailbox{}}
	opts := app.Options{
		Config: conf,
		Ports: app.Ports{
			Publisher: node.Bus, Limiter: memorylimit.New(memorylimit.Options{}), Media: disk, Files: disk, Mailer: node.Mail,
		},
		Log: slog.New(slog.DiscardHandler),
	}
	for _, c := range change {
		c(&opts)
	}
	if opts.Ports.Store == nil {
		opts.Ports.Store = Store(t)
	}
	node.Config, node.Ports = opts.Config, opts.Ports
	node.App, err = app.New(t.Context(), opts)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
		defer cancel()
		require.NoError(t, node.Stop(ctx))
		require.NoError(t, disk.Close())
	})
	require.NoError(t, node.Start(t.Context()))
	node.URL = "http://" + node.Addr()
	return node
}

// With is a change for Start to the settings.
func With(change func(*config.Config)) func(*app.Options) {
	return func(o *app.Options) { change(&o.Config) }
}

// On is a change for Start that puts the node on a store.
func On(store app.Store) func(*app.Options) {
	return func(o *app.Options) { o.Ports.Store = store }
}

// Recorder is a bus that keeps what is published.
type Recorder struct {
	mu       sync.Mutex
	messages []bus.Message // guarded by mu
}

// Publish keeps the messages.
func (r *Recorder) Publish(msgs ...bus.Message) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.messages = append(r.messages, msgs...)
	return true
}

// Messages are all that were published to a channel, in order.
func (r *Recorder) Messages(c bus.Channel) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var payloads []string
	for _, m := range r.messages {
		if m.Channel == c {
			payloads = append(payloads, string(m.Payload))
		}
	}
	return payloads
}
