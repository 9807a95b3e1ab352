package app

import (
	"context"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-chat/parley/api/config"
	"github.com/parley-chat/parley/pkg/backend"
	"github.com/parley-chat/parley/pkg/lifecycle"
	"github.com/parley-chat/parley/pkg/ops"
)

// Open makes the ports that only API nodes use, media and mail, which cleanup closes. A setting that an adapter refuses
// gives a *config.Error of package pkg/config. Nothing has been connected to by then: what is wrong is all that a node
// says before it ends.
func Open(conf config.Config, log *slog.Logger, reg *prometheus.Registry, cleanup *lifecycle.Stack) (Ports, error) {
	var ports Ports
	if err := openMedia(&conf, cleanup, &ports); err != nil {
		return Ports{}, err
	}
	if err := openMail(&conf, log, reg, cleanup, &ports); err != nil {
		return Ports{}, err
	}
	return ports, nil
}

// Connect adds the ports of a backend.
func (p Ports) Connect(b *backend.Backend) Ports {
	p.Store, p.Publisher, p.Limiter = b.Store, b.Publisher, b.Limiter
	p.Checks = []ops.Check{{Name: "bus", Run: func(context.Context) error { return b.Publisher.Healthy() }}}
	return p
}
