package httpapi

import (
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/labstack/echo/v4"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/ratelimit"
)

// maxBlocked is how many attempts a node keeps blocked at once.
const maxBlocked = 16384

// failureGuard slows down the guessing of passwords. Only failures take tokens, so people who know their password are
// never limited by it; once the tokens are gone, the next failure blocks further attempts, right or wrong, until there is
// a token again. The bucket is shared by all nodes; that it is empty, each node learns from a failure of its own.
type failureGuard struct {
	limiter *Limiter
	limit   ratelimit.Limit

	mu      sync.Mutex
	blocked *simplelru.LRU[string, block] // guarded by mu
}

// block is until when an attempt waits for a token, and when its bucket is full again.
type block struct {
	until, full time.Time
}

func newFailureGuard(limiter *Limiter, limit ratelimit.Limit) *failureGuard {
	blocked, err := simplelru.NewLRU[string, block](maxBlocked, nil)
	if err != nil {
		panic(err) // only for a size below one
	}
	return &failureGuard{limiter: limiter, limit: limit, blocked: blocked}
}

// attemptOn names the attempts on an account from an address, without telling either to whoever reads the buckets.
func attemptOn(address, email string) string {
	sum := sha256.Sum256([]byte(address + " " + email))
	return hex.EncodeToString(sum[:16])
}

// check refuses with CodeRateLimited while the attempt is blocked.
func (g *failureGuard) check(c echo.Context, attempt string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	b, ok := g.blocked.Get(attempt)
	if !ok {
		return nil
	}
	left := time.Until(b.until)
	if left <= 0 {
		g.blocked.Remove(attempt)
		return nil
	}
	tellLimit(c, &ratelimit.Decision{Limit: g.limit.Burst, RetryAfter: left, ResetAfter: time.Until(b.full)})
	return tooManyFailures(left)
}

// judge counts err if it says that the password was wrong, and returns it, or a refusal where that was one too many.
func (g *failureGuard) judge(c echo.Context, attempt string, err error) error {
	if refusalOf(err).Code != service.CodeInvalidCredentials || g.limit.Unlimited() {
		return err
	}
	d, limitErr := g.limiter.buckets.Allow(c.Request().Context(), g.limit, attempt)
	if limitErr != nil || d.Allowed {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	g.blocked.Add(attempt, block{now.Add(d.RetryAfter), now.Add(d.ResetAfter)})
	tellLimit(c, &d)
	return tooManyFailures(d.RetryAfter)
}

func tooManyFailures(wait time.Duration) error {
	return &service.Error{Code: service.CodeRateLimited, Detail: "too many wrong passwords; try again later", RetryAfter: wait}
}
