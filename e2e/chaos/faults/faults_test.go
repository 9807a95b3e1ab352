package faults_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/e2e/chaos/faults"
	"github.com/parley-chat/parley/e2e/clock"
	"github.com/parley-chat/parley/pkg/faultwire"
)

func catalogue() []faults.Fault {
	return faults.Catalogue(faults.Target{Wires: map[string]*faultwire.Wire{"api-1 to redis": nil, "gateway-1 to redis": nil, "west to nginx": nil}, Clocks: map[string]*clock.Hand{"api-2": nil}})
}

func names(plan []faults.Fault) []string {
	var all []string
	for _, f := range plan {
		all = append(all, f.String())
	}
	return all
}

func TestASeedRepeatsItsPlan(t *testing.T) {
	first := names(faults.Plan(catalogue(), 7, 50))
	require.Equal(t, first, names(faults.Plan(catalogue(), 7, 50)))
	require.NotEqual(t, first, names(faults.Plan(catalogue(), 8, 50)))
}

func TestAPlanHasEveryKindAndInTheEndEverything(t *testing.T) {
	kinds := map[string]bool{}
	for _, f := range faults.Plan(catalogue(), 1, 9) {
		kinds[f.Kind] = true
	}
	require.Len(t, kinds, 9)
	seen := map[string]bool{}
	for _, f := range faults.Plan(catalogue(), 1, 9*21) {
		seen[f.String()] = true
	}
	require.Len(t, seen, len(catalogue()))
	require.Contains(t, seen, "kill two: redis and nginx")
	require.Contains(t, seen, "cut: all to redis, silent")
}
