package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/parley-chat/parley/loadtest/client"
	"github.com/parley-chat/parley/pkg/chat"
)

const (
	// roomDeliveries is how many deliveries a row of the table of rooms is made of, if that is no more than mostRoomMessages.
	roomDeliveries   = 60_000
	mostRoomMessages = 500
	leastRoomMessage = 20
	// gatewaySockets are spread over the gateways of each row of their table.
	gatewaySockets = 2 * couples
	// calmPairs is how many messages a second pairs write there: eight gateways share the machine.
	calmPairs = 500
)

// roomTable is of one group, all of whose members have a socket on one gateway.
func (o GrowthOptions) roomTable() growing {
	return growing{
		GrowthTable: GrowthTable{Name: "rooms", Size: "members", Columns: []string{
			"API, µs CPU a message", "Redis, µs CPU a message", "gateway, µs CPU a message", "gateway, µs CPU a delivery", "ms until all have it",
		}},
		sizes: o.Rooms,
		rig: func(ctx context.Context) (*rig, error) {
			return o.newRig(ctx, 1, 1, func(r *rig) (err error) {
				if r.owners, err = r.signUp(ctx, slices.Max(o.Rooms)); err != nil {
					return err
				}
				return r.hold(slices.Max(o.Rooms))
			})
		},
		row: roomRow,
	}
}

func roomRow(ctx context.Context, r *rig, size int) ([]float64, error) {
	group, err := r.gather(ctx, size)
	if err != nil {
		return nil, err
	}
	targets := make([]Target, size)
	for i := range targets {
		targets[i] = Target{Address: r.cluster.Gateway(1), Token: r.owners[i].AccessToken()}
	}
	if err := r.holders.open(targets); err != nil {
		return nil, err
	}
	time.Sleep(settle)
	all, err := newMeters(r.Duration, processes(r.cluster.APIOps(1)), r.redis(ctx), processes(r.cluster.GatewayOps(1)))
	if err != nil {
		return nil, err
	}
	heard, err := r.holders.heard()
	if err != nil {
		return nil, err
	}
	messages := min(mostRoomMessages, max(leastRoomMessage, roomDeliveries/size))
	spent, took, err := all.during(func() error {
		for i := range messages {
			id := fmt.Sprintf("room-%d-%d", size, i)
			if _, _, err := r.owners[0].Send(ctx, group, client.NewMessage{ClientID: id, Text: textOf(id)}); err != nil {
				return fmt.Errorf("send: %w", err)
			}
			if err := r.holders.await(heard + int64((i+1)*size)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	each := func(seconds float64) float64 { return seconds * micro / float64(messages) }
	return []float64{each(spent[0]), each(spent[1]), each(spent[2]), each(spent[2]) / float64(size), took.Seconds() * 1000 / float64(messages)}, r.holders.close()
}

// gather makes a group of so many.
func (r *rig) gather(ctx context.Context, size int) (id string, err error) {
	ids := make([]string, size)
	for i, p := range r.owners[:size] {
		ids[i] = p.User().ID
	}
	first := min(size, perRoom)
	group, err := r.owners[0].Group(ctx, fmt.Sprint(size, " members"), ids[1:first]...)
	if err != nil {
		return "", fmt.Errorf("group: %w", err)
	}
	for some := range slices.Chunk(ids[first:], chat.MaxAddedMembers) {
		if err := r.owners[0].AddMembers(ctx, group.ID, some...); err != nil {
			return "", fmt.Errorf("add members: %w", err)
		}
	}
	time.Sleep(time.Duration(chat.RoomGrace) * time.Millisecond) // until then each member is told of what happens as well
	return group.ID, nil
}

// gatewayTable is of the same people and messages on more and more gateways.
func (o GrowthOptions) gatewayTable() growing {
	return growing{
		GrowthTable: GrowthTable{Name: "gateways", Size: "gateways", Columns: []string{
			"one at rest, ms CPU a second", fmt.Sprintf("a message to %d in rooms, µs CPU of all", gatewaySockets), "a delivery of it, µs CPU", "Redis, µs CPU a room",
			"pairs calm, µs CPU a delivery", "Redis, µs CPU a publish", "pairs saturated, µs CPU a delivery", "Redis, µs CPU a publish",
		}},
		sizes: o.Gateways,
		rig: func(ctx context.Context) (*rig, error) {
			return o.newRig(ctx, 1, slices.Max(o.Gateways), func(r *rig) (err error) {
				if r.owners, err = r.signUp(ctx, gatewaySockets); err != nil {
					return err
				}
				return errors.Join(r.seat(ctx, r.owners), r.hold(gatewaySockets))
			})
		},
		row: gatewayRow,
	}
}

func gatewayRow(ctx context.Context, r *rig, size int) ([]float64, error) {
	var numbers []int
	var ops []string
	targets := make([]Target, gatewaySockets)
	for i := range size {
		numbers, ops = append(numbers, i+1), append(ops, r.cluster.GatewayOps(i+1))
	}
	for i := range targets {
		targets[i] = Target{Address: r.cluster.Gateway(numbers[i%size]), Token: r.owners[i].AccessToken()}
	}
	all, err := newMeters(2*r.Duration, processes(ops...))
	if err != nil {
		return nil, err
	}
	if err := r.holders.open(targets); err != nil {
		return nil, err
	}
	time.Sleep(settle)
	r.Sockets, r.rest = gatewaySockets, all.rest[0]
	delivery, redis, err := r.fanOutOver(ctx, ops)
	if err := errors.Join(err, r.holders.close()); err != nil {
		return nil, err
	}
	values := []float64{all.rest[0] * 1000 / float64(size), delivery * gatewaySockets, delivery, redis}
	for _, rate := range []int{calmPairs, 0} {
		some, err := r.converse(ops, numbers, rate)(ctx)
		if err != nil {
			return nil, err
		}
		values = append(values, some[0], some[1])
	}
	return values, nil
}

// fanOutOver sends calmly to all rooms: what a delivery costs the gateways, and a publish to a room Redis.
func (r *rig) fanOutOver(ctx context.Context, ops []string) (delivery, publish float64, err error) {
	redis, err := newMeters(2*r.Duration, r.redis(ctx))
	if err != nil {
		return 0, 0, err
	}
	published := 0
	spent, _, err := redis.during(func() (err error) {
		delivery, err = r.deliver(ops, func(n int) error { published += n * len(r.rooms); return r.toParley(n) }, true, deliveriesCalm/gatewaySockets)
		return err
	})
	if err != nil {
		return 0, 0, err
	}
	return delivery, spent[0] * micro / float64(published), nil
}
