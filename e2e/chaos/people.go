package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/parley-chat/parley/loadtest/client"
	"github.com/parley-chat/parley/loadtest/crowd"
)

// sides are where people live: each has a wire of its own to nginx, so that a cut takes away a half of them.
var sides = []string{"west", "east"}

// gapPatience is how long every other device waits for a missing entry before it asks: long enough that in calm times
// whatever it had to ask for was never sent.
const gapPatience = 4 * time.Second

// person has one or two devices.
type person struct {
	*client.Session
	id      string
	devices []*device
	rooms   []*room
	watched []string
	// guests are groups in which the person comes and goes, by id.
	guests map[string]*guest
}

// room is a conversation.
type room struct {
	id string
	// members stay all along; guests come and go, and final are those of them who are in it at the end.
	members []*person
	guests  []*guest
	final   []*person
}

// device is a client's device that can be put to sleep.
type device struct {
	*client.Device
	person  *person
	patient bool

	mu     sync.Mutex // guards what follows
	since  time.Time  // when its socket was opened; zero without one
	seen   map[string]bool
	stop   context.CancelFunc
	asleep chan struct{} // closed to wake it; nil while it is awake
}

// meet makes accounts, conversations and devices.
func (r *run) meet(ctx context.Context) error {
	r.say("signing %d people up", r.Users)
	var doors []*client.Client
	for _, side := range sides {
		c, err := r.via(side)
		if err != nil {
			return err
		}
		doors = append(doors, c)
	}
	sessions, err := crowd.SignUp(ctx, doors[0], r.name, r.Users, crowd.DefaultConcurrency, nil)
	if err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(r.Seed, 3))
	for i, session := range sessions {
		p := &person{Session: session.Via(doors[i%len(doors)]), id: session.User().ID, guests: map[string]*guest{}}
		for range 1 + random.IntN(2) {
			p.devices = append(p.devices, r.newDevice(p, len(p.devices)%2 == i%2))
		}
		r.people = append(r.people, p)
	}
	return r.acquaint(ctx)
}

// acquaint opens the conversations: each person has one with the next, and one with the third after; and there are groups.
func (r *run) acquaint(parent context.Context) error {
	group, ctx := errgroup.WithContext(parent)
	group.SetLimit(crowd.DefaultConcurrency)
	for i, a := range r.people {
		for _, step := range []int{1, 3} {
			b := r.people[(i+step)%len(r.people)]
			if step == 3 && len(r.people) < 7 {
				continue // it would be the same two again
			}
			c := &room{members: []*person{a, b}}
			r.rooms = append(r.rooms, c)
			group.Go(func() error {
				return client.Retry(ctx, client.Backoff{First: 100 * time.Millisecond, Max: time.Second}, nil, func(ctx context.Context) error {
					opened, err := a.Direct(ctx, b.id)
					c.id = opened.ID
					return err
				})
			})
		}
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("open conversations: %w", err)
	}
	r.couples = r.rooms
	if err := r.gather(parent); err != nil {
		return err
	}
	for _, c := range r.rooms {
		for _, p := range c.members {
			p.rooms = append(p.rooms, c)
		}
	}
	return nil
}

func (r *run) newDevice(p *person, patient bool) *device {
	d := &device{person: p, patient: patient, seen: map[string]bool{}}
	d.Device = client.NewDevice(p.Session, client.Hooks{
		Delivered: func(one client.Delivery) { r.book.delivered(d, one) },
		Heard:     func(e client.Event) { r.heard(d, e) },
		Frame:     d.frame,
		Closed:    func(int, error) { d.lostSocket() },
	})
	if patient {
		d.GapPatience = gapPatience
	}
	return d
}

// connect lets all devices live, and waits until each has its socket and watches whom it talks to.
func (r *run) connect(ctx, living context.Context) error {
	r.say("opening the sockets of %d devices", len(r.allDevices()))
	for _, d := range r.allDevices() {
		r.devices.Go(func() { d.live(living) })
	}
	for _, d := range r.allDevices() {
		if err := d.AwaitConnected(ctx); err != nil {
			return err
		}
		if err := d.CatchUp(ctx); err != nil {
			return err
		}
		d.person.watched = d.person.others()
		_ = d.Watch(d.person.watched...) // fails only with the socket, whose successor repeats it
	}
	return nil
}

func (r *run) allDevices() []*device {
	var all []*device
	for _, p := range r.people {
		all = append(all, p.devices...)
	}
	return all
}

// others are the people whom a person talks to.
func (p *person) others() []string {
	seen := map[string]bool{p.id: true}
	var all []string
	for _, c := range p.rooms {
		for _, m := range c.members {
			if !seen[m.id] {
				seen[m.id] = true
				all = append(all, m.id)
			}
		}
	}
	return all
}

func (d *device) frame(f client.Frame) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch f.Type {
	case "hello":
		d.since = time.Now()
	case "presence":
		d.seen[f.UserID] = f.Online
	}
}

func (d *device) lostSocket() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.since = time.Time{}
}

// steadySince tells whether the device has held one socket since then.
func (d *device) steadySince(t time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !d.since.IsZero() && d.since.Before(t)
}

// live runs the device until the context ends, but for when it sleeps.
func (d *device) live(ctx context.Context) {
	for ctx.Err() == nil {
		awake, stop := context.WithCancel(ctx)
		d.mu.Lock()
		asleep := d.asleep
		d.stop = stop
		d.mu.Unlock()
		if asleep == nil {
			_ = d.Run(awake) // a session that has ended shows in the logs
		} else {
			select {
			case <-asleep:
			case <-ctx.Done():
			}
		}
		stop()
	}
}

// sleep takes the device off the air until wake is called.
func (d *device) sleep() {
	d.mu.Lock()
	d.since = time.Time{}
	if d.asleep == nil {
		d.asleep = make(chan struct{})
	}
	stop := d.stop
	d.mu.Unlock()
	d.Cut()
	stop()
}

func (d *device) wake() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.asleep != nil {
		close(d.asleep)
		d.asleep = nil
	}
}

func (d *device) awake() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.asleep == nil
}

// disturb cuts devices off and lets them sleep, until the context ends; then all wake.
func (r *run) disturb(ctx context.Context, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 4))
	devices := r.allDevices()
	for sleep(ctx, time.Second/2) {
		d := devices[random.IntN(len(devices))]
		if !d.awake() {
			continue
		}
		if random.IntN(2) == 0 {
			r.book.dropped()
			d.Cut()
			continue
		}
		r.book.slept()
		d.sleep()
		nap := time.Duration(1+random.IntN(10)) * time.Second
		r.devices.Go(func() {
			sleep(ctx, nap)
			d.wake()
		})
	}
}

// sendAway lets one person in ten sleep with all devices, until bringBack.
func (r *run) sendAway() {
	for i := 0; i < len(r.people); i += 10 {
		for _, d := range r.people[i].devices {
			d.sleep()
		}
	}
}

func (r *run) bringBack() {
	for _, d := range r.allDevices() {
		d.wake()
	}
}

func (r *run) rawDuplicates() int {
	n := 0
	for _, d := range r.allDevices() {
		n += d.Stats().RawDuplicates
	}
	return n
}
