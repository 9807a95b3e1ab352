//go:build flaws

package client

import "os"

// disorder is a deliberate bug: a log whose entries stand in the order in which they came.
type disorder struct{ arrived []Event }

func (*disorder) on() bool { return os.Getenv("PARLEY_FLAW") == "disorder" }

func (d *disorder) came(e Event) {
	if d.on() {
		d.arrived = append(d.arrived, e)
	}
}

func (d *disorder) order(entries []Event) []Event {
	if d.on() {
		return d.arrived
	}
	return entries
}
