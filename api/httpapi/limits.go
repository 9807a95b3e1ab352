package httpapi

import (
	"context"
	"fmt"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/peer"
	"github.com/parley-chat/parley/pkg/ratelimit"
)

// Buckets decide on rate limits.
type Buckets interface {
	// Allow takes one token from the bucket of limit for id.
	Allow(ctx context.Context, limit ratelimit.Limit, id string) (ratelimit.Decision, error)
}

// Limiter takes tokens on behalf of requests and tells clients how many are left.
type Limiter struct{ buckets Buckets }

// NewLimiter decides by buckets.
func NewLimiter(buckets Buckets) *Limiter { return &Limiter{buckets} }

// RouteLimit is a limit on the requests of a route.
type RouteLimit struct {
	limit     ratelimit.Limit
	byAddress bool
}

// PerUser limits a route's requests for each signed-in user.
func PerUser(l ratelimit.Limit) *RouteLimit { return &RouteLimit{limit: l} }

// PerAddress limits a route's requests for each client address.
func PerAddress(l ratelimit.Limit) *RouteLimit { return &RouteLimit{limit: l, byAddress: true} }

// take takes a token of limit for id (a user's, an address) and sets the RateLimit headers. Over the limit it
// refuses with CodeRateLimited.
func (l *Limiter) take(c echo.Context, limit ratelimit.Limit, id string) error {
	if limit.Unlimited() {
		return nil
	}
	d, err := l.buckets.Allow(c.Request().Context(), limit, id)
	if err != nil {
		return fmt.Errorf("rate limit %s: %w", limit.Name, err)
	}
	tellLimit(c, &d)
	if !d.Allowed {
		return &service.Error{Code: service.CodeRateLimited, Detail: "too many requests; try again later", RetryAfter: d.RetryAfter}
	}
	return nil
}

// tellLimit sets the headers, but for nil, where no limit was asked. Where a request is under several limits, they tell of
// the tightest.
func tellLimit(c echo.Context, d *ratelimit.Decision) {
	if d == nil {
		return
	}
	h := c.Response().Header()
	if before, err := strconv.Atoi(h.Get("RateLimit-Remaining")); err == nil && before < d.Remaining {
		return
	}
	h.Set("RateLimit-Limit", strconv.Itoa(d.Limit))
	h.Set("RateLimit-Remaining", strconv.Itoa(d.Remaining))
	h.Set("RateLimit-Reset", seconds(d.ResetAfter))
}

func (r RouteLimit) bucketOf(c echo.Context, peers *peer.Rules) string {
	if r.byAddress {
		return peers.Bucket(c.Request())
	}
	return string(viewer(c).UserID)
}

func (l *Limiter) route(peers *peer.Rules, r RouteLimit) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if err := l.take(c, r.limit, r.bucketOf(c, peers)); err != nil {
				return err
			}
			return next(c)
		}
	}
}
