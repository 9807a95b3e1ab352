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

// Connect makes a node's ports of a backend and of what only API nodes use, media and mail, which cleanup closes.
// A setting that an adapter refuses gives a *config.Error of package pkg/config.
func Connect(conf config.Config, b *backend.Backend, log *slog.Logger, reg *prometheus.Registry, cleanup *lifecycle.Stack) (Ports, error) {
	ports := Ports{
		Store: b.Store, Publisher: b.Publisher, Limiter: b.Limiter,
		Checks: []ops.Check{{Name: "bus", Run: func(context.Context) error { return b.Publisher.Healthy() }}},
	}
	if err := openMedia(&conf, cleanup, &ports); err != nil {
		return Ports{}, err
	}
	if err := openMail(&conf, log, reg, cleanup, &ports); err != nil {
		return Ports{}, err
	}
	return ports, nil
}
