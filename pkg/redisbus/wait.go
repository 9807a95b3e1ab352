package redisbus

import (
	"context"
	"sync/atomic"
)

// wait is one call of Subscribe: it ends when all of its channels are confirmed, or with the first failure.
type wait struct {
	pending atomic.Int64
	result  chan error
}

// newWait waits for n channels.
func newWait(n int) *wait {
	w := &wait{result: make(chan error, 1)}
	w.pending.Store(int64(n))
	if n == 0 {
		w.end(nil)
	}
	return w
}

func (w *wait) confirm() {
	if w.pending.Add(-1) == 0 {
		w.end(nil)
	}
}

func (w *wait) end(err error) {
	select {
	case w.result <- err:
	default:
	}
}

func (w *wait) await(ctx context.Context) error {
	// What is already decided counts, and a context that has ended counts before what is not.
	select {
	case err := <-w.result:
		if err == nil {
			return ctx.Err()
		}
		return err
	default:
	}
	select {
	case err := <-w.result:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
