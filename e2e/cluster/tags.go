//go:build !flaws

package cluster

// tags are what servers are built with.
const tags = ""
