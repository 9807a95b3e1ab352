package bench

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parley-chat/parley/e2e/cluster"
	"github.com/parley-chat/parley/loadtest/client"
	"github.com/parley-chat/parley/loadtest/crowd"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/redisbus"
	"github.com/parley-chat/parley/pkg/redisconn"
)

const (
	// devices is how many sockets a person has at most: the first one, the next two, and so on, and again.
	devices = 5
	// perRoom is how many people are in one group with a room channel.
	perRoom = chat.MaxFirstMembers + 1
	// writers is how many people send, or read, at the same time.
	writers = 32
	// payloadBytes is the size of a text.
	payloadBytes = 128
)

// rig is what is measured, and who uses it.
type rig struct {
	Options
	cluster   *cluster.Cluster
	clients   []*client.Client  // of the API nodes
	owners    []*client.Session // of the sockets
	rooms     []bus.Channel     // of groups that the owners are in
	pairs     []pair
	holders   *holders
	publisher *redisbus.Publisher
	redisInfo func(context.Context) (string, error)
	closers   []func()
	sent      int
	// rest is what the processes that are measured use a second while nothing is done, in seconds; 0 where that counts as well.
	rest float64
	// measuring is what is measured now.
	measuring string
}

// pair are two people who write to each other, of whom one does.
type pair struct {
	*client.Session
	conversation string
}

// settings lift what limits a load that comes from one address.
func (o Options) settings() []string {
	return []string{
		"PARLEY_MESSAGE_RATE=0", "PARLEY_PPROF=true", "PARLEY_PING_INTERVAL=" + o.Ping.String(), "PARLEY_ACCESS_TTL=24h",
		"PARLEY_MAX_SOCKETS=19500", "PARLEY_MAX_SOCKETS_PER_ADDRESS=100000", "PARLEY_ACCEPT_RATE=100000",
	}
}

func newRig(ctx context.Context, dir string, o Options) (*rig, error) {
	r, err := startRig(ctx, dir, o, 2, 2)
	if err != nil {
		return nil, err
	}
	if err := r.populate(ctx); err != nil {
		r.close()
		return nil, fmt.Errorf("bench: %w", err)
	}
	return r, nil
}

// startRig starts so many nodes of each kind, and no people.
func startRig(ctx context.Context, dir string, o Options, apis, gateways int, settings ...string) (*rig, error) {
	settings = slices.Concat(o.settings(), settings, []string{"CLUSTER_APIS=" + strconv.Itoa(apis), "CLUSTER_GATEWAYS=" + strconv.Itoa(gateways)})
	c, err := cluster.Start(dir, settings...)
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	r := &rig{Options: o, cluster: c, closers: []func(){c.Stop}}
	if err := r.connect(ctx, apis); err != nil {
		r.close()
		return nil, fmt.Errorf("bench: %w", err)
	}
	return r, nil
}

// connect makes the ways to the API nodes and to Redis.
func (r *rig) connect(ctx context.Context, apis int) error {
	for i := range apis {
		// Past nginx, whose cost is not ours.
		c, err := client.New(client.Options{Base: r.cluster.API(i + 1), Socket: r.cluster.Gateway(1), Timeout: time.Minute})
		if err != nil {
			return err //nolint:wrapcheck // by the caller
		}
		r.clients = append(r.clients, c)
		r.closers = append(r.closers, c.Close)
	}
	redis, err := redisconn.Open("redis://"+r.cluster.Listens("redis"), "bench")
	if err != nil {
		return err //nolint:wrapcheck // by the caller
	}
	r.redisInfo = func(ctx context.Context) (string, error) { return redis.Info(ctx, "cpu").Result() } //nolint:wrapcheck // by the caller
	r.publisher = redisbus.NewPublisher(redis, redisbus.PublisherOptions{})
	r.closers = append(r.closers, func() { _ = redis.Close() }, func() { _ = r.publisher.Close(context.WithoutCancel(ctx)) })
	return nil
}

