package tail

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
)

// members are those of the conversations that are told one by one; inRoom are the entries that the others' room channels get.
func (s *session) members(ctx context.Context, entries []chat.Entry, ids []chat.ConversationID) (inRoom map[key]bool, members map[chat.ConversationID][]chat.Member, err error) {
	found, err := s.opts.Store.ConversationsByID(ctx, ids)
	if err != nil {
		return nil, nil, fmt.Errorf("tail: conversations: %w", err)
	}
	known := make(map[chat.ConversationID]chat.Conversation, len(found))
	for _, c := range found {
		known[c.ID] = c
	}
	inRoom = map[key]bool{}
	single := map[chat.ConversationID]bool{}
	for _, e := range entries {
		c, exists := known[e.ConversationID]
		// A deleted conversation has no members; who they were tells its last entry.
		if c.InRoom(e.CreatedAt) || !exists && e.Kind == chat.ConversationDeleted {
			inRoom[key{e.ConversationID, e.Seq}] = true
		} else {
			single[e.ConversationID] = true
		}
	}
	if len(single) == 0 {
		return inRoom, nil, nil
	}
	members, err = s.opts.Store.MembersOf(ctx, slices.Collect(maps.Keys(single)), chat.MaxMembers)
	if err != nil {
		return nil, nil, fmt.Errorf("tail: members: %w", err)
	}
	return inRoom, members, nil
}

// together are those here that an entry goes to which is not for each member that there is now.
func (s *session) together(ctx context.Context, e chat.Entry) ([]ear, error) {
	room := bus.RoomChannel(e.ConversationID)
	if e.Kind != chat.ConversationDeleted || s.opts.Recent.Has(room, e.ConversationID, e.Seq) {
		return s.inRoom(e), nil
	}
	// A room's channel may be left already, and a small group had none.
	users, err := s.opts.Store.MembersUntil(ctx, e.ConversationID, e.Seq)
	if err != nil {
		return nil, fmt.Errorf("tail: last members: %w", err)
	}
	var ears []ear
	for _, user := range users {
		if c := bus.UserChannel(user); s.isHere(c) {
			ears = append(ears, ear{channel: c})
		}
	}
	return ears, nil
}

// inRoom are those here that an entry of a conversation with a room channel goes to. Who comes or goes by it may not be on that.
func (s *session) inRoom(e chat.Entry) (ears []ear) {
	channels := []bus.Channel{bus.RoomChannel(e.ConversationID)}
	if seats(e) {
		channels = append(channels, bus.UserChannel(e.Member.UserID))
	}
	for _, c := range channels {
		if s.isHere(c) {
			ears = append(ears, ear{channel: c})
		}
	}
	return ears
}

// send queues the payload of e for the sockets on the channels. Whom e is about gets it by their own channel alone: they may be on the
// room's still, or already.
func (s *session) send(e chat.Entry, payload []byte, to []bus.Channel) {
	room := bus.RoomChannel(e.ConversationID)
	if i := slices.Index(to, room); i >= 0 && seats(e) {
		s.opts.Hub.DeliverBut(payload, room, e.Member.UserID)
		to = slices.Concat(to[:i], to[i+1:])
	}
	s.opts.Hub.DeliverTo(payload, to...)
}

// seats tells whether e gives somebody a seat, or takes it.
func seats(e chat.Entry) bool { return e.Kind == chat.MemberAdded || e.Kind == chat.MemberRemoved }

// withRemoved are the ears with those of whoever e removes, who is no member now.
func (s *session) withRemoved(e chat.Entry, ears []ear) []ear {
	if e.Kind != chat.MemberRemoved {
		return ears
	}
	c := bus.UserChannel(e.Member.UserID)
	if !s.isHere(c) || slices.ContainsFunc(ears, func(to ear) bool { return to.channel == c }) {
		return ears
	}
	return append(ears, ear{channel: c}) // ears are clipped
}

func (s *session) isHere(c bus.Channel) bool {
	_, here := s.opts.Hub.Since(c)
	return here
}
