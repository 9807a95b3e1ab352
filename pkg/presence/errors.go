package presence

import "errors"

// ErrForgotten: the store may not have all of the node's users (it was emptied, or the node was silent for so
// long that others buried it, or a call failed and nobody knows what became of it). The node is known again from now
// on, but its users may not be: join all of them again, and keep trying until that has worked, for the error comes only once.
var ErrForgotten = errors.New("presence: node forgotten")

// ErrUnsettled: all was lost a moment ago (Redis was emptied), so who is online is not known before every node has had time to
// join its users again.
var ErrUnsettled = errors.New("presence: not known yet")
