package backend

import (
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/memorybus"
	"github.com/parley-chat/parley/pkg/memorylimit"
	"github.com/parley-chat/parley/pkg/memorypresence"
)

// openMemory keeps bus, presence and limits in this process.
func (b *Backend) openMemory(o Options) {
	shared := memorybus.New(memorybus.Options{Registerer: o.Registry})
	b.cleanup.Add("bus", shared.Close)
	b.Publisher = shared
	b.Subscribe = func(h bus.Handler) Subscriber { return shared.Subscriber(h) }
	b.Presence = memorypresence.New(memorypresence.Options{})
	b.Limiter = memorylimit.New(memorylimit.Options{})
}
