package gatewaytest

import (
	"context"
	"slices"

	"github.com/parley-chat/parley/pkg/chat"
)

// PutRoom says who the members of a conversation with a room channel are. Each time is a revision of it.
func (s *Store) PutRoom(id chat.ConversationID, members ...chat.UserID) (revision int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.rooms[id]
	c.ID, c.RoomSeq = id, 1
	c.Revision++
	s.rooms[id] = c
	s.members[id] = members
	return c.Revision
}

// RoomSeats are the users' memberships in conversations that have a room channel.
func (s *Store) RoomSeats(_ context.Context, users []chat.UserID) ([]chat.Member, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var seats []chat.Member
	for id := range s.rooms {
		for _, user := range s.members[id] {
			if slices.Contains(users, user) {
				seats = append(seats, chat.Member{ConversationID: id, UserID: user})
			}
		}
	}
	return seats, s.err
}

// Revised are those of the conversations that have a revision above the given one, as rooms or in the log.
func (s *Store) Revised(_ context.Context, known map[chat.ConversationID]int64) ([]chat.ConversationID, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var revised []chat.ConversationID
	for id, revision := range known {
		inLog := func(e chat.Entry) bool { return e.ConversationID == id && e.Revision > revision }
		if s.rooms[id].Revision > revision || slices.ContainsFunc(s.entries, inLog) {
			revised = append(revised, id)
		}
	}
	return revised, s.err
}

// ConversationsByID leaves out unknown ids.
func (s *Store) ConversationsByID(_ context.Context, ids []chat.ConversationID) ([]chat.Conversation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []chat.Conversation
	for _, id := range ids {
		if c, ok := s.rooms[id]; ok {
			found = append(found, c)
		} else if members, ok := s.members[id]; ok {
			found = append(found, chat.Conversation{ID: id, MemberCount: len(members)})
		}
	}
	return found, s.err
}
