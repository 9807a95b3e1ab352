package node

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/parley-chat/parley/gateway/socket"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
)

const (
	// seatsBatch is for how many users the store is asked at once.
	seatsBatch = 1000
	// seatsAtOnce is how many users get on and off room channels at the same time.
	seatsAtOnce = 16
	// seatsGather is how long the node rests after a question, so that who asks meanwhile is in one with others: when many connect, most
	// of what a question costs is the same for one user as for many.
	seatsGather = 4 * time.Millisecond
	// seatsRetry is between two tries to ask a store that doesn't answer.
	seatsRetry = 500 * time.Millisecond
	// seatsPatience is for how long a new socket waits for its rooms; it is let in without them then, and asked to sync once it
	// has them.
	seatsPatience = 2 * time.Second
)

// SeatStore reads who belongs to which conversation that has a room channel.
type SeatStore interface {
	// RoomSeats are the users' memberships in conversations that have a room channel; at most 1,000 users.
	RoomSeats(ctx context.Context, users []chat.UserID) ([]chat.Member, error)
	// Revised are those of the conversations that have changed since the given revisions; at most 1,000.
	Revised(ctx context.Context, known map[chat.ConversationID]int64) ([]chat.ConversationID, error)
	// ConversationsByID leaves out unknown ids; at most 1,000 ids.
	ConversationsByID(ctx context.Context, ids []chat.ConversationID) ([]chat.Conversation, error)
}

// seats keeps every user's sockets on the room channels that the user has a seat in, as the store says. It never takes anybody's
// word for who is in: an order only makes it ask.
type seats struct {
	node *Node
	wake chan struct{}

	mu sync.Mutex // guards the following
	// asked are users whose seats are to be looked up.
	asked map[chat.UserID]asking
	rooms map[chat.ConversationID]int64 // see rooms.go
}

// asking is why a user's seats are looked up.
type asking struct {
	// late: who gets a seat may have missed something, and is asked to sync.
	late bool
	// then is called when it is done.
	then []func()
}

func newSeats(n *Node) *seats {
	return &seats{node: n, wake: make(chan struct{}, 1), asked: map[chat.UserID]asking{}, rooms: map[chat.ConversationID]int64{}}
}

// ask has users' seats looked up.
func (s *seats) ask(late bool, users ...chat.UserID) {
	s.mu.Lock()
	for _, user := range users {
		a := s.asked[user]
		a.late = a.late || late
		s.asked[user] = a
	}
	s.mu.Unlock()
	s.signal()
}

// askThen has a user's seats looked up and calls then afterwards, on a goroutine of the node.
func (s *seats) askThen(user chat.UserID, then func()) {
	s.mu.Lock()
	a := s.asked[user]
	a.then = append(a.then, then)
	s.asked[user] = a
	s.mu.Unlock()
	s.signal()
}

func (s *seats) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// await gives a new socket's user their seats. Where that takes too long, the user is let in, and asked to sync later.
func (s *seats) await(ctx context.Context, user chat.UserID) {
	done := make(chan struct{})
	s.askThen(user, func() { close(done) })
	timer := time.NewTimer(seatsPatience)
	defer timer.Stop()
	select {
	case <-done:
		return
	case <-timer.C:
	case <-ctx.Done():
	}
	s.ask(true, user)
}

// take is some of those who are to be looked up.
func (s *seats) take() map[chat.UserID]asking {
	s.mu.Lock()
	defer s.mu.Unlock()
	some := make(map[chat.UserID]asking, min(len(s.asked), seatsBatch))
	for user, a := range s.asked {
		if len(some) == seatsBatch {
			break
		}
		some[user] = a
		delete(s.asked, user)
	}
	return some
}

// giveBack has users looked up again who could not be.
func (s *seats) giveBack(some map[chat.UserID]asking) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for user, a := range some {
		b := s.asked[user]
		s.asked[user] = asking{late: true, then: append(a.then, b.then...)}
	}
}

// run looks up whoever is asked for, many at once, until ctx ends.
func (s *seats) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		}
		for some := s.take(); len(some) > 0 && ctx.Err() == nil; some = s.take() {
			pause := seatsGather
			if err := s.lookUp(ctx, some); err != nil {
				pause = seatsRetry
				s.giveBack(some)
				if ctx.Err() == nil {
					s.node.log.WarnContext(ctx, "rooms of users unknown; will ask again", "users", len(some), "error", err)
				}
			}
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
		}
	}
}

func (s *seats) lookUp(ctx context.Context, some map[chat.UserID]asking) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	users := make([]chat.UserID, 0, len(some))
	for user := range some {
		users = append(users, user)
	}
	members, err := s.node.opts.Store.RoomSeats(ctx, users)
	if err != nil {
		return err //nolint:wrapcheck // logged by the caller
	}
	rooms := make(map[chat.UserID][]chat.ConversationID, len(some))
	for _, m := range members {
		rooms[m.UserID] = append(rooms[m.UserID], m.ConversationID)
	}
	var jobs errgroup.Group
	jobs.SetLimit(seatsAtOnce)
	for user, a := range some {
		jobs.Go(func() error {
			s.place(ctx, user, rooms[user], a.late)
			for _, then := range a.then {
				then()
			}
			return nil
		})
	}
	return jobs.Wait() //nolint:wrapcheck // is nil
}

