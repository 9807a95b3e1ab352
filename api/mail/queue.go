package mail

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"regexp"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/metric"
)

// The bounds of a queue.
const (
	// DefaultSize is how many mails may wait.
	DefaultSize = 1000
	workers     = 2
	// attempts is how often one mail is tried; the waits between are firstWait, doubled each time, up to maxWait.
	attempts  = 6
	firstWait = 2 * time.Second
	maxWait   = time.Minute
	// sendTimeout bounds one try.
	sendTimeout = 30 * time.Second
)

// Queue sends mails behind the back of those who cause them. What can't be sent is counted and
// logged, by the user's id and never by the address.
type Queue struct {
	sender Sender
	logger *slog.Logger
	total  *prometheus.CounterVec

	// ctx ends when there is no more time to send.
	ctx     context.Context
	cancel  context.CancelFunc
	closing chan struct{}
	wg      sync.WaitGroup

	mu     sync.Mutex
	items  chan item // closed under mu
	closed bool      // guarded by mu
}

type item struct {
	user    chat.UserID
	message Message
}

// QueueOptions are the parts of a Queue.
type QueueOptions struct {
	Sender Sender
	Logger *slog.Logger
	// Registry takes parley_mail_total; nil for none.
	Registry prometheus.Registerer
	// Size is how many mails may wait; 0 means DefaultSize.
	Size int
}

// NewQueue starts a queue; Close ends it.
func NewQueue(o QueueOptions) *Queue {
	if o.Size == 0 {
		o.Size = DefaultSize
	}
	ctx, cancel := context.WithCancel(context.Background())
	q := &Queue{
		sender: o.Sender, logger: o.Logger, ctx: ctx, cancel: cancel,
		closing: make(chan struct{}), items: make(chan item, o.Size),
		total: metric.Shared(o.Registry, prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "parley_mail_total", Help: "Mails by result: sent, retried (to be tried again), failed, dropped (no room, or no time left).",
		}, []string{"result"})),
	}
	for range workers {
		q.wg.Go(q.work)
	}
	return q
}

// Add queues a mail to the user. It never blocks: without room the mail is dropped.
func (q *Queue) Add(user chat.UserID, m Message) {
	m.ID = ulid.Make().String()
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.closed {
		select {
		case q.items <- item{user, m}:
			return
		default:
		}
	}
	q.drop(user, "no room")
}

// Close takes no more mails and sends those that wait, each tried once more at most. When ctx ends
// before, the rest is dropped and ctx's error returned.
func (q *Queue) Close(ctx context.Context) error {
	q.mu.Lock()
	if !q.closed {
		q.closed = true
		close(q.closing)
		close(q.items)
	}
	q.mu.Unlock()
	stop := context.AfterFunc(ctx, q.cancel)
	defer stop()
	q.wg.Wait()
	q.cancel()
	return ctx.Err()
}

func (q *Queue) work() {
	for it := range q.items {
		if q.ctx.Err() != nil {
			q.drop(it.user, "no time left")
			continue
		}
		q.deliver(it)
	}
}

// deliver tries until the mail is sent, refused for good, or tried often enough.
func (q *Queue) deliver(it item) {
	wait := firstWait
	for try := 1; ; try++ {
		err := q.try(it.message)
		if err == nil {
			q.total.WithLabelValues("sent").Inc()
			return
		}
		last := try == attempts || errors.Is(err, ErrPermanent) || !q.open()
		if last {
			q.total.WithLabelValues("failed").Inc()
			q.logger.Warn("mail not sent", "user", it.user, "subject", it.message.Subject, "tries", try, "error", withoutAddress(err, it.message.To))
			return
		}
		q.total.WithLabelValues("retried").Inc()
		q.pause(wait/2 + rand.N(wait/2)) // #nosec G404 -- spreads tries, guards nothing
		wait = min(2*wait, maxWait)
	}
}

func (q *Queue) try(m Message) error {
	ctx, cancel := context.WithTimeout(q.ctx, sendTimeout)
	defer cancel()
	return q.sender.Send(ctx, m)
}

// open tells whether there is time for waits.
func (q *Queue) open() bool {
	select {
	case <-q.closing:
		return false
	default:
		return true
	}
}

// pause waits, but not when the queue is being closed.
func (q *Queue) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-q.closing:
	}
}

func (q *Queue) drop(user chat.UserID, why string) {
	q.total.WithLabelValues("dropped").Inc()
	q.logger.Warn("mail dropped", "user", user, "reason", why)
}

// withoutAddress is err's text without the recipient, whom servers like to quote.
func withoutAddress(err error, to string) string {
	return regexp.MustCompile("(?i)"+regexp.QuoteMeta(to)).ReplaceAllString(err.Error(), "(recipient)")
}
