// Package pairs is the load that matters most: people in pairs write to each other at an even rate, while nodes may
// die; at the end it is proved what became of every single message.
package pairs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/parley-chat/parley/loadtest/client"
	"github.com/parley-chat/parley/loadtest/crowd"
)

// Options of a run.
type Options struct {
	// Base is the deployment's address.
	Base string
	// Users is how many people there are; even.
	Users int
	// Duration is how long they write.
	Duration time.Duration
	// Rate is how many messages all of them together send a second.
	Rate float64
	// Payload is the size of a message's text in bytes; at least MinPayload.
	Payload int
	// Seed makes the order of the senders repeatable.
	Seed uint64
	// Settle is how long it may take, after the last message, until all is acknowledged and everybody has everything.
	Settle time.Duration
	// Concurrency is how many sign up at the same time.
	Concurrency int
	// Began, if not nil, is called when everybody is connected and the first message is about to go.
	Began func()
	// Progress is written to now and then.
	Progress io.Writer
}

// MinPayload is room for what makes a text unique. MaxPayload is the longest text of ASCII that a message takes.
const (
	MinPayload = 32
	MaxPayload = 4000
)

// progressEvery is how often a line tells how it goes.
const progressEvery = 5 * time.Second

func (o Options) validate() error {
	switch {
	case o.Users < 2 || o.Users%2 != 0:
		return fmt.Errorf("users: %d is no even number of at least 2", o.Users)
	case o.Duration <= 0:
		return fmt.Errorf("duration: %v is not above 0", o.Duration)
	case o.Rate <= 0:
		return fmt.Errorf("rate: %g is not above 0", o.Rate)
	case o.Payload < MinPayload || o.Payload > MaxPayload:
		return fmt.Errorf("payload: %d is not between %d and %d", o.Payload, MinPayload, MaxPayload)
	case o.Settle <= 0:
		return fmt.Errorf("settle: %v is not above 0", o.Settle)
	default:
		return nil
	}
}

// person is one side of a pair.
type person struct {
	*client.Session
	id           string
	conversation string
	device       *client.Device
}

// scenario is one run.
type scenario struct {
	Options
	run    string
	people []*person
	book   *book
}

// Run signs people up, connects them, lets them write and checks. When ctx ends while they write, it stops writing and
// still checks. An error says that it could not be run; what was wrong with messages is in the result.
func Run(ctx context.Context, o Options) (*Result, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	c, err := client.New(client.Options{Base: o.Base})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	s := &scenario{Options: o, run: crowd.NewRun(), book: newBook()}
	s.say("signing %d people up", o.Users)
	if err := s.meet(ctx, c); err != nil {
		return nil, err
	}
	s.say("opening %d sockets", o.Users)
	devices := make([]*client.Device, len(s.people))
	for i, p := range s.people {
		devices[i] = p.device
	}
	running, err := crowd.Start(ctx, devices, func(err error) { s.book.failed("device", err) })
	if err != nil {
		return nil, err
	}
	defer running.Stop()

	s.say("sending %g messages a second for %v", o.Rate, o.Duration)
	if o.Began != nil {
		o.Began()
	}
	began := time.Now()
	sending, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	reporting := s.report(sending, began)
	wait := s.write(ctx, sending)
	wrote := time.Since(began)
	s.say("waiting for the last acknowledgements")
	giveUp := time.AfterFunc(o.Settle, stop)
	wait()
	giveUp.Stop()
	stop()
	<-reporting
	return s.conclude(context.WithoutCancel(ctx), wrote)
}

// meet signs everybody up and pairs them: the first two, the next two, and so on.
func (s *scenario) meet(ctx context.Context, c *client.Client) error {
	if s.Concurrency == 0 {
		s.Concurrency = crowd.DefaultConcurrency
	}
	sessions, err := crowd.SignUp(ctx, c, s.run, s.Users, s.Concurrency, func(err error) { s.book.failed("sign-up", err) })
	if err != nil {
		return err
	}
	for _, session := range sessions {
		p := &person{Session: session, id: session.User().ID}
		p.device = client.NewDevice(session, client.Hooks{
			Delivered: func(d client.Delivery) { s.book.delivered(p.id, d) },
			Failed:    func(err error) { s.book.failed("socket or resume", err) },
			Closed:    func(code int, err error) { s.book.closed(code, err) },
		})
		s.people = append(s.people, p)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(s.Concurrency)
	for i := 0; i < len(s.people); i += 2 {
		a, b := s.people[i], s.people[i+1]
		group.Go(func() error {
			b2 := client.Backoff{First: 100 * time.Millisecond, Max: 2 * time.Second}
			return client.Retry(ctx, b2, func(err error) { s.book.failed("conversation", err) }, func(ctx context.Context) error {
				conversation, err := a.Direct(ctx, b.id)
				a.conversation, b.conversation = conversation.ID, conversation.ID
				return err
			})
		})
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("pair people: %w", err)
	}
	return nil
}

// report writes a line now and then, until the context ends; the channel closes then.
func (s *scenario) report(ctx context.Context, began time.Time) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				s.say("%4.0f s  %s", time.Since(began).Seconds(), s.book.line())
			}
		}
	}()
	return done
}

func (s *scenario) say(format string, args ...any) {
	if s.Progress != nil {
		fmt.Fprintf(s.Progress, format+"\n", args...)
	}
}

// errUnsettled says that the servers could not be read for the check.
var errUnsettled = errors.New("the check could not be made")
