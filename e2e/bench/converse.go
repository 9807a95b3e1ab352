package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
)

const (
	// couples is how many pairs of people talk at the same time, each with one socket; pairRate is how many messages a second they
	// write when it is calm.
	couples  = 1000
	pairRate = 2000
)

// pairFigures are of one measurement; a goal of 0 is none.
func (r *rig) pairFigures(name string, delivery, publish, p99 float64) []Figure {
	return []Figure{
		{Name: name, Unit: deliveryCPU, Goal: delivery},
		{Name: name + ": Redis", Unit: redisCPU, Goal: publish},
		{Name: name + ": p50", Unit: millis},
		{Name: name + ": p99", Unit: millis, Goal: p99},
	}
}

// converse has pairs talk, the two of each on two of the gateways if there are more than one: so many messages a second, or, with a
// rate of 0, each pair its next one as soon as all have come. A message goes to both, as Parley's do; it is published as an API node
// would after the commit.
func (r *rig) converse(addresses []string, gateways []int, rate int) measure {
	return func(ctx context.Context) ([]float64, error) {
		if err := r.openCouples(gateways); err != nil {
			return nil, err
		}
		time.Sleep(time.Second) // what connecting leaves to do
		redis, err := r.redisCPU(ctx)
		if err != nil {
			return nil, errors.Join(err, r.holders.close())
		}
		var published int64
		delivery, err := r.cost(addresses, func() (_ int64, err error) {
			if rate > 0 {
				published, err = r.talkAt(rate)
			} else {
				published, err = r.talkOnceHeard()
			}
			return published, err
		})
		if err != nil {
			return nil, errors.Join(err, r.holders.close())
		}
		after, err := r.redisCPU(ctx)
		late, lateErr := r.holders.late()
		if err := errors.Join(err, lateErr, r.holders.close()); err != nil {
			return nil, err
		}
		return []float64{delivery, (after - redis) * micro / float64(published), quantile(late, 50), quantile(late, 99)}, nil
	}
}

func (r *rig) openCouples(gateways []int) error {
	targets := make([]Target, 2*couples)
	for i := range targets {
		at := i/2 + i%2 // the next gateway for the second of each pair
		targets[i] = Target{Address: r.cluster.Gateway(gateways[at%len(gateways)]), Token: r.owners[i].AccessToken()}
	}
	return r.holders.open(targets)
}

// say publishes a message of one pair.
func (r *rig) say(couple int) {
	payload := fmt.Appendf(nil, `{"type":"typing","conversationId":"01","userId":"%s","active":true,%s%d}`, strings.Repeat("x", payloadBytes), sentAt, time.Now().UnixNano())
	r.publisher.Publish(
		bus.Message{Channel: r.channel(2 * couple), Payload: payload},
		bus.Message{Channel: r.channel(2*couple + 1), Payload: bytes.Clone(payload)},
	)
}

func (r *rig) channel(owner int) bus.Channel {
	return bus.UserChannel(chat.UserID(r.owners[owner].User().ID))
}

func (r *rig) talkAt(rate int) (published int64, err error) {
	began := time.Now()
	for n := 0; time.Since(began) < r.Duration; n++ {
		time.Sleep(time.Until(began.Add(time.Duration(n) * time.Second / time.Duration(rate))))
		r.say(n % couples)
		published += 2
	}
	return published, r.holders.await(published)
}

func (r *rig) talkOnceHeard() (published int64, err error) {
	for began := time.Now(); time.Since(began) < r.Duration; {
		for couple := range couples {
			r.say(couple)
			published += 2
		}
		if err := r.holders.await(published); err != nil {
			return published, err
		}
	}
	return published, nil
}

// quantile is below which so many of 100 are, in milliseconds.
func quantile(sorted []time.Duration, percent int) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, len(sorted)*percent/100)].Seconds() * 1000
}

// stormFigures are of storm.
func stormFigures(sockets int) []Figure {
	name := "storm: " + strconv.Itoa(sockets) + " sockets come back to two gateways"
	return []Figure{{Name: name, Unit: gatewayCPU}, {Name: name + ", until all are", Unit: "s"}}
}

// storm breaks all connections off, and opens them again at once, as fast as gateways that don't meter them let them in.
func (r *rig) storm(addresses []string) measure {
	return func(context.Context) ([]float64, error) {
		targets := r.targets(r.Storm, r.cluster.Gateway(1), r.cluster.Gateway(2))
		if err := r.holders.open(targets); err != nil {
			return nil, err
		}
		time.Sleep(time.Second) // what connecting leaves to do
		var took time.Duration
		v, err := r.cost(addresses, func() (int64, error) {
			began := time.Now()
			err := r.holders.open(targets)
			took = time.Since(began)
			return int64(r.Storm), err
		})
		return []float64{v, took.Seconds()}, errors.Join(err, r.holders.close())
	}
}
