package service

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/search"
)

// SearchStore is what the search of messages needs of a store; package store has the contract.
type SearchStore interface {
	SearchMessages(ctx context.Context, q chat.SearchQuery) (chat.SearchPage, error)
}

const (
	// searchRounds is how often one call asks the store: what it finds by keys need not match.
	searchRounds = 5
	// searchBatch is the least that it asks for.
	searchBatch = 20
)

// Search finds messages in the viewer's conversations.
type Search struct{ store SearchStore }

// NewSearch works on store.
func NewSearch(store SearchStore) *Search { return &Search{store} }

// SearchRequest says what is looked for. What is "" or 0 makes no difference; at least one of Q, SenderID and Has is set.
type SearchRequest struct {
	// Q is as search.Parse reads it.
	Q              string
	ConversationID chat.ConversationID
	SenderID       chat.UserID
	Has            chat.Content
	// After and Before bound the time of sending: from After on, earlier than Before.
	After, Before chat.Time
	From          chat.SearchPosition
	Limit         int
}

// SearchResult is a message, and where in its text the words are that were looked for.
type SearchResult struct {
	Message        chat.Message        `json:"message"`
	ConversationID chat.ConversationID `json:"conversationId"`
	Highlights     []search.Highlight  `json:"highlights"`
}

// Find is one page of what matches, newest first; next is "" on the last one. A page may be short though there is a next
// one. Refuses with CodeValidation, CodeInvalidCursor and CodeUnavailable.
func (s *Search) Find(ctx context.Context, v Viewer, r SearchRequest) (results []SearchResult, next chat.SearchPosition, err error) {
	if err := r.validate(); err != nil {
		return nil, "", err
	}
	query := search.Parse(r.Q)
	results = []SearchResult{}
	if query.Empty() && strings.TrimSpace(r.Q) != "" {
		return results, "", nil // nothing has what is no word
	}
	q := chat.SearchQuery{
		UserID: v.UserID, Keys: r.keys(query), ConversationID: r.ConversationID, After: r.After, Before: r.Before, From: r.From,
	}
	for range searchRounds {
		q.Limit = max(r.Limit+1-len(results), searchBatch)
		page, err := s.store.SearchMessages(ctx, q)
		if errors.Is(err, chat.ErrPosition) {
			return nil, "", Refuse(CodeInvalidCursor, "the cursor is not one that this route gave out")
		}
		if err != nil {
			return nil, "", fromStore(err, "search")
		}
		for _, hit := range page.Hits {
			highlights, matches := query.Match(hit.Message.Text, hit.Message.FileNames()...)
			if !matches || hit.Message.DeletedAt != 0 {
				continue
			}
			if len(results) == r.Limit {
				return results, next, nil
			}
			results = append(results, SearchResult{hit.Message.Normalize(), hit.Message.ConversationID, highlights})
			next = hit.Position
		}
		if page.Next == "" || len(page.Hits) < q.Limit {
			// It is all, or all that the store looks at in one question: who wants more has to ask again.
			return results, page.Next, nil
		}
		q.From = page.Next
	}
	if len(results) < r.Limit {
		next = q.From
	}
	return results, next, nil
}

// keys puts words first: they tell more than who sent something.
func (r SearchRequest) keys(query search.Query) []string {
	keys := query.Keys()
	if r.SenderID != "" {
		keys = append(keys, chat.SenderKey(r.SenderID))
	}
	if r.Has != "" {
		keys = append(keys, r.Has.Key())
	}
	return keys
}

func (r SearchRequest) validate() error {
	var bad fieldErrors
	if utf8.RuneCountInString(r.Q) > chat.MaxSearch {
		bad.add("q", fmt.Sprintf("may have %d characters at most", chat.MaxSearch))
	}
	if strings.TrimSpace(r.Q) == "" && r.SenderID == "" && r.Has == "" {
		bad.add("q", "is needed, or senderId, or has")
	}
	if r.ConversationID != "" && !chat.ValidID(r.ConversationID) {
		bad.add("conversationId", "is not the id of a conversation")
	}
	if r.SenderID != "" && !chat.ValidID(r.SenderID) {
		bad.add("senderId", "is not the id of a user")
	}
	switch r.Has {
	case "", chat.HasImage, chat.HasLink, chat.HasFile:
	default:
		bad.add("has", "must be image, link or file")
	}
	return bad.err()
}
