package app

import (
	"context"
	"net/http"

	"github.com/parley-chat/parley/api/httpapi"
	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/chatlog"
	"github.com/parley-chat/parley/pkg/ops"
)

// Store is all that an API node needs of a store; package store has the contract.
type Store interface {
	chatlog.Store
	service.AccountStore
	service.UserStore
	service.BlockStore
	service.SessionStore
	service.LinkStore
	service.ConversationStore
	service.GroupStore
	service.InviteStore
	service.SearchStore
	service.UploadStore
	Sweepable

	// Migrate makes what is missing of tables and indexes.
	Migrate(ctx context.Context) error
	// Ping tells whether the database answers and takes writes.
	Ping(ctx context.Context) error
}

// Sweepable is what the sweeps need of a store.
type Sweepable interface {
	Heal(ctx context.Context, since chat.Time) (healed int, err error)
	LastEntryAt(ctx context.Context) (chat.Time, error)
	Reindex(ctx context.Context, limit int) (int, error)
	DeleteSessions(ctx context.Context, before chat.Time) (deleted int64, err error)
	DeleteExpiredLinks(ctx context.Context, before chat.Time) (deleted int64, err error)
	DeleteInvites(ctx context.Context, before chat.Time) (deleted int64, err error)
}

// Publisher sends to the bus; redisbus.Publisher and memorybus.Bus do.
type Publisher interface {
	// Publish never blocks; it is false if something was not taken.
	Publish(msgs ...bus.Message) bool
}

// Ports are what a node works on. All but Files and Checks are needed; their owner closes them after the node has stopped.
type Ports struct {
	Store     Store
	Publisher Publisher
	Limiter   service.Limiter
	Media     service.Media
	// Files are Media's, where the node serves them itself; else nil.
	Files  httpapi.Files
	Mailer service.Mailer
	// KeptMail are the mails that were not sent, where no mail server is set; else nil. The node does not serve it.
	KeptMail http.Handler
	// Checks are shown by /readyz beside that of the store.
	Checks []ops.Check
}

// quiet is a publisher for services, which don't ask: what the bus loses it counts, and the log has it.
type quiet struct{ Publisher }

func (q quiet) Publish(msgs ...bus.Message) { q.Publisher.Publish(msgs...) }
