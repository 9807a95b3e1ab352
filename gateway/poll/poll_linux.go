package poll

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// batch is how many events one system call fetches at most.
const batch = 256

const (
	// interest: told of what comes, not of what is there; Arm looks at that. So a target that has read all need not be armed by a
	// system call. That a connection is never read by two is the seat's doing.
	interest = unix.EPOLLIN | unix.EPOLLRDHUP | unix.EPOLLET
	// ends are what a connection that is over, or half so, is reported with. A target that missed it would not hear of it again.
	ends = unix.EPOLLRDHUP | unix.EPOLLHUP | unix.EPOLLERR
)

// Waking up for one connection costs more than reading it. So where events come close together, as the answers to one step of
// heartbeats do, the poller rests before it looks again, and finds many at once.
const (
	closeTogether = 5 * time.Millisecond
	rest          = 2 * time.Millisecond
)

// Poller waits for any number of connections with one epoll instance. The instance itself waits in Go's own
// poller, so that no thread is held up.
type Poller struct {
	file *os.File
	raw  syscall.RawConn
	fd   int
	done chan struct{}

	mu     sync.Mutex // guards the following
	seats  []seat
	free   []int32
	closed bool
}

// seat is where a parked connection sits. Its generation tells a late event of a connection that left from one of
// the connection that sits there now. armed: its target waits to be told, once.
type seat struct {
	target     Target
	generation uint32
	armed      bool
}

// Ticket is a connection's place with a poller.
type Ticket struct {
	seat       int32
	generation uint32
}

// New starts a poller, which runs until Close. It fails with ErrUnsupported where there is none.
func New() (*Poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("create epoll: %w", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, errors.Join(fmt.Errorf("epoll: %w", err), unix.Close(fd))
	}
	file := os.NewFile(uintptr(fd), "epoll")
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("epoll: %w", err), file.Close())
	}
	p := &Poller{file: file, raw: raw, fd: fd, done: make(chan struct{})}
	go p.run()
	return p, nil
}

// Add takes a connection in, not armed yet. It fails with ErrClosed.
func (p *Poller) Add(conn syscall.RawConn, target Target) (Ticket, error) {
	t, err := p.sit(target)
	if err != nil {
		return t, err
	}
	if err := p.control(conn, unix.EPOLL_CTL_ADD, unix.EPOLLET, t); err != nil {
		p.Remove(t)
		return t, err
	}
	return t, nil
}

// Arm asks to be told, once, when the connection has something to read, or has now. Its error means that the
// connection is closed.
func (p *Poller) Arm(conn syscall.RawConn, t Ticket) error {
	if !p.arm(t) {
		return ErrClosed
	}
	return p.control(conn, unix.EPOLL_CTL_MOD, interest, t)
}

// Remove forgets a connection that is closed, or about to be: the kernel takes it out of the instance then.
func (p *Poller) Remove(t Ticket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := &p.seats[t.seat]; s.generation == t.generation {
		s.target, s.armed = nil, false
		s.generation++
		p.free = append(p.free, t.seat)
	}
}

// Close ends the poller; connections that are still parked are not told.
func (p *Poller) Close() error {
	p.mu.Lock()
	closed := p.closed
	p.closed = true
	p.mu.Unlock()
	if closed {
		return nil
	}
	err := p.file.Close()
	<-p.done
	if err != nil {
		return fmt.Errorf("close epoll: %w", err)
	}
	return nil
}

func (p *Poller) sit(target Target) (Ticket, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return Ticket{}, ErrClosed
	}
	var n int32
	if last := len(p.free) - 1; last >= 0 {
		n, p.free = p.free[last], p.free[:last]
	} else {
		n = int32(len(p.seats))
		p.seats = append(p.seats, seat{})
	}
	p.seats[n].target = target
	return Ticket{n, p.seats[n].generation}, nil
}

func (p *Poller) control(conn syscall.RawConn, op int, events uint32, t Ticket) error {
	var ctlErr error
	// Control holds the descriptor, so that it can't be closed and given to another connection meanwhile.
	err := conn.Control(func(fd uintptr) {
		ev := unix.EpollEvent{Events: events, Fd: t.seat, Pad: int32(t.generation)}
		ctlErr = unix.EpollCtl(p.fd, op, int(fd), &ev)
	})
	if err = errors.Join(err, ctlErr); err != nil {
		return fmt.Errorf("park connection: %w", err)
	}
	return nil
}

func (p *Poller) run() {
	defer close(p.done)
	var events [batch]unix.EpollEvent
	var woke time.Time
	for {
		n := 0
		err := p.raw.Read(func(fd uintptr) bool {
			var waitErr error
			n, waitErr = unix.EpollWait(int(fd), events[:], 0)
			// On an error, also EINTR, look again; a closed instance ends raw.Read itself.
			return waitErr != nil || n > 0
		})
		if err != nil {
			return
		}
		for i := range max(n, 0) {
			p.tell(events[i])
		}
		now := time.Now()
		if n < batch && now.Sub(woke) < closeTogether {
			time.Sleep(rest)
		}
		woke = now
	}
}

func (p *Poller) tell(ev unix.EpollEvent) {
	t := Ticket{ev.Fd, uint32(ev.Pad)}
	target := p.target(t)
	if target == nil {
		return
	}
	ended := ev.Events&ends != 0
	// What comes from here on is told by an event of its own, and only by this goroutine, so nothing falls in between.
	if target.Ready(ended) && !ended {
		p.arm(t)
	}
}

// arm marks a seat, and tells whether the poller is open.
func (p *Poller) arm(t Ticket) bool {
	// The lock makes what the one who read before has written visible to the next; the kernel gives no such promise.
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := &p.seats[t.seat]; s.generation == t.generation {
		s.armed = true
	}
	return !p.closed
}

func (p *Poller) target(t Ticket) Target {
	p.mu.Lock()
	defer p.mu.Unlock()
	// Whoever has not armed it is reading it already. The kernel also tells of a broken connection unasked.
	s := &p.seats[t.seat]
	if s.generation != t.generation || !s.armed {
		return nil
	}
	s.armed = false
	return s.target
}
