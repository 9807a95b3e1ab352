package presence

import "errors"

// ErrForgotten: the store knew this node and no longer does (it was emptied, or the node was silent for
// so long that others buried it). The node is known again from now on, but most of its users are
// not: join all of them again, and keep trying until that has worked, for the error comes only once.
var ErrForgotten = errors.New("presence: node forgotten")
