package bus

import (
	"errors"
	"fmt"
	"time"
)

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

// GapError is the reason of Handler.Lost when a publisher says that some of its messages never went out, though this
// subscriber may have been connected all the while. Restored follows at once.
type GapError struct {
	// Age is how long ago the first of them was to be sent: what is looked up in the log has to reach back that far.
	Age time.Duration
}

func (e *GapError) Error() string {
	return fmt.Sprintf("a publisher could not send, first %s ago", e.Age.Round(time.Millisecond))
}
