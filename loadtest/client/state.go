package client

import (
	"maps"
	"slices"
	"time"
)

// State is a conversation as its log makes it. Fold computes it from the entries alone, by the rules that docs/api.md gives to
// clients, so that a test can hold it against what the server keeps.
type State struct {
	LastSeq int64
	Title   string
	// Members are the roles by user.
	Members map[string]string
	// Order are the messages, ascending; Messages are they as they are now.
	Order    []string
	Messages map[string]Message
}

// Fold is what a log, from its first entry on, comes to.
func Fold(events []Event) State {
	s := State{Members: map[string]string{}, Messages: map[string]Message{}}
	for _, e := range events {
		s.LastSeq = e.Seq
		s.membership(e)
		s.message(e)
	}
	return s
}

func (s *State) membership(e Event) {
	switch e.Type {
	case "conversation.created":
		if e.Conversation == nil {
			return
		}
		if e.Conversation.Title != nil {
			s.Title = *e.Conversation.Title
		}
		for _, m := range e.Conversation.Members {
			s.Members[m.UserID] = m.Role
		}
	case "conversation.updated":
		if e.Changes != nil && e.Changes.Title != nil {
			s.Title = *e.Changes.Title
		}
	case "member.added":
		s.Members[e.UserID] = e.Role
	case "member.updated":
		if e.Role == "owner" && e.ActorID != e.UserID {
			s.Members[e.ActorID] = "admin"
		}
		s.Members[e.UserID] = e.Role
	case "member.removed":
		delete(s.Members, e.UserID)
	}
}

func (s *State) message(e Event) {
	id := e.MessageID
	if e.Message != nil {
		id = e.Message.ID
	}
	if e.Type == "message.created" && e.Message != nil {
		s.Order = append(s.Order, id)
		s.Messages[id] = *e.Message
		return
	}
	m, known := s.Messages[id]
	if !known || m.DeletedAt != nil {
		return
	}
	switch e.Type {
	case "message.updated":
		if e.Message.DeletedAt != nil {
			m = *e.Message
		} else {
			m.Text, m.Mentions, m.MentionsAll, m.EditedAt = e.Message.Text, e.Message.Mentions, e.Message.MentionsAll, e.Message.EditedAt
		}
	case "message.deleted":
		m = m.tombstone(e.At)
	case "message.pinned":
		if m.PinnedAt == nil {
			m.PinnedAt = e.At
		}
	case "message.unpinned":
		m.PinnedAt = nil
	case "reaction.added":
		m.Reactions = reacted(m.Reactions, e.Emoji, e.UserID, true)
	case "reaction.removed":
		m.Reactions = reacted(m.Reactions, e.Emoji, e.UserID, false)
	}
	s.Messages[id] = m
}

func (m Message) tombstone(at *time.Time) Message {
	return Message{
		ID: m.ID, ConversationID: m.ConversationID, Seq: m.Seq, SenderID: m.SenderID, ClientID: m.ClientID, ReplyTo: m.ReplyTo,
		CreatedAt: m.CreatedAt, DeletedAt: at, Attachments: []Upload{}, Mentions: []string{}, Reactions: map[string][]string{},
	}
}

// reacted is reactions with one more, or less; what is given stays as it is.
func reacted(reactions map[string][]string, emoji, user string, there bool) map[string][]string {
	after := maps.Clone(reactions)
	if after == nil {
		after = map[string][]string{}
	}
	users := slices.DeleteFunc(slices.Clone(after[emoji]), func(u string) bool { return u == user })
	if there {
		users = append(users, user)
		slices.Sort(users)
	}
	if len(users) == 0 {
		delete(after, emoji)
		return after
	}
	after[emoji] = users
	return after
}

// Pinned are the pinned messages, in the order of the log.
func (s *State) Pinned() []string {
	var ids []string
	for _, id := range s.Order {
		if s.Messages[id].PinnedAt != nil {
			ids = append(ids, id)
		}
	}
	return ids
}

// Unread counts the messages of others above a seq, and those of them that mention the user.
func (s *State) Unread(user string, seq int64) (unread, mentions int64) {
	for _, m := range s.Messages {
		if m.SenderID == user || m.Seq <= seq {
			continue
		}
		unread++
		if m.MentionsAll || slices.Contains(m.Mentions, user) {
			mentions++
		}
	}
	return unread, mentions
}
