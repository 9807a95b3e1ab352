package pairs

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/parley-chat/parley/loadtest/check"
	"github.com/parley-chat/parley/loadtest/client"
)

// maxInFlight is how many messages may wait for their acknowledgement at the same time; the next one waits until there is
// room. It is far more than a healthy server ever lets wait.
const maxInFlight = 4096

var sendBackoff = client.Backoff{First: 100 * time.Millisecond, Max: 2 * time.Second}

// write starts a message at every beat until ctx ends or the time is over. The senders may go on trying until sending
// ends; the function that it returns waits for them.
func (s *scenario) write(ctx, sending context.Context) (wait func()) {
	var senders sync.WaitGroup
	room := make(chan struct{}, maxInFlight)
	random := rand.New(rand.NewPCG(s.Seed, s.Seed))
	beat := time.Duration(float64(time.Second) / s.Rate)
	began := time.Now()
	var order []int
	for i := 0; ; i++ {
		due := time.Duration(i) * beat
		if due >= s.Duration || !sleepUntil(ctx, began.Add(due)) {
			return senders.Wait
		}
		// Everybody once, in a new order each round: the rate is even for each of them, too.
		if len(order) == 0 {
			order = random.Perm(len(s.people))
		}
		p := s.people[order[0]]
		order = order[1:]
		clientID := fmt.Sprintf("%s-%d", s.run, i)
		text := filled(random, clientID, s.Payload)
		room <- struct{}{}
		senders.Go(func() {
			s.send(sending, p, clientID, text)
			<-room
		})
	}
}

func (s *scenario) send(ctx context.Context, p *person, clientID, text string) {
	s.book.starts(check.Sent{
		ConversationID: p.conversation, SenderID: p.id, ClientID: clientID, Text: text, Started: time.Now(),
	})
	m, err := p.Deliver(ctx, sendBackoff, p.conversation, client.NewMessage{ClientID: clientID, Text: text},
		func(err error) { s.book.failed("send", err) })
	if err == nil {
		s.book.acknowledged(clientID, m, time.Now())
	}
}

// filled is a text of size bytes that starts with the id.
func filled(random *rand.Rand, id string, size int) string {
	const letters = "abcdefghijklmnopqrstuvwxyz     "
	var b strings.Builder
	b.WriteString(id + " ")
	for b.Len() < size-1 {
		b.WriteByte(letters[random.IntN(len(letters))])
	}
	b.WriteByte('.')
	return b.String()
}

// sleepUntil tells whether the time came before the context ended.
func sleepUntil(ctx context.Context, at time.Time) bool {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return ctx.Err() == nil
	}
}
