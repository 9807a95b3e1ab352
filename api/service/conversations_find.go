package service

import (
	"context"
	"fmt"
	"unicode/utf8"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/namekey"
	"github.com/parley-chat/parley/pkg/search"
)

const (
	// findBatch is how many of the viewer's conversations are looked at together, findRounds how often one call does.
	findBatch  = 500
	findRounds = 4
)

// Find is one page of those of the viewer's conversations that q finds: groups by their titles, direct ones by the other's name.
// They come as in List, newest activity first. It looks through the viewer's own conversations, 2,000 in one call at most:
// then the page may be short, or empty, and has a next one. Refuses with CodeValidation (q too long) and CodeUnavailable.
func (s *Conversations) Find(ctx context.Context, v Viewer, q string, after chat.ConversationCursor, limit int) ([]ConversationView, *chat.ConversationCursor, error) {
	var bad fieldErrors
	if utf8.RuneCountInString(q) > chat.MaxFullName {
		bad.add("q", fmt.Sprintf("may have %d characters at most", chat.MaxFullName))
	}
	if err := bad.err(); err != nil {
		return nil, nil, err
	}
	called := matcher{search.Parse(q), chat.FoldName(q)}
	if called.query.Empty() {
		return []ConversationView{}, nil, nil // nothing is called what is no word
	}
	var hits []chat.Conversation
	more := true
	for round := 0; round < findRounds && more && len(hits) <= limit; round++ {
		batch, err := s.store.ConversationsOf(ctx, v.UserID, after, findBatch)
		if err != nil {
			return nil, nil, fromStore(err, "conversations")
		}
		names, err := s.names(ctx, v, batch)
		if err != nil {
			return nil, nil, err
		}
		for _, c := range batch {
			if called.match(names[c.ID]) {
				hits = append(hits, c)
			}
		}
		more = len(batch) == findBatch
		if len(batch) > 0 {
			after = cursorOf(batch[len(batch)-1])
		}
	}
	var next *chat.ConversationCursor
	switch {
	case len(hits) > limit:
		hits = hits[:limit]
		after = cursorOf(hits[limit-1])
		next = &after
	case more:
		next = &after
	}
	views, err := s.views(ctx, v, hits)
	return views, next, err
}

// matcher finds words by their beginnings in any order, and the name itself as somebody types it.
type matcher struct {
	query  search.Query
	folded string
}

func (m matcher) match(name string) bool {
	if _, matches := m.query.Match(name); matches {
		return true
	}
	return namekey.Match(chat.FoldName(name), m.folded)
}

// names are what the conversations are called for the viewer.
func (s *Conversations) names(ctx context.Context, v Viewer, found []chat.Conversation) (map[chat.ConversationID]string, error) {
	names := make(map[chat.ConversationID]string, len(found))
	var direct []chat.ConversationID
	for _, c := range found {
		if names[c.ID] = c.Title; c.Type == chat.Direct {
			direct = append(direct, c.ID)
		}
	}
	if len(direct) == 0 {
		return names, nil
	}
	members, err := s.store.MembersOf(ctx, direct, 2)
	if err != nil {
		return nil, fromStore(err, "members")
	}
	in := map[chat.UserID]chat.ConversationID{}
	for id, two := range members {
		for _, m := range two {
			if m.UserID != v.UserID {
				in[m.UserID] = id
			}
		}
	}
	others := make([]chat.UserID, 0, len(in))
	for user := range in {
		others = append(others, user)
	}
	users, err := s.store.UsersByID(ctx, others)
	if err != nil {
		return nil, fromStore(err, "members")
	}
	for _, u := range users {
		names[in[u.ID]] = u.FullName
	}
	return names, nil
}
