package service

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/frame"
)

// audienceFresh is for how long those who were members of a conversation may be told of what somebody did in it. When the store takes
// longer, they are read again: removing a member takes effect within a second.
const audienceFresh = 500 * time.Millisecond

// MarkRead moves the viewer's read position forward to seq and returns where it is then. One
// that is further already stays. It takes back that the viewer has marked the conversation as unread.
func (s *Conversations) MarkRead(ctx context.Context, v Viewer, at chat.ReadPosition) (int64, error) {
	began := s.now()
	own, told, err := s.readers(ctx, v, at.ConversationID)
	if err != nil {
		return 0, err
	}
	last, err := s.store.LastSeq(ctx, at.ConversationID)
	if err != nil {
		return 0, fromStore(err, "conversation")
	}
	var bad fieldErrors
	if at.Seq < 1 || at.Seq > last {
		bad.add("seq", fmt.Sprintf("must be from 1 to the last seq, %d", last))
	}
	if err := bad.err(); err != nil {
		return 0, err
	}
	seq, moved, err := s.store.AdvanceRead(ctx, v.UserID, at)
	if err != nil {
		return 0, fromStore(err, "conversation")
	}
	if moved && s.now().Sub(began) > audienceFresh {
		if _, told, err = s.readers(ctx, v, at.ConversationID); err != nil {
			return 0, err
		}
	}
	if moved {
		s.tell.read(at.ConversationID, v.UserID, seq, told)
	}
	if own.MarkedUnread {
		return seq, s.patchSettings(ctx, v, at.ConversationID, chat.MemberPatch{MarkedUnread: new(bool)})
	}
	return seq, nil
}

// readers are who is told what the viewer has read: in a conversation of more than chat.MaxReceiptMembers members, only the viewer's
// own devices. Refuses with CodeNotFound.
func (s *Conversations) readers(ctx context.Context, v Viewer, id chat.ConversationID) (own chat.Member, told []chat.Member, err error) {
	byID, err := s.store.MembersOf(ctx, []chat.ConversationID{id}, chat.MaxReceiptMembers+1)
	if err != nil {
		return own, nil, fromStore(err, "conversation")
	}
	told = byID[id]
	at := slices.IndexFunc(told, func(m chat.Member) bool { return m.UserID == v.UserID })
	switch {
	case len(told) > chat.MaxReceiptMembers:
		own, err = s.access.member(ctx, v, id)
		return own, []chat.Member{own}, err
	case at < 0:
		return own, nil, fromStore(chat.ErrNotFound, "conversation")
	}
	return told[at], told, nil
}

// MarkDelivered moves the viewer's delivered positions forward, in one write for all. Positions in conversations that have more than
// chat.MaxReceiptMembers members, that the viewer is no member of, or that are ahead of the log, are passed over: the client can't know
// better while things change. Refuses with CodeValidation (too many, no positions) and CodeUnavailable.
func (s *Conversations) MarkDelivered(ctx context.Context, v Viewer, seqs map[chat.ConversationID]int64) error {
	if err := checkDelivered(seqs); err != nil || len(seqs) == 0 {
		return err
	}
	ids := make([]chat.ConversationID, 0, len(seqs))
	for id := range seqs {
		ids = append(ids, id)
	}
	began := s.now()
	members, err := s.store.MembersOf(ctx, ids, chat.MaxReceiptMembers+1)
	if err != nil {
		return fromStore(err, "members")
	}
	moved, err := s.newlyDelivered(ctx, v, seqs, members)
	if err != nil || len(moved) == 0 {
		return err
	}
	if err := s.store.AdvanceDelivered(ctx, v.UserID, moved); err != nil {
		return fromStore(err, "delivered positions")
	}
	if s.now().Sub(began) > audienceFresh {
		if members, err = s.store.MembersOf(ctx, ids, chat.MaxReceiptMembers+1); err != nil {
			return fromStore(err, "members")
		}
	}
	for _, at := range moved {
		others := slices.DeleteFunc(members[at.ConversationID], func(m chat.Member) bool { return m.UserID == v.UserID })
		s.tell.send(frame.ReadFrame{Type: frame.Delivered, ConversationID: at.ConversationID, UserID: v.UserID, Seq: at.Seq}, others)
	}
	return nil
}

func checkDelivered(seqs map[chat.ConversationID]int64) error {
	var bad fieldErrors
	if len(seqs) > chat.MaxDelivered {
		bad.add("conversations", fmt.Sprintf("names more than %d conversations", chat.MaxDelivered))
		return bad.err()
	}
	for id, seq := range seqs {
		if !chat.ValidID(id) || seq < 1 {
			bad.add("conversations", "maps conversation ids to seqs of 1 or more")
			break
		}
	}
	return bad.err()
}

// newlyDelivered are the positions that are to move.
func (s *Conversations) newlyDelivered(ctx context.Context, v Viewer, seqs map[chat.ConversationID]int64, members map[chat.ConversationID][]chat.Member) ([]chat.ReadPosition, error) {
	var ids []chat.ConversationID
	for id, list := range members {
		own := slices.IndexFunc(list, func(m chat.Member) bool { return m.UserID == v.UserID })
		if own >= 0 && len(list) <= chat.MaxReceiptMembers && seqs[id] > list[own].Delivered() {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	heads, err := s.store.ConversationsByID(ctx, ids)
	if err != nil {
		return nil, fromStore(err, "conversations")
	}
	var moved []chat.ReadPosition
	for _, c := range heads {
		last := c.LastSeq
		if seqs[c.ID] > last {
			// The head may be a moment behind the log.
			if last, err = s.store.LastSeq(ctx, c.ID); err != nil {
				return nil, fromStore(err, "conversation")
			}
		}
		if seqs[c.ID] <= last {
			moved = append(moved, chat.ReadPosition{ConversationID: c.ID, Seq: seqs[c.ID]})
		}
	}
	return moved, nil
}
