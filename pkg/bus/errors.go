package bus

import "errors"

// The errors of a subscriber that callers test with errors.Is.
var (
	// ErrDown: the bus is lost (Handler.Lost has been called). What was asked for is subscribed
	// as soon as it is back, before Handler.Restored.
	ErrDown = errors.New("bus down")
	// ErrClosed: the subscriber was closed.
	ErrClosed = errors.New("bus closed")
	// ErrOverflow is the reason of Handler.Lost when a subscriber fell behind and messages were dropped.
	ErrOverflow = errors.New("subscriber too slow")
)
