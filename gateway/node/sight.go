package node

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/parley-chat/parley/gateway/socket"
	"github.com/parley-chat/parley/pkg/audience"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/frame"
	"github.com/parley-chat/parley/pkg/presence"
)

// sight is whose presence frames pass to a client: those of the users it watches that are not hidden from it, as long as
// the bus is not lost. It is never changed.
type sight struct {
	turn   uint64
	hidden map[chat.UserID]struct{} // nil where nobody is, which is nearly always
}

// with is the sight with users as they look now.
func (s *sight) with(looks map[chat.UserID]look) *sight {
	next := &sight{turn: s.turn, hidden: maps.Clone(s.hidden)}
	for id, l := range looks {
		if l.open {
			delete(next.hidden, id)
			continue
		}
		if next.hidden == nil {
			next.hidden = map[chat.UserID]struct{}{}
		}
		next.hidden[id] = struct{}{}
	}
	return next
}

// seers tells to which sockets a frame about the user's presence may go.
func (n *Node) seers(user chat.UserID) func(*socket.Socket) bool {
	turn := n.presenceTurn.Load()
	return func(s *socket.Socket) bool {
		c, ok := s.Owner().(*Client)
		if !ok {
			return false
		}
		seen := c.sight.Load()
		if seen == nil || seen.turn != turn {
			return false
		}
		_, hidden := seen.hidden[user]
		return !hidden
	}
}

// look is how one user may look to another.
type look struct {
	// open: as they are. Otherwise they look offline.
	open bool
	// lastSeen is what may be told of it; 0 for nothing.
	lastSeen chat.Time
}

// lookOf is how u looks to one who may see them or not, or to themselves.
func lookOf(u chat.User, sees, self bool) look {
	l := look{open: sees && (self || !u.Invisible)}
	if sees {
		// That of an invisible one stands still.
		l.lastSeen = u.LastSeenAt
	}
	return l
}

func (l look) frame(id chat.UserID, state presence.State) frame.PresenceFrame {
	if !l.open {
		state = presence.Offline
	}
	return frame.PresenceFrame{
		Type: frame.Presence, UserID: id, Online: state != presence.Offline, Away: state == presence.Away, LastSeenAt: l.lastSeen,
	}
}

// look asks how users may look to a viewer. Those whom nobody knows look offline.
func (n *Node) look(ctx context.Context, viewer chat.UserID, users []chat.UserID) (map[chat.UserID]look, error) {
	ids := users
	if !slices.Contains(ids, viewer) {
		// Who sees whom is up to both.
		ids = append(slices.Clone(ids), viewer)
	}
	known, err := n.opts.Store.UsersByID(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("users: %w", err)
	}
	sees, err := audience.Of(ctx, n.opts.Store, viewer, known)
	if err != nil {
		return nil, fmt.Errorf("look: %w", err)
	}
	looks := make(map[chat.UserID]look, len(users))
	for _, id := range users {
		looks[id] = look{}
	}
	for _, u := range known {
		if _, asked := looks[u.ID]; asked {
			looks[u.ID] = lookOf(u, sees[u.ID], u.ID == viewer)
		}
	}
	return looks, nil
}