// place puts all of a user's sockets on the channels of the rooms, and on no others.
func (s *seats) place(ctx context.Context, user chat.UserID, rooms []chat.ConversationID, late bool) {
	n := s.node
	for _, sock := range n.hub.Sockets(bus.UserChannel(user)) {
		c, ok := sock.Owner().(*Client)
		if !ok {
			continue
		}
		added, err := c.sit(ctx, rooms)
		if err != nil {
			n.log.WarnContext(ctx, "rooms not joined; will try again", "user", user, "error", err)
			time.AfterFunc(seatsRetry, func() { s.ask(true, user) })
		}
		s.opened(added)
		if late && len(added) > 0 {
			sock.Send(n.resync)
			n.counts.Resyncs.Inc()
			n.counts.LateSeats.Inc()
		}
	}
}

// everybody has all users' seats looked up.
func (s *seats) everybody() {
	all := s.node.wheel.All()
	users := make([]chat.UserID, len(all))
	for i, sock := range all {
		users[i] = sock.UserID
	}
	s.ask(true, users...)
}

// usersOn are those with sockets on a channel.
func usersOn(sockets []*socket.Socket) []chat.UserID {
	users := make([]chat.UserID, len(sockets))
	for i, s := range sockets {
		users[i] = s.UserID
	}
	return users
}

// sit puts the client on the channels of the rooms, and on no others; added are those that are new to it.
func (c *Client) sit(ctx context.Context, rooms []chat.ConversationID) (added []chat.ConversationID, err error) {
	want := slices.Sorted(slices.Values(rooms))
	var join, quit []bus.Channel
	c.seatMu.Lock()
	if c.stood {
		c.seatMu.Unlock()
		return nil, nil
	}
	c.rooms = slices.DeleteFunc(c.rooms, func(id chat.ConversationID) bool {
		_, wanted := slices.BinarySearch(want, id)
		if !wanted {
			quit = append(quit, bus.RoomChannel(id))
		}
		return !wanted
	})
	for _, id := range rooms {
		if _, sits := slices.BinarySearch(c.rooms, id); !sits {
			added = append(added, id)
			join = append(join, bus.RoomChannel(id))
		}
	}
	c.joining = added
	c.seatMu.Unlock()

	c.node.hub.Unsubscribe(c.socket, quit...)
	if len(join) == 0 {
		return nil, nil
	}
	// Not under the lock: whoever takes a seat away must not wait for the bus.
	err = c.node.hub.Subscribe(ctx, c.socket, join...)
	if errors.Is(err, bus.ErrDown) {
		err = nil // they are there before the bus is back
	}
	c.seatMu.Lock()
	kept := c.joining
	c.joining = nil
	if err == nil && len(kept) > 0 {
		c.rooms = append(c.rooms, kept...)
		slices.Sort(c.rooms)
		c.rooms = slices.Compact(c.rooms)
	}
	c.seatMu.Unlock()
	if err != nil {
		return nil, err
	}
	kept, quit = keep(added, kept)
	c.node.hub.Unsubscribe(c.socket, quit...)
	return kept, nil
}

// keep parts the added rooms in those that are still wanted, and the channels of those that aren't.
func keep(added, wanted []chat.ConversationID) (kept []chat.ConversationID, quit []bus.Channel) {
	in := make(map[chat.ConversationID]bool, len(wanted))
	for _, id := range wanted {
		in[id] = true
	}
	for _, id := range added {
		if in[id] {
			kept = append(kept, id)
		} else {
			quit = append(quit, bus.RoomChannel(id))
		}
	}
	return kept, quit
}

// stand takes the client off a room's channel at once, also while it is getting there.
func (c *Client) stand(id chat.ConversationID) {
	c.seatMu.Lock()
	i, had := slices.BinarySearch(c.rooms, id)
	if had {
		c.rooms = slices.Delete(c.rooms, i, i+1)
	}
	for i, joining := range c.joining {
		if joining == id {
			c.joining = append(c.joining[:i:i], c.joining[i+1:]...)
			break
		}
	}
	c.seatMu.Unlock()
	if had {
		c.node.hub.Unsubscribe(c.socket, bus.RoomChannel(id))
	}
}

// standUp takes the client off all rooms for ever, and gives the channels that it was on.
func (c *Client) standUp() (channels []bus.Channel) {
	c.seatMu.Lock()
	defer c.seatMu.Unlock()
	c.stood = true
	for _, id := range c.rooms {
		channels = append(channels, bus.RoomChannel(id))
	}
	c.rooms, c.joining = nil, nil
	return channels
}
