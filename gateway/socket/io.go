package socket

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/parley-chat/parley/gateway/clientframe"
	"github.com/parley-chat/parley/gateway/metrics"
	"github.com/parley-chat/parley/gateway/poll"
)

// Options of NewIO; zero values are the defaults.
type Options struct {
	// QueueBytes is how far one socket may be behind.
	QueueBytes int
	// FrameRate is how many frames a client may send a second, and at once.
	FrameRate int
	// WriteTimeout is how long a client may take none of what is sent.
	WriteTimeout time.Duration
	// Linger is how long a closed client has to take the close frame and answer it.
	Linger time.Duration
	// Writers is how many goroutines write; by default as many as run at once.
	Writers int
	// Metrics are counted in; nil for none.
	Metrics *metrics.Set
}

func (o Options) withDefaults() Options {
	set := func(v *int, def int) {
		if *v <= 0 {
			*v = def
		}
	}
	set(&o.QueueBytes, 256<<10)
	set(&o.FrameRate, 20)
	set(&o.Writers, runtime.GOMAXPROCS(0))
	if o.WriteTimeout <= 0 {
		o.WriteTimeout = 10 * time.Second
	}
	if o.Linger <= 0 {
		o.Linger = 5 * time.Second
	}
	if o.Metrics == nil {
		o.Metrics = metrics.New(nil)
	}
	return o
}

// IO is what the sockets of one node share: the pool of writers, the poller in which idle ones are parked, and
// the buffers that are borrowed for reading.
type IO struct {
	opts    Options
	writers *writers
	poller  *poll.Poller
	metrics *metrics.Set
	buffers sync.Pool
	// glance is of the poller's goroutine.
	glance glance

	mu sync.Mutex // guards the following
	// sockets counts those with a connection.
	sockets   int
	lingering map[*Socket]struct{}
	empty     chan struct{}

	// running counts the goroutines that sockets borrow.
	running sync.WaitGroup
}

// NewIO starts the writers and the poller. They run until Close.
func NewIO(opts Options) (*IO, error) {
	opts = opts.withDefaults()
	o := &IO{opts: opts, metrics: opts.Metrics, lingering: map[*Socket]struct{}{}}
	o.glance.try.init()
	o.buffers.New = func() any { return new([clientframe.MaxBytes + 1]byte) }
	poller, err := poll.New()
	if err != nil && !errors.Is(err, poll.ErrUnsupported) {
		return nil, fmt.Errorf("sockets: %w", err)
	}
	o.poller = poller
	o.writers = newWriters(o)
	return o, nil
}

// Close waits, until ctx ends, for all sockets to be gone; the caller has closed them. Those that still
// linger then are cut off. Then it stops the writers and the poller.
func (o *IO) Close(ctx context.Context) error {
	select {
	case <-o.allGone():
	case <-ctx.Done():
	}
	for _, s := range o.takeLingering() {
		s.finish()
	}
	// In this order nothing borrows a goroutine any more when they are waited for.
	var err error
	if o.poller != nil {
		err = o.poller.Close()
	}
	o.writers.close()
	o.running.Wait()
	if err != nil {
		return fmt.Errorf("sockets: %w", err)
	}
	return nil
}

// add, setLingering and remove are called in this order for each socket: the first two under its lock, the
// last after it is marked as gone.
func (o *IO) add(s *Socket, lingering bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sockets++
	if lingering {
		o.lingering[s] = struct{}{}
	}
}

func (o *IO) remove(s *Socket) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.lingering, s)
	o.sockets--
	if o.sockets == 0 && o.empty != nil {
		close(o.empty)
		o.empty = nil
	}
}

func (o *IO) setLingering(s *Socket) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lingering[s] = struct{}{}
}

func (o *IO) takeLingering() []*Socket {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := make([]*Socket, 0, len(o.lingering))
	for s := range o.lingering {
		all = append(all, s)
	}
	return all
}

// allGone is closed when no socket has a connection.
func (o *IO) allGone() <-chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	done := make(chan struct{})
	if o.sockets == 0 {
		close(done)
		return done
	}
	if o.empty == nil {
		o.empty = done
	}
	return o.empty
}

// tell runs the owner's Closed, which may take locks that Close's caller holds.
func (o *IO) tell(s *Socket, d Disconnect) {
	o.running.Go(func() { s.owner.Closed(d) })
}
