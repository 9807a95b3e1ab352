//go:build !linux

package poll

import "syscall"

// Poller does not exist on this system.
type Poller struct{}

// Ticket is a connection's place with a poller.
type Ticket struct{}

// New fails with ErrUnsupported.
func New() (*Poller, error) { return nil, ErrUnsupported }

// Add fails with ErrUnsupported.
func (*Poller) Add(syscall.RawConn, Target) (Ticket, error) { return Ticket{}, ErrUnsupported }

// Arm fails with ErrUnsupported.
func (*Poller) Arm(syscall.RawConn, Ticket) error { return ErrUnsupported }

// Remove does nothing.
func (*Poller) Remove(Ticket) {}

// Close does nothing.
func (*Poller) Close() error { return nil }
