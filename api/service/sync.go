package service

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/frame"
)

const (
	// storeChunk is how many ids one call to the store takes.
	storeChunk = 1000
	// MaxSyncCursors is how many conversations a client may name in one sync.
	MaxSyncCursors = 20_000
)

// EventsPage answers a resume of one conversation. There are more events when the last one's
// seq is below LastSeq; ask again from there.
type EventsPage struct {
	Events  []frame.Event `json:"events"`
	LastSeq int64         `json:"lastSeq"`
	// Reset says that the log can't be continued from where the client is: reload the latest page.
	Reset bool `json:"reset"`
}

// SyncResult answers a resume of everything.
type SyncResult struct {
	// Conversations are those with entries that the client does not have, and those new to it.
	Conversations []ConversationView `json:"conversations"`
	// Events are all that the client misses of the conversations it named, but for those in Reset.
	Events map[chat.ConversationID][]frame.Event `json:"events"`
	// Reads are the read positions in the conversations that the client named and that have nothing new.
	Reads map[chat.ConversationID]map[chat.UserID]int64 `json:"reads"`
	// Delivered are the delivered positions in the same conversations, those of large groups left out.
	Delivered map[chat.ConversationID]map[chat.UserID]int64 `json:"delivered"`
	// Settings are the viewer's own in them.
	Settings map[chat.ConversationID]frame.Settings `json:"settings"`
	// Removed are conversations that the viewer is no member of.
	Removed []chat.ConversationID `json:"removed"`
	// Reset are conversations of which too much is missing: reload their latest page.
	Reset []chat.ConversationID `json:"reset"`
	// ResetAll says that too many conversations changed: reload the list, page by page.
	ResetAll bool `json:"resetAll"`
}

// Events are the conversation's log entries after a seq, oldest first.
func (s *Conversations) Events(ctx context.Context, v Viewer, id chat.ConversationID, after int64, limit int) (EventsPage, error) {
	if _, err := s.access.member(ctx, v, id); err != nil {
		return EventsPage{}, err
	}
	entries, err := s.store.Entries(ctx, id, after, limit)
	if err != nil {
		return EventsPage{}, fromStore(err, "events")
	}
	events, err := s.eventsOf(ctx, entries)
	if err != nil {
		return EventsPage{}, err
	}
	page := EventsPage{Events: events, LastSeq: after}
	if n := len(entries); n > 0 {
		page.LastSeq = entries[n-1].Seq
	}
	// Read last, so that it is never below an event of the page.
	if len(entries) == limit || len(entries) == 0 {
		if page.LastSeq, err = s.store.LastSeq(ctx, id); err != nil {
			return EventsPage{}, fromStore(err, "events")
		}
	}
	page.Reset = after > page.LastSeq
	return page, nil
}

// Sync tells what a client that was away misses, given the last seq that it has of each
// conversation. The answer is complete, or says what to reload.
func (s *Conversations) Sync(ctx context.Context, v Viewer, cursors map[chat.ConversationID]int64) (SyncResult, error) {
	result := SyncResult{
		Conversations: []ConversationView{}, Events: map[chat.ConversationID][]frame.Event{},
		Reads: map[chat.ConversationID]map[chat.UserID]int64{}, Delivered: map[chat.ConversationID]map[chat.UserID]int64{},
		Settings: map[chat.ConversationID]frame.Settings{}, Removed: []chat.ConversationID{}, Reset: []chat.ConversationID{},
	}
	if err := checkCursors(cursors); err != nil {
		return result, err
	}
	mine, memberships, err := s.mine(ctx, v)
	if err != nil {
		return result, err
	}
	for id := range cursors {
		if _, member := mine[id]; !member {
			result.Removed = append(result.Removed, id)
		}
	}
	slices.Sort(result.Removed)

	changed, same := split(mine, cursors)
	if len(changed) > chat.MaxSyncConversations {
		result.ResetAll = true
		return result, nil
	}
	if err := s.missedEvents(ctx, changed, cursors, &result); err != nil {
		return result, err
	}
	same = same[:min(len(same), chat.MaxSyncConversations)]
	// One question for both: up to storeChunk conversations.
	members, err := s.shown(ctx, slices.Concat(changed, same))
	if err != nil {
		return result, err
	}
	if result.Conversations, err = s.viewsOf(ctx, v, changed, members, memberships); err != nil {
		return result, err
	}
	result.receipts(same, members)
	own := make([]chat.Member, len(same))
	for i, c := range same {
		own[i] = memberships[c.ID]
	}
	result.Settings, err = s.settings(ctx, v, own, headsOf(same))
	return result, err
}

