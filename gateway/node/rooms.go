package node

import (
	"context"
	"slices"
	"time"

	"github.com/parley-chat/parley/gateway/socket"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
)

const (
	// roomsEvery is how often the store is asked which rooms have changed. With what asking takes it is below the second
	// within which somebody who was removed must hear nothing more, whatever became of the order.
	roomsEvery = 700 * time.Millisecond
	// unknown is the revision of a room that was opened on this node since it was looked at last.
	unknown = -1
)

// opened notes rooms that somebody here has got on.
func (s *seats) opened(rooms []chat.ConversationID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range rooms {
		if _, known := s.rooms[id]; !known {
			s.rooms[id] = unknown
		}
	}
}

// heard notes a revision of a room that an order told of. It counts only if none before it is missing.
func (s *seats) heard(id chat.ConversationID, revision int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok := s.rooms[id]; ok && known != unknown && revision == known+1 {
		s.rooms[id] = revision
	}
}

// watchRooms looks up the seats of whoever is on the channel of a room that has changed without an order, until ctx ends.
func (s *seats) watchRooms(ctx context.Context) {
	ticker := time.NewTicker(roomsEvery)
	defer ticker.Stop()
	failing, shown := false, 0
	for {
		select {
		case <-ctx.Done():
			s.node.counts.Rooms.Sub(float64(shown))
			return
		case <-ticker.C:
		}
		now := s.count()
		s.node.counts.Rooms.Add(float64(now - shown)) // two nodes of a process may share the gauge
		shown = now
		err := s.lookAtRooms(ctx)
		if ctx.Err() != nil {
			return
		}
		if (err != nil) != failing {
			failing = err != nil
			if failing {
				s.node.log.WarnContext(ctx, "changes of rooms unknown; will ask again", "error", err)
			}
		}
	}
}

func (s *seats) lookAtRooms(ctx context.Context) error {
	known, stale := s.known()
	for len(known) > 0 {
		some := make(map[chat.ConversationID]int64, min(len(known), seatsBatch))
		for id, revision := range known {
			if len(some) == seatsBatch {
				break
			}
			some[id] = revision
			delete(known, id)
		}
		timed, cancel := context.WithTimeout(ctx, askTimeout)
		revised, err := s.node.opts.Store.Revised(timed, some)
		cancel()
		if err != nil {
			return err //nolint:wrapcheck // logged by the caller
		}
		stale = append(stale, revised...)
	}
	for ids := range slices.Chunk(stale, seatsBatch) {
		if err := s.reread(ctx, ids); err != nil {
			return err
		}
	}
	return nil
}

// count is of how many rooms there are sockets here, as far as was looked.
func (s *seats) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.rooms)
}

// known are the rooms that have sockets here: with their revisions, or stale, where these are unknown.
func (s *seats) known() (known map[chat.ConversationID]int64, stale []chat.ConversationID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known = make(map[chat.ConversationID]int64, len(s.rooms))
	for id, revision := range s.rooms {
		switch {
		case !s.node.hub.Has(bus.RoomChannel(id)):
			delete(s.rooms, id)
		case revision == unknown:
			stale = append(stale, id)
		default:
			known[id] = revision
		}
	}
	return known, stale
}

// reread takes the revisions of rooms first, and has the seats of all who are on them looked up then.
func (s *seats) reread(ctx context.Context, ids []chat.ConversationID) error {
	timed, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	found, err := s.node.opts.Store.ConversationsByID(timed, ids)
	if err != nil {
		return err //nolint:wrapcheck // logged by the caller
	}
	s.mu.Lock()
	for _, c := range found {
		s.rooms[c.ID] = c.Revision
	}
	s.mu.Unlock()
	for _, id := range ids {
		s.ask(true, usersOn(s.node.hub.Sockets(bus.RoomChannel(id)))...)
	}
	return nil
}

// changed does what an order says of a group that has a room channel, and passes its frame on. Whom it is about gets that by their own
// channel alone: whether they are on the room's when its copy comes is a matter of chance.
func (n *Node) changed(c bus.Channel, o bus.Order) {
	n.seats.heard(o.ConversationID, o.Revision)
	switch {
	case o.Kind == bus.RoomOpened:
		n.pass(c, o)
		n.seats.ask(false, usersOn(n.hub.Sockets(c))...)
	case o.Kind == bus.RoomClosed:
		n.pass(c, o)
		n.stand(n.hub.Sockets(c), o.ConversationID)
	case o.Left:
		n.stand(n.hub.Sockets(bus.UserChannel(o.UserID)), o.ConversationID)
		n.pass(c, o)
		n.seats.ask(false, o.UserID)
	case o.UserID != "" && c == bus.UserChannel(o.UserID):
		// The new member's client loads the conversation when it gets the frame: what comes after that it must hear.
		n.seats.askThen(o.UserID, func() { n.pass(c, o) })
	default:
		n.pass(c, o)
		if o.UserID != "" && n.hub.Has(bus.UserChannel(o.UserID)) {
			n.seats.ask(false, o.UserID)
		}
	}
}

// pass hands an order's frame to the channel's sockets.
func (n *Node) pass(c bus.Channel, o bus.Order) {
	if c == bus.RoomChannel(o.ConversationID) && o.UserID != "" {
		n.hub.DeliverBut(o.Frame, c, o.UserID)
	} else {
		n.hub.Deliver(c, o.Frame)
	}
	n.recent.Heard(c, o.Frame)
}

func (n *Node) stand(sockets []*socket.Socket, id chat.ConversationID) {
	for _, s := range sockets {
		if c, ok := s.Owner().(*Client); ok {
			c.stand(id)
		}
	}
}

// entered does what an entry says that was found in the log, and not heard of: whoever it gives or takes a seat is looked up.
func (n *Node) entered(e chat.Entry) {
	switch {
	case e.Room, e.Kind == chat.ConversationDeleted:
		n.seats.everybody()
	case e.Kind == chat.MemberAdded, e.Kind == chat.MemberRemoved:
		if n.hub.Has(bus.UserChannel(e.Member.UserID)) {
			n.seats.ask(true, e.Member.UserID)
		}
	default:
	}
}
