package service

import (
	"context"
	"maps"
	"slices"

	"github.com/parley-chat/parley/pkg/chat"
)

// UnreadCounts is how much waits to be read in some conversations.
type UnreadCounts struct {
	// Unread are messages of others, Mentions those of them that name the viewer.
	Unread   int64 `json:"unread"`
	Mentions int64 `json:"mentions"`
	// Conversations are those that have unread messages, or that the viewer has marked as unread.
	Conversations int64 `json:"conversations"`
}

// UnreadTotal counts over all of the viewer's conversations: those that are not muted, and the muted ones apart.
type UnreadTotal struct {
	UnreadCounts
	Muted UnreadCounts `json:"muted"`
}

// Unread counts what waits in all of the viewer's conversations, however many there are; what is unread from the indexes alone.
func (s *Conversations) Unread(ctx context.Context, v Viewer) (total UnreadTotal, err error) {
	mine, own, err := s.mine(ctx, v)
	if err != nil {
		return total, err
	}
	for part := range chunks(slices.Collect(maps.Values(mine))) {
		p := viewParts{own: make(map[chat.ConversationID]chat.Member, len(part)), heads: headsOf(part)}
		for _, c := range part {
			p.own[c.ID] = own[c.ID]
		}
		if err := s.counts(ctx, v, &p); err != nil {
			return total, err
		}
		for id, m := range p.own {
			counts := &total.UnreadCounts
			if m.MutedUntil > chat.TimeOf(s.now()) {
				counts = &total.Muted
			}
			counts.Unread += p.unread[id]
			counts.Mentions += p.mentions[id]
			if p.unread[id] > 0 || m.MarkedUnread {
				counts.Conversations++
			}
		}
	}
	return total, nil
}
