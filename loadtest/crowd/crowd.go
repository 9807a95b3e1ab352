// Package crowd makes the people of a load test: it signs them up, a few at a time, and keeps their devices running.
package crowd

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/parley-chat/parley/loadtest/client"
)

// DefaultConcurrency is how many people sign up at the same time if nobody says otherwise. Hashing a password costs
// the server much on purpose.
const DefaultConcurrency = 8

var patience = client.Backoff{First: 200 * time.Millisecond, Max: 5 * time.Second}

// NewRun is a name for one run, which no other run has had.
func NewRun() string { return strings.ToLower(rand.Text()[:12]) }

// SignUp makes n accounts named after run, concurrency at a time, and waits as long as the server asks to. failed, if
// not nil, hears of every failed try.
func SignUp(ctx context.Context, c *client.Client, run string, n, concurrency int, failed func(error)) ([]*client.Session, error) {
	people := make([]*client.Session, n)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, concurrency))
	for i := range people {
		group.Go(func() error {
			email := fmt.Sprintf("loadtest-%s-%d@example.org", run, i)
			return client.Retry(ctx, patience, failed, func(ctx context.Context) (err error) {
				people[i], err = c.SignUp(ctx, fmt.Sprintf("Load %s %d", run, i), email, rand.Text())
				return err
			})
		})
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("sign %d people up: %w", n, err)
	}
	return people, nil
}

// Devices are devices that run until Stop.
type Devices struct {
	stop    context.CancelFunc
	running sync.WaitGroup
}

// Start runs devices and waits until each has had its socket and has resumed. ended, if not nil, hears of every device
// that gave up before Stop.
func Start(ctx context.Context, devices []*client.Device, ended func(error)) (*Devices, error) {
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	d := &Devices{stop: stop}
	for _, device := range devices {
		d.running.Go(func() {
			if err := device.Run(running); err != nil && ended != nil {
				ended(err)
			}
		})
	}
	for i, device := range devices {
		if err := device.AwaitConnected(ctx); err != nil {
			d.Stop()
			return nil, fmt.Errorf("open socket %d of %d: %w", i+1, len(devices), err)
		}
		if err := device.CatchUp(ctx); err != nil {
			d.Stop()
			return nil, fmt.Errorf("resume device %d of %d: %w", i+1, len(devices), err)
		}
	}
	return d, nil
}

// Stop closes all sockets and waits for that.
func (d *Devices) Stop() {
	d.stop()
	d.running.Wait()
}
