package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// Direct opens the direct conversation with a user, and makes it if need be.
func (s *Session) Direct(ctx context.Context, userID string) (Conversation, error) {
	var answer struct{ Conversation Conversation }
	body := map[string]string{"type": "direct", "userId": userID}
	_, err := s.call(ctx, request{method: http.MethodPost, path: "/api/conversations", body: body}, &answer)
	return answer.Conversation, err
}

// Conversation is one that the user is a member of.
func (s *Session) Conversation(ctx context.Context, id string) (Conversation, error) {
	var answer struct{ Conversation Conversation }
	_, err := s.call(ctx, request{method: http.MethodGet, path: conversationPath(id, "")}, &answer)
	return answer.Conversation, err
}

// ConversationsPage is a page of at most limit of those that the user is a member of, most recent first; cursor is "" for the
// first page, next "" after the last.
func (s *Session) ConversationsPage(ctx context.Context, cursor string, limit int) (page []Conversation, next string, err error) {
	var answer struct {
		Conversations []Conversation
		NextCursor    string
	}
	query := url.Values{"limit": {strconv.Itoa(limit)}}
	if cursor != "" {
		query.Set("cursor", cursor)
	}
	_, err = s.call(ctx, request{method: http.MethodGet, path: "/api/conversations", query: query}, &answer)
	return answer.Conversations, answer.NextCursor, err
}

// Conversations are all that the user is a member of, most recent first.
func (s *Session) Conversations(ctx context.Context) (all []Conversation, err error) {
	const most = 100
	for cursor := ""; ; {
		page, next, err := s.ConversationsPage(ctx, cursor, most)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if next == "" {
			return all, nil
		}
		cursor = next
	}
}

// Read moves the user's read position forward, and returns where it is then.
func (s *Session) Read(ctx context.Context, conversationID string, seq int64) (int64, error) {
	var answer struct{ ReadSeq int64 }
	_, err := s.call(ctx, request{
		method: http.MethodPost, path: conversationPath(conversationID, "/read"), body: map[string]int64{"seq": seq},
	}, &answer)
	return answer.ReadSeq, err
}

// Events is a page of at most limit (1 to 100) entries of the log after a seq.
func (s *Session) Events(ctx context.Context, conversationID string, after int64, limit int) (EventsPage, error) {
	var page EventsPage
	query := url.Values{"after": {strconv.FormatInt(after, 10)}, "limit": {strconv.Itoa(limit)}}
	_, err := s.call(ctx, request{method: http.MethodGet, path: conversationPath(conversationID, "/events"), query: query}, &page)
	return page, err
}

// AllEvents is the log after a seq, however long it is.
func (s *Session) AllEvents(ctx context.Context, conversationID string, after int64) ([]Event, error) {
	var all []Event
	for {
		page, err := s.Events(ctx, conversationID, after, 100)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Events...)
		if len(page.Events) == 0 {
			return all, nil
		}
		after = page.Events[len(page.Events)-1].Seq
		if after >= page.LastSeq {
			return all, nil
		}
	}
}

// Sync is what a client misses that has each conversation's log up to the seq given.
func (s *Session) Sync(ctx context.Context, have map[string]int64) (SyncResult, error) {
	var result SyncResult
	body := map[string]any{"conversations": have}
	_, err := s.call(ctx, request{method: http.MethodPost, path: "/api/sync", body: body}, &result)
	return result, err
}

func conversationPath(id, rest string) string {
	return "/api/conversations/" + url.PathEscape(id) + rest
}
