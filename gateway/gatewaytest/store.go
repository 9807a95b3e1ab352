// Package gatewaytest helps to test gateways: a store in memory, a world of several gateways with memory adapters,
// and clients on real sockets.
package gatewaytest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/parley-chat/parley/pkg/chat"
)

// Store is a database in memory, of as much as a gateway needs. SetErr makes it fail.
type Store struct {
	mu       sync.Mutex // guards the following
	err      error
	logErr   error
	sessions map[chat.SessionID]chat.Session
	users    map[chat.UserID]chat.User
	members  map[chat.ConversationID][]chat.UserID
	blocks   []chat.Block
	joined   map[seat]int64
	ended    map[ending][]chat.UserID
	rooms    map[chat.ConversationID]chat.Conversation
	entries  []chat.Entry
	reads    int
}

// seat is somebody's place in a conversation.
type seat struct {
	conversation chat.ConversationID
	user         chat.UserID
}

// ending is an entry that ended a conversation.
type ending struct {
	conversation chat.ConversationID
	seq          int64
}

// NewStore makes an empty one.
func NewStore() *Store {
	return &Store{
		sessions: map[chat.SessionID]chat.Session{},
		users:    map[chat.UserID]chat.User{},
		members:  map[chat.ConversationID][]chat.UserID{},
		joined:   map[seat]int64{},
		ended:    map[ending][]chat.UserID{},
		rooms:    map[chat.ConversationID]chat.Conversation{},
	}
}

// SetErr makes all calls fail with err, or work again.
func (s *Store) SetErr(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

// SetLogErr makes EntriesSince alone fail with err, or work again.
func (s *Store) SetLogErr(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.logErr = err
}

// PutSession adds a session or changes it.
func (s *Store) PutSession(session chat.Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions[session.ID] = session
}

// PutUser adds a user or changes it.
func (s *Store) PutUser(u chat.User) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users[u.ID] = u
}

// PutConversation says who the members are.
func (s *Store) PutConversation(id chat.ConversationID, members ...chat.UserID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.members[id] = members
}

// Join adds a member, whom the entry with that seq brought in.
func (s *Store) Join(id chat.ConversationID, user chat.UserID, seq int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.members[id] = append(s.members[id], user)
	s.joined[seat{id, user}] = seq
}

// End leaves a conversation without members, by the entry with that seq.
func (s *Store) End(id chat.ConversationID, seq int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended[ending{id, seq}] = s.members[id]
	delete(s.members, id)
	delete(s.rooms, id)
}

// MembersUntil are those of a conversation that an entry ended.
func (s *Store) MembersUntil(_ context.Context, id chat.ConversationID, seq int64) ([]chat.UserID, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended[ending{id, seq}], s.err
}

// PutBlocks replaces who has blocked whom.
func (s *Store) PutBlocks(blocks ...chat.Block) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blocks = blocks
}

// Commit adds entries to the log, and what their creations say of members.
func (s *Store) Commit(entries ...chat.Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entries = append(s.entries, entries...)
	slices.SortFunc(s.entries, func(a, b chat.Entry) int { return compare(a.Cursor(), b.Cursor()) })
	for _, e := range entries {
		if e.Created != nil {
			for _, m := range e.Created.Members {
				s.members[e.ConversationID] = append(s.members[e.ConversationID], m.UserID)
			}
		}
	}
}

func compare(a, b chat.EntryCursor) int {
	return cmp.Or(cmp.Compare(a.CreatedAt, b.CreatedAt), cmp.Compare(a.ConversationID, b.ConversationID), cmp.Compare(a.Seq, b.Seq))
}

// EntriesSince gives what comes after the cursor.
func (s *Store) EntriesSince(_ context.Context, after chat.EntryCursor, limit int) ([]chat.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from, found := slices.BinarySearchFunc(s.entries, after, func(e chat.Entry, c chat.EntryCursor) int { return compare(e.Cursor(), c) })
	if found {
		from++
	}
	rest := s.entries[from:]
	return slices.Clone(rest[:min(limit, len(rest))]), cmp.Or(s.err, s.logErr)
}

