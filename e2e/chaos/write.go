package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/parley-chat/parley/loadtest/check"
	"github.com/parley-chat/parley/loadtest/client"
)

// maxInFlight is how many messages may wait for their acknowledgement; the next one waits until there is room.
const maxInFlight = 2048

// readEvery is how many messages there are to one read position that is told.
const readEvery = 4

var sendBackoff = client.Backoff{First: 100 * time.Millisecond, Max: 2 * time.Second}

// write lets people write until writing ends. Those whose message is under way go on trying; wait waits for them, at
// most as long as everything may take to settle.
func (r *run) write(writing, living context.Context) (wait func()) {
	sending, stop := context.WithCancel(living)
	var all sync.WaitGroup
	all.Go(func() { r.writeAll(writing, sending, &all) })
	return func() {
		giveUp := time.AfterFunc(settle, stop)
		defer giveUp.Stop()
		all.Wait()
		stop()
	}
}

func (r *run) writeAll(writing, sending context.Context, all *sync.WaitGroup) {
	random := rand.New(rand.NewPCG(r.Seed, 5))
	places := make(chan struct{}, maxInFlight)
	beat := time.Duration(float64(time.Second) / r.Rate)
	began := time.Now()
	for i := 0; sleepUntil(writing, began.Add(time.Duration(i)*beat)); i++ {
		c := r.somewhere(random)
		p := c.members[random.IntN(len(c.members))]
		clientID := fmt.Sprintf("%s-%d", r.name, i)
		places <- struct{}{}
		all.Go(func() {
			r.send(sending, p, c, clientID)
			<-places
		})
		if i%readEvery == 0 {
			d := p.devices[random.IntN(len(p.devices))]
			all.Go(func() { r.read(sending, d, c) })
		}
	}
}

// somewhere is where the next message goes.
func (r *run) somewhere(random *rand.Rand) *room {
	where := r.couples
	if random.IntN(10) < inGroups && len(r.groups) > 0 {
		where = r.groups
	}
	return where[random.IntN(len(where))]
}

func (r *run) send(ctx context.Context, p *person, c *room, clientID string) {
	text := "This is message " + clientID + "."
	r.book.starts(check.Sent{ConversationID: c.id, SenderID: p.id, ClientID: clientID, Text: text, Started: time.Now()})
	m, err := p.Deliver(ctx, sendBackoff, c.id, client.NewMessage{ClientID: clientID, Text: text}, r.book.failed)
	if err == nil {
		r.book.acknowledged(clientID, m, time.Now())
	}
}

// read tells that a person has read what a device of theirs has.
func (r *run) read(ctx context.Context, d *device, c *room) {
	seq := d.Cursors()[c.id]
	if seq == 0 {
		return
	}
	at := position{d.person.id, c.id}
	r.book.tries(at, seq)
	err := client.Retry(ctx, sendBackoff, r.book.failed, func(ctx context.Context) error {
		_, err := d.person.Read(ctx, c.id, seq)
		return err
	})
	if err == nil {
		r.book.read(at, seq)
	}
}
