package tail

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/frame"
)

const (
	// memberBatch is of how many conversations the members are asked for at once.
	memberBatch = 100
	// deriveTime is how long after its first entry a conversation may still lack members.
	deriveTime = 2 * time.Second
)

// hand delivers entries, sorted by conversation and seq, to those who are members now, and those of a conversation with a room channel
// to whoever is on that. It tells how many have to be handed over again because their conversation is being made.
func (s *session) hand(ctx context.Context, entries []chat.Entry) (unready int, err error) {
	for len(entries) > 0 {
		some, ids := firstConversations(entries, memberBatch)
		waiting, err := s.handSome(ctx, some, ids)
		unready += waiting
		if err != nil {
			return unready, err
		}
		entries = entries[len(some):]
	}
	return unready, nil
}

// handSome is hand for all entries of a few conversations.
func (s *session) handSome(ctx context.Context, entries []chat.Entry, ids []chat.ConversationID) (unready int, err error) {
	inRoom, members, err := s.members(ctx, entries, ids)
	if err != nil {
		return 0, err
	}
	begun, err := s.begun(ctx, entries, members)
	if err != nil {
		return 0, err
	}
	if entries, err = chat.WithMessages(ctx, entries, s.opts.Store.MessagesByID); err != nil {
		return 0, fmt.Errorf("tail: messages: %w", err)
	}
	audience := map[chat.ConversationID][]ear{}
	var waits chat.ConversationID
	for _, e := range entries {
		id := e.ConversationID
		var ears []ear
		switch known, asked := audience[id]; {
		case inRoom[key{id, e.Seq}]:
			if ears, err = s.together(ctx, e); err != nil {
				return unready, err
			}
		case id == waits || halfMade(e, len(members[id])):
			waits = id
			unready++
			continue
		case !asked:
			audience[id] = s.here(append(members[id], begun[id]...))
			ears = s.withRemoved(e, audience[id])
		default:
			ears = s.withRemoved(e, known)
		}
		if err := s.deliver(e, ears); err != nil {
			return unready, err
		}
	}
	return unready, nil
}

// firstConversations are the entries of the first n conversations, and these.
func firstConversations(entries []chat.Entry, n int) ([]chat.Entry, []chat.ConversationID) {
	var ids []chat.ConversationID
	for i, e := range entries {
		if len(ids) > 0 && ids[len(ids)-1] == e.ConversationID {
			continue
		}
		if len(ids) == n {
			return entries[:i], ids
		}
		ids = append(ids, e.ConversationID)
	}
	return entries, ids
}

// halfMade tells whether e has just begun a conversation whose members are not all written yet: that comes after the
// entry. Should the node have died in between, the entry's own list has to do; see begun.
func halfMade(e chat.Entry, members int) bool {
	return e.Created != nil && members < len(e.Created.Members) && time.Since(e.CreatedAt.Std()) < deriveTime
}

// ear is the channel of a member, and the first entry that the bus had to bring there.
type ear struct {
	channel bus.Channel
	from    int64
}

// begun are the members of those conversations that have none because nobody has written them yet: the ones of their first entries.
// A conversation that all have left, or that was ended, has none either, and a revision that says so; nobody hears of it any more.
func (s *session) begun(ctx context.Context, entries []chat.Entry, members map[chat.ConversationID][]chat.Member) (map[chat.ConversationID][]chat.Member, error) {
	first, known := map[chat.ConversationID][]chat.Member{}, map[chat.ConversationID]int64{}
	for _, e := range entries {
		if e.Created != nil && len(members[e.ConversationID]) == 0 {
			first[e.ConversationID], known[e.ConversationID] = e.Members(), 0
		}
	}
	if len(known) == 0 {
		return nil, nil
	}
	revised, err := s.opts.Store.Revised(ctx, known)
	if err != nil {
		return nil, fmt.Errorf("tail: revisions: %w", err)
	}
	for _, id := range revised {
		delete(first, id)
	}
	return first, nil
}

// here are those members who have a socket on this node.
func (s *session) here(members []chat.Member) (ears []ear) {
	for _, m := range members {
		c := bus.UserChannel(m.UserID)
		if s.isHere(c) {
			ears = append(ears, ear{c, m.JoinedSeq})
		}
	}
	return slices.Clip(ears)
}

// deliver hands an entry to those that have not had it yet.
func (s *session) deliver(e chat.Entry, ears []ear) error {
	due := s.due(e, ears)
	if len(due) > 0 {
		payload, err := frame.Encode(frame.EventOf(e))
		if err != nil {
			return fmt.Errorf("tail: %w", err)
		}
		s.send(e, payload, due)
		for _, c := range due {
			s.opts.Recent.Note(c, e.ConversationID, e.Seq)
		}
	}
	s.seen[key{e.ConversationID, e.Seq}] = e.CreatedAt
	if last, known := s.last[e.ConversationID]; !known || e.Seq > last.Seq {
		s.last[e.ConversationID] = e.Cursor()
	}
	s.count(len(due))
	if len(due) > 0 {
		s.opts.Found(e)
	}
	return nil
}

// due are the channels that have not had e. What came before a member did, their client asks for when it learns that it is in.
func (s *session) due(e chat.Entry, ears []ear) (due []bus.Channel) {
	for _, to := range ears {
		if e.Seq >= to.from && !s.opts.Recent.Has(to.channel, e.ConversationID, e.Seq) && s.wanted(e, to.channel) {
			due = append(due, to.channel)
		}
	}
	return due
}
