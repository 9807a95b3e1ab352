package storm

import (
	"context"
	"sync"
	"time"

	"github.com/parley-chat/parley/loadtest/client"
)

// device is a client's device whose way back is timed.
type device struct {
	*client.Device
	user string

	mu   sync.Mutex // guards what follows
	lost chan struct{}
	back chan struct{}

	// hello and caughtUp are when it had a socket again, and what it had missed. They are set before done is closed.
	hello, caughtUp time.Time
	done            chan struct{}
}

func newDevice(s *client.Session, failed func(error)) *device {
	d := &device{user: s.User().ID, done: make(chan struct{})}
	d.Device = client.NewDevice(s, client.Hooks{
		Closed: func(int, error) { d.signal(&d.lost) },
		Frame: func(f client.Frame) {
			if f.Type == "hello" {
				d.signal(&d.back)
			}
		},
		Failed: failed,
	})
	return d
}

func (d *device) signal(c *chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if *c != nil {
		close(*c)
		*c = nil
	}
}

// expect times the next loss of the socket.
func (d *device) expect(ctx context.Context) {
	lost, back := make(chan struct{}), make(chan struct{})
	d.mu.Lock()
	d.lost, d.back = lost, back
	d.mu.Unlock()
	go func() {
		defer close(d.done)
		for _, c := range []chan struct{}{lost, back} {
			select {
			case <-c:
			case <-ctx.Done():
				return
			}
		}
		d.hello = time.Now()
		if d.CatchUp(ctx) == nil {
			d.caughtUp = time.Now()
		}
	}()
}
