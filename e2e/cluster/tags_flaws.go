//go:build flaws

package cluster

// tags: servers have the deliberate bugs that this test process has.
const tags = "flaws"
