// Package faultwire is a TCP proxy that stands for the network between two processes, and has what networks have: cuts,
// silence, delay, and too little room.
package faultwire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// State is how a wire is at the moment. The zero state passes everything on at once.
type State struct {
	// Cut resets all connections, and each new one.
	Cut bool
	// Silent takes connections and bytes, and passes nothing on until it ends.
	Silent bool
	// Delay is added to every byte, each way.
	Delay time.Duration
	// BytesPerSecond is the most that passes each way of each connection; 0 for all.
	BytesPerSecond int
}

// Wire listens on an address of its own, and passes on to a target.
type Wire struct {
	listener net.Listener
	stop     context.CancelFunc
	ctx      context.Context //nolint:containedctx // the life of the wire, which its connections share
	running  sync.WaitGroup

	mu      sync.Mutex // guards what follows
	target  string
	state   State
	changed chan struct{} // closed when state changes
	open    map[net.Conn]struct{}
}

// chunk is how much is read at a time.
const chunk = 16 << 10

// inFlight is how many chunks are on their way at most, each way of a connection.
const inFlight = 64

// New makes a wire that leads nowhere yet.
func New() (*Wire, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("faultwire: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	w := &Wire{listener: listener, stop: stop, ctx: ctx, changed: make(chan struct{}), open: map[net.Conn]struct{}{}}
	w.running.Go(w.accept)
	return w, nil
}

// Addr is where the wire begins.
func (w *Wire) Addr() string { return w.listener.Addr().String() }

// LeadTo says where the wire ends, from the next connection on.
func (w *Wire) LeadTo(target string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.target = target
}

// Set changes how the wire is.
func (w *Wire) Set(s State) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state = s
	close(w.changed)
	w.changed = make(chan struct{})
	if s.Cut {
		for conn := range w.open {
			reset(conn)
		}
	}
}

// Close cuts the wire for good.
func (w *Wire) Close() error {
	err := w.listener.Close()
	w.stop()
	w.Set(State{Cut: true})
	w.running.Wait()
	return err
}

func (w *Wire) accept() {
	for {
		conn, err := w.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(10 * time.Millisecond) // too many open files; some will close
			continue
		}
		w.running.Go(func() { w.serve(conn) })
	}
}

// serve joins a connection with one to the target.
func (w *Wire) serve(near net.Conn) {
	if !w.enter(near) {
		return
	}
	defer w.leave(near)
	if !w.wait() {
		return
	}
	w.mu.Lock()
	target := w.target
	w.mu.Unlock()
	far, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(w.ctx, "tcp", target)
	if err != nil {
		reset(near)
		return
	}
	if !w.enter(far) {
		return
	}
	defer w.leave(far)
	var both sync.WaitGroup
	both.Go(func() { w.carry(far, near) })
	both.Go(func() { w.carry(near, far) })
	both.Wait()
}

// enter counts a connection in, or resets it if the wire is cut.
func (w *Wire) enter(conn net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state.Cut {
		reset(conn)
		return false
	}
	w.open[conn] = struct{}{}
	return true
}

func (w *Wire) leave(conn net.Conn) {
	conn.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.open, conn)
}

// piece is what was read, and when it may arrive.
type piece struct {
	data []byte
	due  time.Time
}

// carry passes on what src sends to dst until either ends. An end is passed on like bytes are: a closing that overtook
// them would cut off the answer before it.
func (w *Wire) carry(dst, src net.Conn) {
	pieces := make(chan piece, inFlight)
	gone := make(chan struct{})
	var reading sync.WaitGroup
	reading.Go(func() {
		defer close(pieces)
		for {
			data := make([]byte, chunk)
			n, err := src.Read(data)
			if n > 0 {
				select {
				case pieces <- piece{data[:n], time.Now().Add(w.now().Delay)}:
				case <-gone:
					return
				}
			}
			if err != nil {
				if !errors.Is(err, io.EOF) {
					reset(dst)
				}
				return
			}
		}
	})
	for p := range pieces {
		if !w.pass(dst, p) {
			reset(src)
			break
		}
	}
	close(gone)
	if half, ok := dst.(*net.TCPConn); ok {
		_ = half.CloseWrite()
	}
	reading.Wait()
}

// pass waits for a piece's time and for the wire, and writes it.
func (w *Wire) pass(dst net.Conn, p piece) bool {
	if !w.sleep(time.Until(p.due)) || !w.wait() {
		return false
	}
	if rate := w.now().BytesPerSecond; rate > 0 && !w.sleep(time.Duration(len(p.data))*time.Second/time.Duration(rate)) {
		return false
	}
	_, err := dst.Write(p.data)
	return err == nil
}

// wait waits until the wire is not silent; it is false when the wire has ended or is cut.
func (w *Wire) wait() bool {
	for {
		w.mu.Lock()
		state, changed := w.state, w.changed
		w.mu.Unlock()
		if state.Cut {
			return false
		}
		if !state.Silent {
			return true
		}
		select {
		case <-changed:
		case <-w.ctx.Done():
			return false
		}
	}
}

func (w *Wire) sleep(d time.Duration) bool {
	if d <= 0 {
		return w.ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-w.ctx.Done():
		return false
	}
}

func (w *Wire) now() State {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state
}

// reset ends a connection without a goodbye.
func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	conn.Close()
}
