package pairs

import (
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/parley-chat/parley/loadtest/check"
	"github.com/parley-chat/parley/loadtest/client"
)

// slowest is the longest time that histograms tell from longer ones.
const slowest = 10 * time.Minute

// book keeps account of a run. Safe for concurrent use.
type book struct {
	mu       sync.Mutex // guards all
	sent     map[string]*check.Sent
	acked    int
	live     int
	resumed  int
	post     *hdrhistogram.Histogram // from a send's start to its acknowledgement, in µs
	delivery *hdrhistogram.Histogram // from a send's start to the other side's socket, in µs
	resume   *hdrhistogram.Histogram // from a send's start to the answer that brought it to the other side, in µs
	errors   map[string]int
}

func newBook() *book {
	histogram := func() *hdrhistogram.Histogram { return hdrhistogram.New(1, slowest.Microseconds(), 3) }
	return &book{
		sent: map[string]*check.Sent{}, errors: map[string]int{},
		post: histogram(), delivery: histogram(), resume: histogram(),
	}
}

func (b *book) starts(s check.Sent) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sent[s.ClientID] = &s
}

func (b *book) acknowledged(clientID string, m client.Message, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.sent[clientID]
	s.Acknowledged, s.MessageID, s.Seq = at, m.ID, m.Seq
	b.acked++
	record(b.post, at.Sub(s.Started))
}

// delivered counts what came to the other side; a sender's own devices get it too, but that is not what people wait for.
func (b *book) delivered(userID string, d client.Delivery) {
	if !d.IsMessage() || d.Message.SenderID == userID {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	s, ok := b.sent[d.Message.ClientID]
	if !ok {
		return // the check will find it
	}
	if d.Source == client.Live {
		b.live++
		record(b.delivery, d.At.Sub(s.Started))
	} else {
		b.resumed++
		record(b.resume, d.At.Sub(s.Started))
	}
}

func (b *book) failed(doing string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.errors[doing+": "+client.Kind(err)]++
}

func (b *book) closed(code int, err error) {
	if code == 0 {
		b.failed("socket ended", err)
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.errors[fmt.Sprintf("socket closed: %d", code)]++
}

// all are the messages so far.
func (b *book) all() []check.Sent {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make([]check.Sent, 0, len(b.sent))
	for _, s := range b.sent {
		all = append(all, *s)
	}
	return all
}

func (b *book) line() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	errors := 0
	for _, n := range b.errors {
		errors += n
	}
	return fmt.Sprintf("sent %d, acknowledged %d, delivered %d live and %d by resume, p99 %.1f ms, errors %d",
		len(b.sent), b.acked, b.live, b.resumed, quantiles(b.delivery).P99, errors)
}

func (b *book) fill(r *Result) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r.Sent, r.Acknowledged, r.DeliveredLive, r.DeliveredByResume = len(b.sent), b.acked, b.live, b.resumed
	r.Post, r.Delivery, r.Resume = quantiles(b.post), quantiles(b.delivery), quantiles(b.resume)
	r.Errors = maps.Clone(b.errors)
}

func record(h *hdrhistogram.Histogram, d time.Duration) {
	// Its only error is a value out of range.
	_ = h.RecordValue(min(max(d, time.Microsecond), slowest).Microseconds())
}

func quantiles(h *hdrhistogram.Histogram) Quantiles {
	ms := func(us int64) float64 { return float64(us) / 1000 }
	return Quantiles{ms(h.ValueAtQuantile(50)), ms(h.ValueAtQuantile(95)), ms(h.ValueAtQuantile(99)), ms(h.Max())}
}
