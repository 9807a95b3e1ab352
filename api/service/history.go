package service

import (
	"context"
	"strconv"

	"github.com/parley-chat/parley/pkg/chat"
)

// HistoryQuery asks for a page of messages. At most one of Before, After and Around is set, each
// to a seq or to a message's id; without any, the page is the latest one.
type HistoryQuery struct {
	Before string
	After  string
	Around string
	Limit  int
}

// HistoryPage is messages in ascending order of seq.
type HistoryPage struct {
	Messages      []chat.Message `json:"messages"`
	HasMoreBefore bool           `json:"hasMoreBefore"`
	HasMoreAfter  bool           `json:"hasMoreAfter"`
}

// History is a page of the conversation's messages.
func (s *Messages) History(ctx context.Context, v Viewer, id chat.ConversationID, q HistoryQuery) (HistoryPage, error) {
	if _, err := s.access.member(ctx, v, id); err != nil {
		return HistoryPage{}, err
	}
	if err := q.validate(); err != nil {
		return HistoryPage{}, err
	}
	switch {
	case q.Before != "":
		seq, err := s.position(ctx, id, "before", q.Before)
		if err != nil {
			return HistoryPage{}, err
		}
		return s.before(ctx, id, seq, q.Limit)
	case q.After != "":
		seq, err := s.position(ctx, id, "after", q.After)
		if err != nil {
			return HistoryPage{}, err
		}
		return s.after(ctx, id, seq, q.Limit)
	case q.Around != "":
		seq, err := s.position(ctx, id, "around", q.Around)
		if err != nil {
			return HistoryPage{}, err
		}
		return s.around(ctx, id, seq, q.Limit)
	default:
		messages, more, err := s.page(ctx, chat.MessageQuery{ConversationID: id, Limit: q.Limit})
		return HistoryPage{Messages: messages, HasMoreBefore: more}.orEmpty(), err
	}
}

func (q HistoryQuery) validate() error {
	given := 0
	for _, p := range []string{q.Before, q.After, q.Around} {
		if p != "" {
			given++
		}
	}
	var bad fieldErrors
	if given > 1 {
		bad.add("before", "goes with neither after nor around: give one of them")
	}
	return bad.err()
}

// position reads a seq, or the id of a message.
func (s *Messages) position(ctx context.Context, id chat.ConversationID, field, value string) (int64, error) {
	if seq, err := strconv.ParseInt(value, 10, 64); err == nil && seq >= 0 {
		return seq, nil
	}
	m, err := s.find(ctx, id, chat.MessageID(value))
	if err != nil {
		return 0, asField(err, field, "is neither a seq nor the id of a message of this conversation")
	}
	return m.Seq, nil
}

func (s *Messages) before(ctx context.Context, id chat.ConversationID, seq int64, limit int) (HistoryPage, error) {
	var page HistoryPage
	// Nothing is below seq 1, and 0 would ask the store for the latest page.
	if seq > 0 {
		var err error
		if page.Messages, page.HasMoreBefore, err = s.page(ctx, chat.MessageQuery{ConversationID: id, Before: seq, Limit: limit}); err != nil {
			return HistoryPage{}, err
		}
	}
	after, err := s.any(ctx, chat.MessageQuery{ConversationID: id, After: max(seq-1, 0), Limit: 1})
	page.HasMoreAfter = after
	return page.orEmpty(), err
}

func (s *Messages) after(ctx context.Context, id chat.ConversationID, seq int64, limit int) (HistoryPage, error) {
	var page HistoryPage
	var err error
	q := chat.MessageQuery{ConversationID: id, After: max(seq, firstEntry), Limit: limit}
	if page.Messages, page.HasMoreAfter, err = s.page(ctx, q); err != nil {
		return HistoryPage{}, err
	}
	page.HasMoreBefore, err = s.any(ctx, chat.MessageQuery{ConversationID: id, Before: seq + 1, Limit: 1})
	return page.orEmpty(), err
}

// firstEntry is the seq of conversation.created; no message is at or below it.
const firstEntry = 1

// around is a page with the message at seq in its middle, or with its neighbours if there is none.
func (s *Messages) around(ctx context.Context, id chat.ConversationID, seq int64, limit int) (HistoryPage, error) {
	older, before, err := s.page(ctx, chat.MessageQuery{ConversationID: id, Before: seq + 1, Limit: limit/2 + 1})
	if err != nil {
		return HistoryPage{}, err
	}
	newer, after, err := s.page(ctx, chat.MessageQuery{ConversationID: id, After: max(seq, firstEntry), Limit: max(limit-len(older), 1)})
	if err != nil {
		return HistoryPage{}, err
	}
	page := HistoryPage{Messages: append(older, newer...), HasMoreBefore: before, HasMoreAfter: after}
	if extra := len(page.Messages) - limit; extra > 0 {
		page.Messages, page.HasMoreAfter = page.Messages[:limit], true
	}
	return page.orEmpty(), nil
}

// page asks for one message more than the limit, to know whether there are any.
func (s *Messages) page(ctx context.Context, q chat.MessageQuery) ([]chat.Message, bool, error) {
	limit := q.Limit
	q.Limit++
	found, err := s.store.Messages(ctx, q)
	if err != nil {
		return nil, false, fromStore(err, "messages")
	}
	more := len(found) > limit
	if more && q.After > 0 {
		found = found[:limit]
	} else if more {
		found = found[len(found)-limit:]
	}
	for i := range found {
		found[i] = found[i].Normalize()
	}
	return found, more, nil
}

func (s *Messages) any(ctx context.Context, q chat.MessageQuery) (bool, error) {
	if q.After == 0 && q.Before == 0 {
		q.After = firstEntry
	}
	found, err := s.store.Messages(ctx, q)
	return len(found) > 0, fromStore(err, "messages")
}

func (p HistoryPage) orEmpty() HistoryPage {
	if p.Messages == nil {
		p.Messages = []chat.Message{}
	}
	return p
}
