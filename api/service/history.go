package service

import (
	"context"
	"math"
	"slices"
	"strconv"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/frame"
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
	// Notices are the events of chat.NoticeKinds among these messages, up to what the page was asked from and to the
	// conversation's ends: the last noticesPerPage of them.
	Notices []frame.Event `json:"notices"`
	// People are the names of those whom messages and notices name, also of former members.
	People map[chat.UserID]string `json:"people"`
}

// noticesPerPage bounds what a page tells beside its messages: ten thousand may have joined between two of them.
const noticesPerPage = 200

// History is a page of the conversation's messages.
func (s *Messages) History(ctx context.Context, v Viewer, id chat.ConversationID, q HistoryQuery) (HistoryPage, error) {
	if _, err := s.access.member(ctx, v, id); err != nil {
		return HistoryPage{}, err
	}
	if err := q.validate(); err != nil {
		return HistoryPage{}, err
	}
	page, from, to, err := s.stretch(ctx, id, q)
	if err != nil {
		return HistoryPage{}, err
	}
	return s.withNotices(ctx, id, page.orEmpty(), from, to)
}

// stretch is the page without its notices, and between which seqs, both exclusive, those are.
func (s *Messages) stretch(ctx context.Context, id chat.ConversationID, q HistoryQuery) (page HistoryPage, from, to int64, err error) {
	from, to = 0, math.MaxInt64
	var seq int64
	switch {
	case q.Before != "":
		if seq, err = s.position(ctx, id, "before", q.Before); err == nil {
			page, err = s.before(ctx, id, seq, q.Limit)
		}
		if page.HasMoreAfter {
			to = seq
		}
	case q.After != "":
		if seq, err = s.position(ctx, id, "after", q.After); err == nil {
			page, err = s.after(ctx, id, seq, q.Limit)
		}
		from = seq
	case q.Around != "":
		if seq, err = s.position(ctx, id, "around", q.Around); err == nil {
			page, err = s.around(ctx, id, seq, q.Limit)
		}
	default:
		page.Messages, page.HasMoreBefore, err = s.page(ctx, chat.MessageQuery{ConversationID: id, Limit: q.Limit})
	}
	if n := len(page.Messages); n > 0 {
		if page.HasMoreBefore && q.After == "" {
			from = page.Messages[0].Seq
		}
		if page.HasMoreAfter && q.Before == "" {
			to = page.Messages[n-1].Seq
		}
	}
	return page, from, to, err
}

func (s *Messages) withNotices(ctx context.Context, id chat.ConversationID, page HistoryPage, from, to int64) (HistoryPage, error) {
	entries, err := s.store.Notices(ctx, id, from, to, noticesPerPage)
	if err != nil {
		return HistoryPage{}, fromStore(err, "notices")
	}
	for _, e := range entries {
		page.Notices = append(page.Notices, frame.EventOf(e))
	}
	for ids := range chunks(namedIn(page.Messages, entries)) {
		users, err := s.store.UsersByID(ctx, ids)
		if err != nil {
			return HistoryPage{}, fromStore(err, "people of a page")
		}
		for _, u := range users {
			page.People[u.ID] = u.FullName
		}
	}
	return page, nil
}

// namedIn are those whose names one needs to read the messages and notices, each once.
func namedIn(messages []chat.Message, notices []chat.Entry) []chat.UserID {
	var named []chat.UserID
	for _, m := range messages {
		named = append(named, m.SenderID)
		named = append(named, m.Mentions...)
		if m.ForwardedFrom != nil {
			named = append(named, m.ForwardedFrom.SenderID)
		}
	}
	for _, e := range notices {
		named = append(named, e.SenderID)
		if e.Member != nil {
			named = append(named, e.Member.UserID)
		}
	}
	slices.Sort(named)
	return slices.DeleteFunc(slices.Compact(named), func(id chat.UserID) bool { return id == chat.MentionAll })
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
		return min(seq, math.MaxInt64-1), nil // one more is a number too
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
	return page, err
}

func (s *Messages) after(ctx context.Context, id chat.ConversationID, seq int64, limit int) (HistoryPage, error) {
	var page HistoryPage
	var err error
	q := chat.MessageQuery{ConversationID: id, After: max(seq, firstEntry), Limit: limit}
	if page.Messages, page.HasMoreAfter, err = s.page(ctx, q); err != nil {
		return HistoryPage{}, err
	}
	page.HasMoreBefore, err = s.any(ctx, chat.MessageQuery{ConversationID: id, Before: seq + 1, Limit: 1})
	return page, err
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
	return page, nil
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
	p.Notices, p.People = []frame.Event{}, map[chat.UserID]string{}
	return p
}
