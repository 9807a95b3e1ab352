//go:build !flaws

package client

// disorder is a deliberate bug, with which the checker of `make chaos` is checked, in builds with the tag "flaws" only: a log
// whose entries stand in the order in which they came.
type disorder struct{}

func (*disorder) came(Event)                    {}
func (*disorder) order(entries []Event) []Event { return entries }
