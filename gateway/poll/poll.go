// Package poll parks idle connections: one goroutine waits for all of them, so that a connection with nothing to
// read costs no goroutine and no read buffer. It works beside Go's own poller, which keeps serving reads and
// writes of the same connections.
package poll

import "errors"

// Target is told when its connection has something to read, once for each Arm. Ready must not block. It may
// be called when there is nothing to read after all. It is true if the target has read all that was there, and is to be told
// of what comes next, as after Arm, but for nothing. ended: the other side will send no more, or the connection is broken; then
// true has no meaning.
type Target interface {
	Ready(ended bool) (again bool)
}

// ErrUnsupported: connections can't be parked on this system, or not this kind of connection. The caller reads
// in a goroutine of its own.
var ErrUnsupported = errors.New("poll: unsupported")

// ErrClosed: the poller was closed.
var ErrClosed = errors.New("poll: closed")
