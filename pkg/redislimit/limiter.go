// Package redislimit keeps rate limits in Redis, so that all nodes count together. The key of a bucket is
// ratelimit.Limit's; it is gone when the bucket is full.
package redislimit

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/parley-chat/parley/pkg/ratelimit"
)

//go:embed take.lua
var takeLua string

var takeScript = redis.NewScript(takeLua)

var errAnswer = errors.New("unexpected answer")

// Limiter holds token buckets. It is safe for concurrent use.
type Limiter struct {
	client redis.UniversalClient
}

// New uses a client that remains the caller's. One that retries may take several tokens for one.
func New(client redis.UniversalClient) *Limiter { return &Limiter{client: client} }

// Allow takes one token of id's bucket, if there is one, in one round trip. Errors are Redis's or the context's,
// wrapped; then nothing is known of the bucket.
func (l *Limiter) Allow(ctx context.Context, limit ratelimit.Limit, id string) (ratelimit.Decision, error) {
	burst := max(limit.Burst, 1)
	if limit.Unlimited() {
		return ratelimit.Decision{Allowed: true, Limit: burst, Remaining: burst}, nil
	}
	perToken := time.Duration(float64(time.Minute) / limit.PerMinute)
	perMicros := max(perToken.Microseconds(), 1)
	answer, err := takeScript.Run(ctx, l.client, []string{limit.Key(id)}, burst, perMicros).Int64Slice()
	if err == nil && len(answer) != 3 {
		err = errAnswer
	}
	if err != nil {
		return ratelimit.Decision{}, fmt.Errorf("rate limit %s: %w", limit.Name, err)
	}
	allowed, missing, wait := answer[0] == 1, answer[1], answer[2]
	return ratelimit.Decision{
		Allowed:    allowed,
		Limit:      burst,
		Remaining:  int((int64(burst)*perMicros - missing) / perMicros),
		RetryAfter: time.Duration(wait) * time.Microsecond,
		ResetAfter: time.Duration(missing) * time.Microsecond,
	}, nil
}