func (r *rig) populate(ctx context.Context) (err error) {
	seated := len(socketsOf(max(r.Sockets, r.Storm)))
	people, err := r.signUp(ctx, max(seated, 2*couples, hotSenders)+2*writers)
	if err != nil {
		return err
	}
	r.owners = people[2*writers:]
	if r.pairs, err = acquaint(ctx, people[:2*writers]); err != nil {
		return err
	}
	if err := r.seat(ctx, r.owners[:seated]); err != nil {
		return err
	}
	return r.hold(max(r.Sockets, r.Storm, 2*couples))
}

func (r *rig) signUp(ctx context.Context, people int) ([]*client.Session, error) {
	fmt.Fprintf(r.Progress, "signing %d people up\n", people)
	return crowd.SignUp(ctx, r.clients[0], crowd.NewRun(), people, crowd.DefaultConcurrency, nil) //nolint:wrapcheck // says what it is
}

// hold starts the client processes for so many sockets.
func (r *rig) hold(sockets int) (err error) {
	if r.holders, err = startHolders(r.Holder, sockets); err != nil {
		return err
	}
	r.closers = append(r.closers, r.holders.stop)
	return nil
}

// acquaint opens the direct conversations of people, two by two.
func acquaint(ctx context.Context, people []*client.Session) (pairs []pair, err error) {
	for i := 0; i+1 < len(people); i += 2 {
		conversation, err := people[i].Direct(ctx, people[i+1].User().ID)
		if err != nil {
			return nil, err //nolint:wrapcheck // by the caller
		}
		pairs = append(pairs, pair{people[i], conversation.ID})
	}
	return pairs, nil
}

// seat puts people into groups that have room channels.
func (r *rig) seat(ctx context.Context, all []*client.Session) error {
	for len(all) > 0 {
		some := all[:min(perRoom, len(all))]
		all = all[len(some):]
		ids := make([]string, len(some))
		for i, p := range some {
			ids[i] = p.User().ID
		}
		group, err := some[0].Group(ctx, "All", ids[1:]...)
		if err != nil {
			return err //nolint:wrapcheck // by the caller
		}
		r.rooms = append(r.rooms, bus.RoomChannel(chat.ConversationID(group.ID)))
	}
	return nil
}

func (r *rig) close() {
	for i := len(r.closers) - 1; i >= 0; i-- {
		r.closers[i]()
	}
}

// socketsOf is how many sockets each person has, of n in all.
func socketsOf(n int) (each []int) {
	for person := 0; n > 0; person++ {
		has := min(n, person%devices+1)
		each = append(each, has)
		n -= has
	}
	return each
}

// targets are n sockets of people, on the gateways by turns.
func (r *rig) targets(n int, gateways ...string) []Target {
	targets := make([]Target, 0, n)
	for person, has := range socketsOf(n) {
		for range has {
			targets = append(targets, Target{Address: gateways[len(targets)%len(gateways)], Token: r.owners[person].AccessToken()})
		}
	}
	return targets
}

// open opens Parley's sockets, on one gateway.
func (r *rig) open() error { return r.holders.open(r.targets(r.Sockets, r.cluster.Gateway(1))) }

// openFloor opens the floor's.
func (r *rig) openFloor() error {
	targets := make([]Target, r.Sockets)
	for i := range targets {
		targets[i].Address = r.Floor
	}
	return r.holders.open(targets)
}

// frame is a message as clients get it, of about the size that it has with a text of payloadBytes.
func frame() []byte {
	return []byte(`{"type":"typing","conversationId":"01","userId":"` + strings.Repeat("x", payloadBytes) + `","active":true}`)
}

// publish sends n frames to all of Parley's sockets.
func (r *rig) publish(n int) {
	for range n {
		for _, room := range r.rooms {
			r.publisher.Publish(bus.Message{Channel: room, Payload: frame()})
		}
	}
}