// MessagesByID folds the log.
func (s *Store) MessagesByID(_ context.Context, ids []chat.MessageID) ([]chat.Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []chat.Message
	for _, id := range ids {
		var m chat.Message
		for _, e := range s.entries {
			if e.Kind == chat.MessageCreated && e.Message != nil && e.Message.ID == id {
				m = *e.Message
			}
			m = m.Apply(e)
		}
		if m.ID == id {
			found = append(found, m)
		}
	}
	return found, s.err
}

// LastSeen is when the user was last seen.
func (s *Store) LastSeen(id chat.UserID) chat.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.users[id].LastSeenAt
}

// MemberReads counts calls of MembersOf.
func (s *Store) MemberReads() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads
}

// Ping fails when SetErr says so, like all that follow.
func (s *Store) Ping(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// SessionsByID leaves out unknown ids.
func (s *Store) SessionsByID(_ context.Context, ids []chat.SessionID) ([]chat.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []chat.Session
	for _, id := range ids {
		if session, ok := s.sessions[id]; ok {
			found = append(found, session)
		}
	}
	return found, s.err
}

// RevokedSince gives the sessions revoked at or after since, oldest first.
func (s *Store) RevokedSince(_ context.Context, since chat.Time, limit int) ([]chat.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	revoked := slices.DeleteFunc(slices.Collect(maps.Values(s.sessions)), func(x chat.Session) bool {
		return x.RevokedAt == 0 || x.RevokedAt < since
	})
	slices.SortFunc(revoked, func(a, b chat.Session) int { return cmp.Compare(a.RevokedAt, b.RevokedAt) })
	return revoked[:min(limit, len(revoked))], s.err
}

// UsersByID leaves out unknown ids.
func (s *Store) UsersByID(_ context.Context, ids []chat.UserID) ([]chat.User, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var users []chat.User
	for _, id := range ids {
		if u, ok := s.users[id]; ok {
			users = append(users, u)
		}
	}
	return users, s.err
}

// BlocksBetween gives those in either direction.
func (s *Store) BlocksBetween(_ context.Context, user chat.UserID, others []chat.UserID) ([]chat.Block, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var between []chat.Block
	for _, b := range s.blocks {
		if b.UserID == user && slices.Contains(others, b.BlockedID) || b.BlockedID == user && slices.Contains(others, b.UserID) {
			between = append(between, b)
		}
	}
	return between, s.err
}

// SetLastSeen moves LastSeenAt forward.
func (s *Store) SetLastSeen(_ context.Context, at chat.Time, ids ...chat.UserID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	for _, id := range ids {
		u := s.users[id]
		if u.Invisible {
			continue
		}
		u.ID, u.LastSeenAt = id, max(u.LastSeenAt, at)
		s.users[id] = u
	}
	return nil
}

// Member fails with chat.ErrNotFound.
func (s *Store) Member(_ context.Context, id chat.ConversationID, user chat.UserID) (chat.Member, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return chat.Member{}, s.err
	}
	if !slices.Contains(s.members[id], user) {
		return chat.Member{}, chat.ErrNotFound
	}
	return chat.Member{ConversationID: id, UserID: user}, nil
}

// MembersOf gives at most perConversation members of each.
func (s *Store) MembersOf(_ context.Context, ids []chat.ConversationID, perConversation int) (map[chat.ConversationID][]chat.Member, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	out := map[chat.ConversationID][]chat.Member{}
	for _, id := range ids {
		for _, user := range s.members[id][:min(perConversation, len(s.members[id]))] {
			out[id] = append(out[id], chat.Member{ConversationID: id, UserID: user, JoinedSeq: s.joined[seat{id, user}]})
		}
	}
	return out, s.err
}
