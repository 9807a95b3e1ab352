package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/rpc"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// perHolder is how many sockets one client process holds: a process has descriptors for 20,000 at most, and a share of the work.
const perHolder = 5000

// Target is a socket to open: where, and whose; no token for a server that asks for none. From is the address that it comes from, if not
// the usual one.
type Target struct{ Address, Token, From string }

// Hold makes this process a holder of sockets, until its standard input ends. It is asked through Holder's methods.
func Hold() error {
	s := rpc.NewServer()
	if err := s.Register(&Holder{}); err != nil {
		return fmt.Errorf("holder: %w", err)
	}
	s.ServeConn(stdio{os.Stdin, os.Stdout})
	return nil
}

// Holder has sockets open.
type Holder struct{ sockets *sockets }

// Nothing is what a call takes or gives that needs none.
type Nothing struct{}

// Open opens a socket for each target, in place of those that are open.
func (h *Holder) Open(targets []Target, _ *Nothing) (err error) {
	h.sockets.close()
	h.sockets, err = open(context.Background(), targets)
	return err
}

// Heard is how many messages have come.
func (h *Holder) Heard(_ Nothing, n *int64) error {
	*n = h.sockets.heard.Load()
	return nil
}

// Late are how late messages were that say when they were sent, in nanoseconds.
func (h *Holder) Late(_ Nothing, all *[]int64) error {
	*all = h.sockets.late()
	return nil
}

// Close breaks all connections off, as a network does that fails.
func (h *Holder) Close(_ Nothing, _ *Nothing) error {
	h.sockets.close()
	h.sockets = nil
	return nil
}

// stdio is a connection to whoever started this process.
type stdio struct {
	io.ReadCloser
	out io.WriteCloser
}

func (s stdio) Write(p []byte) (int, error) { return s.out.Write(p) } //nolint:wrapcheck // a connection's own error

func (s stdio) Close() error { return errors.Join(s.ReadCloser.Close(), s.out.Close()) }

// holders are processes that hold sockets.
type holders struct{ clients []*rpc.Client }

// startHolders starts as many as so many sockets take. They end with this process.
func startHolders(command []string, sockets int) (*holders, error) {
	h := &holders{}
	for range (sockets + perHolder - 1) / perHolder {
		cmd := exec.Command(command[0], command[1:]...)
		cmd.Stderr = os.Stderr
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		in, err := cmd.StdinPipe()
		if err != nil {
			return nil, fmt.Errorf("holder: %w", err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			return nil, fmt.Errorf("holder: %w", err)
		}
		if err := cmd.Start(); err != nil {
			return nil, fmt.Errorf("holder: %w", err)
		}
		h.clients = append(h.clients, rpc.NewClient(stdio{out, in}))
	}
	return h, nil
}

// open opens a socket for each target, the targets dealt out evenly.
func (h *holders) open(targets []Target) error {
	var group errgroup.Group
	for i, c := range h.clients {
		share := slices.Clone(targets[i*len(targets)/len(h.clients) : (i+1)*len(targets)/len(h.clients)])
		group.Go(func() error { return c.Call("Holder.Open", share, &Nothing{}) })
	}
	if err := group.Wait(); err != nil {
		return errors.Join(err, h.close())
	}
	return nil
}

func (h *holders) close() error { return h.each("Holder.Close", Nothing{}) }

// stop ends the processes.
func (h *holders) stop() {
	for _, c := range h.clients {
		_ = c.Close()
	}
}

var errLate = errors.New("deliveries stay away")

// heard is how many messages have come since the sockets were opened.
func (h *holders) heard() (sum int64, err error) {
	for _, c := range h.clients {
		var some int64
		if err := c.Call("Holder.Heard", Nothing{}, &some); err != nil {
			return 0, fmt.Errorf("heard: %w", err)
		}
		sum += some
	}
	return sum, nil
}

// await waits until so many messages have come since the sockets were opened.
func (h *holders) await(n int64) error {
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(200 * time.Microsecond) {
		sum, err := h.heard()
		if err != nil || sum >= n {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%w: %d of %d came", errLate, sum, n)
		}
	}
}

// late are how late messages were, in order.
func (h *holders) late() ([]time.Duration, error) {
	var all []time.Duration
	for _, c := range h.clients {
		var some []int64
		if err := c.Call("Holder.Late", Nothing{}, &some); err != nil {
			return nil, fmt.Errorf("how late: %w", err)
		}
		for _, d := range some {
			all = append(all, time.Duration(d))
		}
	}
	slices.Sort(all)
	return all, nil
}

// lateness keeps how late messages were, the first maxLate of them.
type lateness struct {
	mu  sync.Mutex // guards all
	all []int64
}

const maxLate = 200_000

func (l *lateness) add(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.all) < maxLate {
		l.all = append(l.all, int64(d))
	}
}

func (l *lateness) late() []int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.all)
}
