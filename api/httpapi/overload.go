package httpapi

import (
	"cmp"
	"context"
	"math/rand/v2"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/semaphore"

	"github.com/parley-chat/parley/api/service"
)

// A busy node tells to come back after a second, or up to busySpread more by chance. Those who are refused together are not
// to come back together: whom another refusal awaits costs work that somebody else's answer would have needed.
const busySpread = 3 * time.Second

func errBusy() error {
	return &service.Error{
		Code: service.CodeUnavailable, Detail: "the server is busy; try again",
		RetryAfter: (time.Second + rand.N(busySpread+1)).Round(time.Second),
	}
}

// bounded refuses what comes while n requests are under way, waiting ones included.
func bounded(n int) echo.MiddlewareFunc {
	slots := make(chan struct{}, n)
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			select {
			case slots <- struct{}{}:
				defer func() { <-slots }()
				return next(c)
			default:
				return errBusy()
			}
		}
	}
}

// queued lets as many requests run as there are slots. The others wait in the order in which they came, for maxWait at
// most. An answer is then early enough for a client who still waits for it; without a bound of the wait, a node with more
// to do than it can would answer only those who have given up and asked again.
func queued(slots *semaphore.Weighted, maxWait time.Duration) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if err := takeTurn(c.Request().Context(), slots, maxWait); err != nil {
				return err
			}
			defer slots.Release(1)
			return next(c)
		}
	}
}

// takeTurn fails with the client's error if that goes away first.
func takeTurn(client context.Context, slots *semaphore.Weighted, maxWait time.Duration) error {
	if slots.TryAcquire(1) {
		return nil
	}
	ctx, cancel := context.WithTimeout(client, maxWait)
	defer cancel()
	if slots.Acquire(ctx, 1) == nil {
		return nil
	}
	return cmp.Or(client.Err(), errBusy())
}
