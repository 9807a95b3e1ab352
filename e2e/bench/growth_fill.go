package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parley-chat/parley/loadtest/client"
	"github.com/parley-chat/parley/pkg/chat"
)

const (
	// companions are those with whom a person has many conversations.
	companions = 50
	// filledAgo is how long ago all was written that is written past the API nodes: gateways look through what is new for what
	// nobody has published.
	filledAgo = 48 * time.Hour
)

// filled is a store that takes entries at once.
type filled interface {
	Commit(ctx context.Context, entries []chat.Entry) (refused []error, err error)
	Close(ctx context.Context) error
}

// makeConversations gives a person so many groups of three, with a message in each, and tells the last seq of each.
func makeConversations(ctx context.Context, store filled, person *client.Session, others []*client.Session, n int) (map[string]int64, error) {
	const batch = 500
	have := make(map[string]int64, n)
	at := chat.TimeOf(time.Now().Add(-filledAgo))
	var entries []chat.Entry
	for i := range n {
		id := chat.NewID[chat.ConversationID]()
		have[string(id)] = 2
		trio := []*client.Session{person, others[i%len(others)], others[(i+1+i/len(others)%(len(others)-1))%len(others)]}
		first, second := started(id, at, trio...), written(id, 2, at, trio[1], fmt.Sprint("first-", i))
		if entries = append(entries, first, second); len(entries) == 2*batch || i == n-1 {
			if err := commit(ctx, store, entries); err != nil {
				return nil, err
			}
			entries = nil
		}
	}
	return have, nil
}

// makeHistory gives people a group in which so many messages have been written, so many at a time.
func makeHistory(ctx context.Context, store filled, people []*client.Session, n, batch int) (string, error) {
	id := chat.NewID[chat.ConversationID]()
	began := time.Now().Add(-filledAgo - time.Duration(n)*time.Second)
	entries := []chat.Entry{started(id, chat.TimeOf(began), people...)}
	for seq := int64(2); seq <= int64(n)+1; seq++ {
		at := chat.TimeOf(began.Add(time.Duration(seq) * time.Second))
		entries = append(entries, written(id, seq, at, people[seq%int64(len(people))], fmt.Sprint("history-", seq)))
		if len(entries) >= batch || seq == int64(n)+1 {
			if err := commit(ctx, store, entries); err != nil {
				return "", err
			}
			entries = entries[:0]
		}
	}
	return string(id), nil
}

func started(id chat.ConversationID, at chat.Time, people ...*client.Session) chat.Entry {
	members := make([]chat.NewMember, len(people))
	for i, p := range people {
		members[i] = chat.NewMember{UserID: chat.UserID(p.User().ID), Role: chat.RoleMember}
	}
	members[0].Role = chat.RoleOwner
	return chat.Entry{
		ConversationID: id, Seq: 1, Kind: chat.ConversationCreated, SenderID: members[0].UserID, ClientID: chat.SystemClientID("created"), CreatedAt: at,
		Created: &chat.Creation{Type: chat.Group, Title: "Growth", Members: members},
	}
}

func written(id chat.ConversationID, seq int64, at chat.Time, who *client.Session, clientID string) chat.Entry {
	sender := chat.UserID(who.User().ID)
	return chat.Entry{
		ConversationID: id, Seq: seq, Kind: chat.MessageCreated, SenderID: sender, ClientID: clientID, CreatedAt: at,
		Message: &chat.Message{ID: chat.NewID[chat.MessageID](), ConversationID: id, Seq: seq, SenderID: sender, ClientID: clientID, Text: textOf(clientID), CreatedAt: at},
	}
}

func commit(ctx context.Context, store filled, entries []chat.Entry) error {
	refused, err := store.Commit(ctx, entries)
	return errors.Join(append(refused, err)...)
}
