package service

import (
	"context"
	"maps"
	"slices"

	"github.com/parley-chat/parley/pkg/audience"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/frame"
)

// shownMembers is how many members a conversation's view holds; MemberCount tells of the rest.
const shownMembers = 100

// ConversationView is a conversation as one of its members sees it.
type ConversationView struct {
	ID          chat.ConversationID   `json:"id"`
	Type        chat.ConversationType `json:"type"`
	Title       *string               `json:"title"`
	Description *string               `json:"description"`
	AvatarURL   *string               `json:"avatarUrl"`
	Members     []MemberView          `json:"members"`
	MemberCount int                   `json:"memberCount"`
	Role        chat.Role             `json:"role"`
	LastSeq     int64                 `json:"lastSeq"`
	LastMessage *chat.Message         `json:"lastMessage"`
	ReadSeq     int64                 `json:"readSeq"`
	Unread      int64                 `json:"unread"`
	// Mentions are those of Unread that name the viewer.
	Mentions       int64     `json:"mentions"`
	CreatedAt      chat.Time `json:"createdAt"`
	LastActivityAt chat.Time `json:"lastActivityAt"`
	frame.Settings
}

// MemberView is a member as the others see them.
type MemberView struct {
	UserID       chat.UserID `json:"userId"`
	FullName     string      `json:"fullName"`
	AvatarURL    *string     `json:"avatarUrl"`
	Role         chat.Role   `json:"role"`
	ReadSeq      int64       `json:"readSeq"`
	DeliveredSeq int64       `json:"deliveredSeq"`
	// LastSeenAt is null where the viewer may not see it; see package audience.
	LastSeenAt chat.Time `json:"lastSeenAt"`
}

// views shows conversations to the viewer, in the order given. Those that the viewer has
// left since they were read are left out.
func (s *Conversations) views(ctx context.Context, v Viewer, found []chat.Conversation) ([]ConversationView, error) {
	members, err := s.shown(ctx, found)
	if err != nil {
		return nil, err
	}
	return s.viewsOf(ctx, v, found, members, nil)
}

// shown are the first members of each conversation.
func (s *Conversations) shown(ctx context.Context, found []chat.Conversation) (map[chat.ConversationID][]chat.Member, error) {
	if len(found) == 0 {
		return nil, nil
	}
	ids := make([]chat.ConversationID, len(found))
	for i, c := range found {
		ids[i] = c.ID
	}
	members, err := s.store.MembersOf(ctx, ids, shownMembers)
	return members, fromStore(err, "members")
}

// viewsOf are views with the members that are shown, and, where the caller has read them, the viewer's own memberships, which
// large conversations are else asked for one by one.
func (s *Conversations) viewsOf(
	ctx context.Context, v Viewer, found []chat.Conversation, members map[chat.ConversationID][]chat.Member, own map[chat.ConversationID]chat.Member,
) ([]ConversationView, error) {
	parts, err := s.gather(ctx, v, found, members, own)
	if err != nil {
		return nil, err
	}
	views := make([]ConversationView, 0, len(found))
	for _, c := range found {
		own, ok := parts.own[c.ID]
		if !ok {
			continue
		}
		view := ConversationView{
			ID: c.ID, Type: c.Type, Title: frame.OrNull(c.Title), Description: frame.OrNull(c.Description), AvatarURL: frame.OrNull(c.AvatarURL),
			Members: parts.memberViews(c.ID), MemberCount: c.MemberCount, Role: own.Role,
			LastSeq: c.LastSeq, ReadSeq: own.ReadSeq, Unread: parts.unread[c.ID], Mentions: parts.mentions[c.ID],
			CreatedAt: c.CreatedAt, LastActivityAt: c.LastActivityAt, Settings: parts.settings[c.ID],
		}
		if m, ok := parts.messages[c.LastMessageID]; ok {
			view.LastMessage = &m
		}
		views = append(views, view)
	}
	return views, nil
}

// viewParts is what views are made of, read for a whole page at once.
type viewParts struct {
	members  map[chat.ConversationID][]chat.Member
	own      map[chat.ConversationID]chat.Member
	users    map[chat.UserID]chat.User
	messages map[chat.MessageID]chat.Message
	unread   map[chat.ConversationID]int64
	mentions map[chat.ConversationID]int64
	settings map[chat.ConversationID]frame.Settings
	heads    heads
	// sees tells of whom the viewer may know when they were last seen.
	sees map[chat.UserID]bool
}

