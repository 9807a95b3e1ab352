package bench

import (
	"context"
	"fmt"
	"strings"

	"github.com/parley-chat/parley/e2e/cluster"
	"github.com/parley-chat/parley/loadtest/client"
	"github.com/parley-chat/parley/loadtest/crowd"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/redisbus"
	"github.com/parley-chat/parley/pkg/redisconn"
)

const (
	// perUser is how many sockets one user may have on a gateway at most.
	perUser = 1000
	// writers is how many people send, or read, at the same time.
	writers = 32
	// payloadBytes is the size of a text.
	payloadBytes = 128
)

// rig is what is measured, and who uses it.
type rig struct {
	Options
	cluster   *cluster.Cluster
	client    *client.Client
	owners    []*client.Session // of the sockets
	pairs     []pair
	publisher *redisbus.Publisher
	closers   []func()
	sent      int
	// measuring is what is measured now.
	measuring string
}

// pair are two people who write to each other, of whom one does.
type pair struct {
	*client.Session
	conversation string
}

func newRig(ctx context.Context, dir string, o Options) (*rig, error) {
	c, err := cluster.Start(dir, "CLUSTER_APIS=1", "CLUSTER_GATEWAYS=1", "PARLEY_MESSAGE_RATE=0", "PARLEY_PPROF=true", "PARLEY_PING_INTERVAL="+o.Ping.String(),
		"PARLEY_MAX_SOCKETS_PER_USER=1000", "PARLEY_MAX_SOCKETS_PER_ADDRESS=100000", "PARLEY_ACCEPT_RATE=100000")
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	r := &rig{Options: o, cluster: c, closers: []func(){c.Stop, cluster.RemoveBinaries}}
	if err := r.populate(ctx); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

func (r *rig) populate(ctx context.Context) (err error) {
	// Past nginx, whose cost is not ours.
	if r.client, err = client.New(client.Options{Base: r.cluster.API(1), Socket: r.cluster.Gateway(1)}); err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	r.closers = append(r.closers, r.client.Close)
	people, err := crowd.SignUp(ctx, r.client, crowd.NewRun(), (r.Sockets+perUser-1)/perUser+2*writers, crowd.DefaultConcurrency, nil)
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	r.owners = people[2*writers:]
	for i := range writers {
		a, b := people[2*i], people[2*i+1]
		conversation, err := a.Direct(ctx, b.User().ID)
		if err != nil {
			return fmt.Errorf("bench: %w", err)
		}
		r.pairs = append(r.pairs, pair{a, conversation.ID})
	}
	redis, err := redisconn.Open("redis://"+r.cluster.Listens("redis"), "bench")
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	r.publisher = redisbus.NewPublisher(redis, redisbus.PublisherOptions{})
	r.closers = append(r.closers, func() { _ = redis.Close() }, func() { _ = r.publisher.Close(context.WithoutCancel(ctx)) })
	return nil
}

func (r *rig) close() {
	for i := len(r.closers) - 1; i >= 0; i-- {
		r.closers[i]()
	}
}

// tokens are one for each socket.
func (r *rig) tokens() []string {
	tokens := make([]string, r.Sockets)
	for i := range tokens {
		tokens[i] = r.owners[i/perUser].AccessToken()
	}
	return tokens
}

// open opens Parley's sockets.
func (r *rig) open(ctx context.Context) (*sockets, error) {
	return open(ctx, r.cluster.Gateway(1), r.tokens())
}

// openFloor opens the floor's.
func (r *rig) openFloor(ctx context.Context) (*sockets, error) {
	return open(ctx, r.Floor, make([]string, r.Sockets))
}

// frame is a message as clients get it, of about the size that it has with a text of payloadBytes.
func frame() []byte {
	return []byte(`{"type":"typing","conversationId":"01","userId":"` + strings.Repeat("x", payloadBytes) + `","active":true}`)
}

// publish sends n frames to all of Parley's sockets.
func (r *rig) publish(n int) {
	for range n {
		for _, owner := range r.owners {
			r.publisher.Publish(bus.Message{Channel: bus.UserChannel(chat.UserID(owner.User().ID)), Payload: frame()})
		}
	}
}
