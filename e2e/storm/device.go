package storm

import (
	"sync"
	"time"

	"github.com/parley-chat/parley/loadtest/client"
)

// device is a client's device whose way back is timed.
type device struct {
	*client.Device
	user string
	// done is closed when it has come back from the loss that was expected.
	done chan struct{}

	mu              sync.Mutex // guards what follows
	expected, lost  bool
	hello, caughtUp time.Time // when it had a socket again, and what it had missed
}

func newDevice(s *client.Session, failed func(error)) *device {
	d := &device{user: s.User().ID, done: make(chan struct{})}
	d.Device = client.NewDevice(s, client.Hooks{Closed: d.closed, Frame: d.frame, Synced: d.synced, Failed: failed})
	return d
}

// expect times the next loss of the socket.
func (d *device) expect() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.expected = true
}

func (d *device) closed(int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lost = d.expected
}

func (d *device) frame(f client.Frame) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if f.Type == "hello" && d.lost && d.hello.IsZero() {
		d.hello = time.Now()
	}
}

func (d *device) synced() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.hello.IsZero() && d.caughtUp.IsZero() {
		d.caughtUp = time.Now()
		close(d.done)
	}
}