func (s *Conversations) gather(
	ctx context.Context, v Viewer, found []chat.Conversation, members map[chat.ConversationID][]chat.Member, own map[chat.ConversationID]chat.Member,
) (viewParts, error) {
	p := viewParts{members: make(map[chat.ConversationID][]chat.Member, len(found)), own: make(map[chat.ConversationID]chat.Member, len(found))}
	if len(found) == 0 {
		return p, nil
	}
	for _, c := range found {
		p.members[c.ID] = members[c.ID]
	}
	err := s.ownMemberships(ctx, v, own, &p)
	if err != nil {
		return p, err
	}
	if err := s.memberUsers(ctx, v, &p); err != nil {
		return p, err
	}
	if err := s.lastMessages(ctx, found, &p); err != nil {
		return p, err
	}
	p.heads = headsOf(found)
	p.settings, err = s.settings(ctx, v, slices.Collect(maps.Values(p.own)), p.heads)
	if err != nil {
		return p, err
	}
	err = s.counts(ctx, v, &p)
	return p, err
}

// heads are the last seqs of conversations, as far as they are known.
type heads map[chat.ConversationID]int64

func headsOf(found []chat.Conversation) heads {
	h := make(heads, len(found))
	for _, c := range found {
		h[c.ID] = c.LastSeq
	}
	return h
}

// since is the position from which on unread messages are counted, so that somebody who never reads costs no more than others.
func (h heads) since(id chat.ConversationID, seq int64) chat.ReadPosition {
	return chat.ReadPosition{ConversationID: id, Seq: max(seq, h[id]-chat.MaxUnread)}
}

func (s *Conversations) counts(ctx context.Context, v Viewer, p *viewParts) (err error) {
	positions := make([]chat.ReadPosition, 0, len(p.own))
	for id, m := range p.own {
		positions = append(positions, p.heads.since(id, m.ReadSeq))
	}
	if p.unread, err = s.store.Unread(ctx, v.UserID, positions); err != nil {
		return fromStore(err, "unread counts")
	}
	// Most have nothing new, and so no mention.
	positions = slices.DeleteFunc(positions, func(at chat.ReadPosition) bool { return p.unread[at.ConversationID] == 0 })
	if len(positions) == 0 {
		return nil
	}
	p.mentions, err = s.store.UnreadMentions(ctx, v.UserID, positions)
	return fromStore(err, "unread mentions")
}

// ownMemberships looks further where the viewer is not among the members shown.
func (s *Conversations) ownMemberships(ctx context.Context, v Viewer, known map[chat.ConversationID]chat.Member, p *viewParts) error {
	for id, members := range p.members {
		at := slices.IndexFunc(members, func(m chat.Member) bool { return m.UserID == v.UserID })
		if at >= 0 {
			p.own[id] = members[at]
			continue
		}
		if len(members) < shownMembers {
			continue
		}
		m, ok := known[id]
		if !ok {
			var err error
			if m, err = s.access.member(ctx, v, id); err != nil {
				return err
			}
		}
		p.own[id] = m
	}
	return nil
}

func (s *Conversations) memberUsers(ctx context.Context, v Viewer, p *viewParts) error {
	p.users = map[chat.UserID]chat.User{}
	var ids []chat.UserID
	for _, members := range p.members {
		for _, m := range members {
			if _, seen := p.users[m.UserID]; !seen {
				p.users[m.UserID] = chat.User{}
				ids = append(ids, m.UserID)
			}
		}
	}
	for part := range chunks(ids) {
		users, err := s.store.UsersByID(ctx, part)
		if err != nil {
			return fromStore(err, "members")
		}
		for _, u := range users {
			p.users[u.ID] = u
		}
	}
	var err error
	p.sees, err = audience.Of(ctx, s.store, v.UserID, slices.Collect(maps.Values(p.users)))
	return fromStore(err, "members")
}

func (s *Conversations) lastMessages(ctx context.Context, found []chat.Conversation, p *viewParts) error {
	p.messages = map[chat.MessageID]chat.Message{}
	var ids []chat.MessageID
	for _, c := range found {
		if c.LastMessageID != "" {
			ids = append(ids, c.LastMessageID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	messages, err := s.store.MessagesByID(ctx, ids)
	if err != nil {
		return fromStore(err, "last messages")
	}
	for _, m := range messages {
		p.messages[m.ID] = m.Normalize()
	}
	return nil
}

func (p viewParts) memberViews(id chat.ConversationID) []MemberView {
	views := make([]MemberView, 0, len(p.members[id]))
	for _, m := range p.members[id] {
		u := p.users[m.UserID]
		views = append(views, MemberView{
			UserID: m.UserID, FullName: u.FullName, AvatarURL: frame.OrNull(u.AvatarURL),
			Role: m.Role, ReadSeq: m.ReadSeq, DeliveredSeq: m.Delivered(), LastSeenAt: lastSeen(u, p.sees[u.ID]),
		})
	}
	return views
}
