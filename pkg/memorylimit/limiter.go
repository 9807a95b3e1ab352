// Package memorylimit keeps rate limits in this process's memory. It decides as redislimit does.
package memorylimit

import (
	"context"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/parley-chat/parley/pkg/ratelimit"
)

// DefaultBuckets bounds memory to some ten megabytes.
const DefaultBuckets = 100_000

// Options of New; zero values are the defaults.
type Options struct {
	// Buckets is how many are kept. Beyond it the least recently used one is given up, which means full again.
	Buckets int
}

// Limiter holds token buckets. It is safe for concurrent use.
type Limiter struct {
	mu sync.Mutex // guards buckets
	// buckets holds, for each key, when the bucket will be full again. That one instant is all there is to
	// know of a token bucket: it has as many tokens missing as are refilled until then.
	buckets *simplelru.LRU[string, time.Time]
}

// New makes a limiter with all buckets full.
func New(opts Options) *Limiter {
	if opts.Buckets <= 0 {
		opts.Buckets = DefaultBuckets
	}
	// It fails for a size below one only.
	buckets, _ := simplelru.NewLRU[string, time.Time](opts.Buckets, nil)
	return &Limiter{buckets: buckets}
}

// Allow takes one token of id's bucket, if there is one. It never fails.
func (l *Limiter) Allow(_ context.Context, limit ratelimit.Limit, id string) (ratelimit.Decision, error) {
	if limit.Unlimited() {
		burst := max(limit.Burst, 1)
		return ratelimit.Decision{Allowed: true, Limit: burst, Remaining: burst}, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	key := limit.Key(id)
	fullAt, _ := l.buckets.Get(key)
	decision, fullAt := take(limit, fullAt, time.Now())
	l.buckets.Add(key, fullAt)
	return decision, nil
}

// take is the token bucket: the decision, and when the bucket will be full after it.
func take(limit ratelimit.Limit, fullAt, now time.Time) (ratelimit.Decision, time.Time) {
	burst := max(limit.Burst, 1)
	perToken := time.Duration(float64(time.Minute) / limit.PerMinute)
	whole := time.Duration(burst) * perToken
	// Full since long ago is full now; and a bucket is never emptier than empty, also if the limit shrank.
	missing := min(max(fullAt.Sub(now), 0), whole)

	d := ratelimit.Decision{Limit: burst}
	if missing+perToken <= whole {
		missing += perToken
		d.Allowed = true
	} else {
		d.RetryAfter = missing + perToken - whole
	}
	d.Remaining = int((whole - missing) / perToken)
	d.ResetAfter = missing
	return d, now.Add(missing)
}
