package capacity

import (
	"container/heap"
	"math/rand/v2"
	"time"

	"github.com/parley-chat/parley/loadtest/client"
)

// Storm is what follows a gateway's death: its clients go to the others, each of which lets in so many a second.
type Storm struct {
	Sockets, Gateways, Rate int
}

// Calm is how a storm went.
type Calm struct {
	// Half and All is after which time half of the sockets, and all of them, were open again.
	Half, All time.Duration
	// Refused is how many tries were answered with 503, Peak the most tries that came within a second.
	Refused, Peak int
}

// retryAfter is what a gateway that is asked too fast answers.
const retryAfter = 2 * time.Second

// Run plays the storm with the pauses that clients make, and the buckets that gateways have.
func (s Storm) Run() Calm {
	type bucket struct {
		tokens float64
		at     time.Duration
	}
	buckets := make([]bucket, s.Gateways)
	for i := range buckets {
		buckets[i].tokens = float64(2 * s.Rate)
	}
	due := make(tries, s.Sockets)
	backoffs := make([]client.Backoff, s.Sockets)
	for i := range due {
		backoffs[i] = client.Backoff{First: time.Second, Max: 30 * time.Second}
		due[i] = try{backoffs[i].Next(0), i}
	}
	heap.Init(&due)
	var calm Calm
	perSecond := map[time.Duration]int{}
	for open := 0; open < s.Sockets; {
		now, _ := heap.Pop(&due).(try)
		second := now.at.Truncate(time.Second)
		perSecond[second]++
		calm.Peak = max(calm.Peak, perSecond[second])
		b := &buckets[rand.IntN(s.Gateways)]
		b.tokens = min(float64(2*s.Rate), b.tokens+(now.at-b.at).Seconds()*float64(s.Rate))
		b.at = now.at
		if b.tokens < 1 {
			calm.Refused++
			heap.Push(&due, try{now.at + backoffs[now.who].Next(retryAfter), now.who})
			continue
		}
		b.tokens--
		if open++; open == (s.Sockets+1)/2 {
			calm.Half = now.at
		}
		calm.All = now.at
	}
	return calm
}

// try is when somebody tries next.
type try struct {
	at  time.Duration
	who int
}

type tries []try

func (t *tries) Len() int           { return len(*t) }
func (t *tries) Less(i, j int) bool { return (*t)[i].at < (*t)[j].at }
func (t *tries) Swap(i, j int)      { (*t)[i], (*t)[j] = (*t)[j], (*t)[i] }

// Push and Pop are heap's.
func (t *tries) Push(x any) {
	if v, ok := x.(try); ok {
		*t = append(*t, v)
	}
}

func (t *tries) Pop() any {
	last := len(*t) - 1
	v := (*t)[last]
	*t = (*t)[:last]
	return v
}
