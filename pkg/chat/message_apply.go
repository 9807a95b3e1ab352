package chat

import (
	"context"
	"maps"
	"slices"
)

// MentionAll is what MentionKeys gives for a message that names everybody.
const MentionAll UserID = "*"

// Apply is the message after e, an entry that targets it; m itself stays as it is. The state of a message is the fold of its
// entries in the order of seq. Entries up to Rev, and those about other messages, change nothing, so
// folding again is harmless. A deleted message stays deleted and empty, whatever comes after.
func (m Message) Apply(e Entry) Message {
	if e.TargetID != m.ID || e.TargetID == "" || e.Seq <= m.Rev {
		return m
	}
	m.Rev = e.Seq
	if m.DeletedAt != 0 {
		return m
	}
	switch e.Kind {
	case MessageUpdated:
		if e.Edit != nil {
			m.Text, m.Mentions, m.MentionsAll, m.EditedAt = e.Edit.Text, e.Edit.Mentions, e.Edit.MentionsAll, e.CreatedAt
		}
	case MessageDeleted:
		return m.tombstone(e.CreatedAt)
	case MessagePinned:
		if m.PinnedAt == 0 {
			m.PinnedAt, m.PinnedSeq = e.CreatedAt, e.Seq
		}
	case MessageUnpinned:
		m.PinnedAt, m.PinnedSeq = 0, 0
	case ReactionAdded:
		m.Reactions = withReaction(m.Reactions, e.Emoji, e.SenderID)
	case ReactionRemoved:
		m.Reactions = withoutReaction(m.Reactions, e.Emoji, e.SenderID)
	default:
	}
	return m.Normalize()
}

// tombstone is what a deletion leaves: that there was a message, whose, when, and to what it replied.
func (m Message) tombstone(at Time) Message {
	return Message{
		ID: m.ID, ConversationID: m.ConversationID, Seq: m.Seq, SenderID: m.SenderID, ClientID: m.ClientID,
		ReplyTo: m.ReplyTo, CreatedAt: m.CreatedAt, DeletedAt: at, Rev: m.Rev,
	}.Normalize()
}

// MentionKeys are under what a message is found when somebody's mentions are counted: the members whom it names, or MentionAll
// alone, so that nobody is counted twice.
func (m Message) MentionKeys() []UserID {
	if m.MentionsAll {
		return []UserID{MentionAll}
	}
	keys := slices.Clone(m.Mentions)
	slices.Sort(keys)
	return slices.Compact(keys)
}

func withReaction(reactions map[string][]UserID, emoji string, user UserID) map[string][]UserID {
	users := reactions[emoji]
	at, there := slices.BinarySearch(users, user)
	if there {
		return reactions
	}
	with := maps.Clone(reactions)
	if with == nil {
		with = map[string][]UserID{}
	}
	with[emoji] = slices.Insert(slices.Clone(users), at, user)
	return with
}

func withoutReaction(reactions map[string][]UserID, emoji string, user UserID) map[string][]UserID {
	users := reactions[emoji]
	if !slices.Contains(users, user) {
		return reactions
	}
	without := maps.Clone(reactions)
	left := slices.DeleteFunc(slices.Clone(users), func(u UserID) bool { return u == user })
	if len(left) == 0 {
		delete(without, emoji)
		return without
	}
	without[emoji] = left
	return without
}

// WithMessages gives those of the entries that are message.updated the message that they are about, as it is now and at least
// as far as the edit itself, which may not be folded in yet: find, a store's MessagesByID, is asked once for each 1,000 of
// them. A client that folds a later state than the entry's own comes to the same in the end, as the later entries follow.
func WithMessages(ctx context.Context, entries []Entry, find func(context.Context, []MessageID) ([]Message, error)) ([]Entry, error) {
	wanted := map[MessageID]*Message{}
	for _, e := range entries {
		if e.Kind == MessageUpdated {
			wanted[e.TargetID] = nil
		}
	}
	if len(wanted) == 0 {
		return entries, nil
	}
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(wanted)), maxFound) {
		found, err := find(ctx, ids)
		if err != nil {
			return nil, err
		}
		for _, m := range found {
			wanted[m.ID] = &m
		}
	}
	whole := slices.Clone(entries)
	for i, e := range whole {
		if m := wanted[e.TargetID]; e.Kind == MessageUpdated && m != nil {
			after := m.Apply(e)
			whole[i].Message = &after
		}
	}
	return whole, nil
}

// maxFound is as many messages as a store finds at once.
const maxFound = 1000
