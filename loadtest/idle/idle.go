// Package idle holds sockets open and does nothing with them, to see what an idle socket costs a gateway.
package idle

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"github.com/parley-chat/parley/loadtest/client"
	"github.com/parley-chat/parley/loadtest/crowd"
)

// Options of a run.
type Options struct {
	// Base is the deployment's address.
	Base string
	// Users is how many people there are, PerUser how many sockets each of them has.
	Users, PerUser int
	// Duration is how long they are held.
	Duration time.Duration
	// Ops are the addresses of the gateways' operations ports, whose memory and processor time are looked at.
	Ops []string
	// Concurrency is how many sign up, and connect, at the same time.
	Concurrency int
	// Progress is written to now and then.
	Progress io.Writer
}

// Result is what a run found.
type Result struct {
	Sockets int `json:"sockets"`
	// OpenSeconds is how long it took to open all of them.
	OpenSeconds float64 `json:"openSeconds"`
	// BytesPerSocket is by how much the gateways' resident memory grew, and CPUMicrosPerSocketMinute what processor
	// time they used while nothing happened; both 0 without operations ports.
	BytesPerSocket           float64 `json:"bytesPerSocket"`
	CPUMicrosPerSocketMinute float64 `json:"cpuMicrosPerSocketMinute"`
	// Ended are sockets that did not last; there should be none.
	Ended int `json:"ended"`
}

func (o Options) validate() error {
	switch {
	case o.Users < 1:
		return fmt.Errorf("users: %d is below 1", o.Users)
	case o.PerUser < 1:
		return fmt.Errorf("per-user: %d is below 1", o.PerUser)
	case o.Duration <= 0:
		return fmt.Errorf("duration: %v is not above 0", o.Duration)
	default:
		return nil
	}
}

// Run opens the sockets, holds them until the time is over or ctx ends, and closes them.
func Run(ctx context.Context, o Options) (*Result, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	c, err := client.New(client.Options{Base: o.Base, Timeout: 30 * time.Second})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	say := func(format string, args ...any) {
		if o.Progress != nil {
			fmt.Fprintf(o.Progress, format+"\n", args...)
		}
	}
	say("signing %d people up", o.Users)
	people, err := crowd.SignUp(ctx, c, crowd.NewRun(), o.Users, o.Concurrency, nil)
	if err != nil {
		return nil, err
	}
	var ended atomic.Int64
	var devices []*client.Device
	for _, person := range people {
		for range o.PerUser {
			devices = append(devices, client.NewDevice(person, client.Hooks{Closed: func(int, error) { ended.Add(1) }}))
		}
	}
	before, err := measure(ctx, o.Ops)
	if err != nil {
		return nil, err
	}
	say("opening %d sockets", len(devices))
	began := time.Now()
	stop, err := open(ctx, devices, o.Concurrency)
	defer stop()
	if err != nil {
		return nil, err
	}
	result := &Result{Sockets: len(devices), OpenSeconds: time.Since(began).Seconds()}
	say("holding them for %v", o.Duration)
	if err := result.hold(ctx, o, before); err != nil {
		return nil, err
	}
	result.Ended = int(ended.Load())
	return result, nil
}

// open connects a part of the devices at a time, since a server admits only so many new sockets a second.
func open(ctx context.Context, devices []*client.Device, concurrency int) (stop func(), err error) {
	var parts []*crowd.Devices
	stop = func() {
		var stopping sync.WaitGroup
		for _, part := range parts {
			stopping.Go(part.Stop)
		}
		stopping.Wait()
	}
	size := max(1, concurrency)
	for i := 0; i < len(devices); i += size {
		part, err := crowd.Start(ctx, devices[i:min(i+size, len(devices))], nil)
		if err != nil {
			return stop, err
		}
		parts = append(parts, part)
	}
	return stop, nil
}

// hold waits, and compares what the gateways use with what they used before.
func (r *Result) hold(ctx context.Context, o Options, before usage) error {
	opened, err := measure(ctx, o.Ops)
	if err != nil {
		return err
	}
	began := time.Now()
	select {
	case <-ctx.Done():
	case <-time.After(o.Duration):
	}
	after, err := measure(context.WithoutCancel(ctx), o.Ops)
	if err != nil {
		return err
	}
	r.BytesPerSocket = (after.memory - before.memory) / float64(r.Sockets)
	r.CPUMicrosPerSocketMinute = (after.cpu - opened.cpu) * 1e6 / float64(r.Sockets) / time.Since(began).Minutes()
	return nil
}

// Write prints it as a table.
func (r *Result) Write(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "sockets\t%d\n", r.Sockets)
	fmt.Fprintf(w, "opened in\t%.1f s\n", r.OpenSeconds)
	fmt.Fprintf(w, "memory of a socket\t%.0f bytes\n", r.BytesPerSocket)
	fmt.Fprintf(w, "CPU of a socket and minute\t%.0f µs\n", r.CPUMicrosPerSocketMinute)
	fmt.Fprintf(w, "did not last\t%d\n", r.Ended)
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print the result: %w", err)
	}
	return nil
}

// errNoMetric says that an operations port does not tell what a process uses.
var errNoMetric = errors.New("metric not found")
