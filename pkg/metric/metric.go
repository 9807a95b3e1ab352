// Package metric makes the registry of a process, and registers collectors for components of which one process may
// have several.
package metric

import (
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// NewRegistry has what Go and the process tell about themselves, and room for the rest.
func NewRegistry() *prometheus.Registry {
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return reg
}

// Shared registers c with reg and returns it, or returns the equal collector that is there already, so
// that two components of one process count together. A nil reg leaves c unregistered. It panics if reg
// refuses c for another reason: two collectors of one name and different labels are a programming error.
func Shared[C prometheus.Collector](reg prometheus.Registerer, c C) C {
	if reg == nil {
		return c
	}
	err := reg.Register(c)
	if err == nil {
		return c
	}
	var already prometheus.AlreadyRegisteredError
	if errors.As(err, &already) {
		if existing, ok := already.ExistingCollector.(C); ok {
			return existing
		}
	}
	panic(fmt.Errorf("register metric: %w", err))
}