func checkCursors(cursors map[chat.ConversationID]int64) error {
	var bad fieldErrors
	if len(cursors) > MaxSyncCursors {
		bad.add("conversations", fmt.Sprintf("names more than %d conversations", MaxSyncCursors))
		return bad.err()
	}
	for id, seq := range cursors {
		if !chat.ValidID(id) || seq < 0 {
			bad.add("conversations", "maps conversation ids to seqs of 0 or more")
			return bad.err()
		}
	}
	return nil
}

// mine are the viewer's conversations, and what the viewer is in them.
func (s *Conversations) mine(ctx context.Context, v Viewer) (map[chat.ConversationID]chat.Conversation, map[chat.ConversationID]chat.Member, error) {
	all, err := s.store.Memberships(ctx, v.UserID)
	if err != nil {
		return nil, nil, fromStore(err, "conversations")
	}
	ids := make([]chat.ConversationID, len(all))
	memberships := make(map[chat.ConversationID]chat.Member, len(all))
	for i, m := range all {
		ids[i] = m.ConversationID
		memberships[m.ConversationID] = m
	}
	mine := make(map[chat.ConversationID]chat.Conversation, len(ids))
	for part := range chunks(ids) {
		found, err := s.store.ConversationsByID(ctx, part)
		if err != nil {
			return nil, nil, fromStore(err, "conversations")
		}
		for _, c := range found {
			mine[c.ID] = c
		}
	}
	return mine, memberships, nil
}

// split parts the conversations that are new to the client, or further than it, or behind it, from
// those that it has whole; each newest first.
func split(mine map[chat.ConversationID]chat.Conversation, cursors map[chat.ConversationID]int64) (changed, same []chat.Conversation) {
	for id, c := range mine {
		if seq, known := cursors[id]; known && seq == c.LastSeq {
			same = append(same, c)
		} else {
			changed = append(changed, c)
		}
	}
	newest := func(a, b chat.Conversation) int { return cmp.Compare(b.LastActivityAt, a.LastActivityAt) }
	slices.SortFunc(changed, newest)
	slices.SortFunc(same, newest)
	return changed, same
}

func (s *Conversations) missedEvents(ctx context.Context, changed []chat.Conversation, cursors map[chat.ConversationID]int64, result *SyncResult) error {
	for _, c := range changed {
		after, known := cursors[c.ID]
		if !known {
			continue
		}
		if after > c.LastSeq {
			last, err := s.store.LastSeq(ctx, c.ID)
			if err != nil {
				return fromStore(err, "events")
			}
			// The head may be a moment behind the log; a client that is ahead of the log has another one's.
			if after > last {
				result.Reset = append(result.Reset, c.ID)
			}
			continue
		}
		entries, err := s.store.Entries(ctx, c.ID, after, chat.MaxSyncEvents+1)
		if err != nil {
			return fromStore(err, "events")
		}
		if len(entries) > chat.MaxSyncEvents {
			result.Reset = append(result.Reset, c.ID)
			continue
		}
		if result.Events[c.ID], err = s.eventsOf(ctx, entries); err != nil {
			return err
		}
	}
	return nil
}

// receipts are read and delivered positions. They cover the most recently active ones: positions of the others show when they are opened.
func (r *SyncResult) receipts(same []chat.Conversation, members map[chat.ConversationID][]chat.Member) {
	for _, c := range same {
		list := members[c.ID]
		if len(list) == 0 {
			continue
		}
		reads := make(map[chat.UserID]int64, len(list))
		for _, m := range list {
			reads[m.UserID] = m.ReadSeq
		}
		r.Reads[c.ID] = reads
		if c.MemberCount > chat.MaxReceiptMembers {
			continue
		}
		delivered := make(map[chat.UserID]int64, len(list))
		for _, m := range list {
			delivered[m.UserID] = m.Delivered()
		}
		r.Delivered[c.ID] = delivered
	}
}

// eventsOf are the entries as clients get them: edits with their messages as they are by now.
func (s *Conversations) eventsOf(ctx context.Context, entries []chat.Entry) ([]frame.Event, error) {
	entries, err := chat.WithMessages(ctx, entries, s.store.MessagesByID)
	if err != nil {
		return nil, fromStore(err, "events")
	}
	events := make([]frame.Event, len(entries))
	for i, e := range entries {
		events[i] = frame.EventOf(e)
	}
	return events, nil
}

// chunks cuts ids into parts that one call to the store takes.
func chunks[T any](ids []T) iter.Seq[[]T] { return slices.Chunk(ids, storeChunk) }
