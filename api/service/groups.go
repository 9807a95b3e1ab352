package service

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/chatlog"
)

// GroupStore is what groups need of a store; package store has the contract.
type GroupStore interface {
	UsersByID(ctx context.Context, ids []chat.UserID) ([]chat.User, error)
	Conversation(ctx context.Context, id chat.ConversationID) (chat.Conversation, error)
	Member(ctx context.Context, id chat.ConversationID, user chat.UserID) (chat.Member, error)
	MembersOf(ctx context.Context, ids []chat.ConversationID, perConversation int) (map[chat.ConversationID][]chat.Member, error)
	MembersAmong(ctx context.Context, id chat.ConversationID, users []chat.UserID) ([]chat.Member, error)
	FindMembers(ctx context.Context, q chat.MemberQuery) ([]chat.Member, error)
}

// GroupLog commits what changes groups; chatlog.Log is one.
type GroupLog interface {
	Begin(ctx context.Context, e chat.Entry, committed func(chat.Entry)) (chatlog.Result, error)
	AppendAll(ctx context.Context, entries []chat.Entry, committed func(chat.Entry)) (made []chat.Entry, err error)
}

// GroupsOptions are the parts of Groups.
type GroupsOptions struct {
	Store GroupStore
	Log   GroupLog
	// Conversations shows what has become of a group.
	Conversations *Conversations
	Avatars       Avatars
	Announcer     *Announcer
	Now           func() time.Time
	// RoomThreshold is up to how many members each of them is told by their own channel; beyond, a room channel is.
	RoomThreshold int
}

// Groups makes and changes groups. Every method refuses, with CodeNotFound, a group that the viewer is no member of, and
// with CodeForbidden what the viewer's role may not do; docs/permissions.md has the table. Each change is one entry of the log, whose
// revision says on which state of the group it was decided: of two at once, one is decided anew on what the other left.
type Groups struct {
	store         GroupStore
	log           GroupLog
	conversations *Conversations
	avatars       Avatars
	announcer     *Announcer
	now           func() time.Time
	threshold     int
}

// NewGroups makes the service of its parts.
func NewGroups(o GroupsOptions) *Groups {
	return &Groups{
		store: o.Store, log: o.Log, conversations: o.Conversations, avatars: o.Avatars, announcer: o.Announcer, now: o.Now,
		threshold: o.RoomThreshold,
	}
}

// NewGroup is what a client asks for.
type NewGroup struct {
	// ClientID makes a repeat harmless; "" for none.
	ClientID       string
	Title          string
	Description    string
	AvatarUploadID chat.UploadID
	MemberIDs      []chat.UserID
}

// Create makes a group, whose owner is the viewer. A repeat with the same ClientID gives the first one; created tells which.
// Refuses with CodeValidation, and with CodeBlocked if one of the members and the viewer has blocked the other.
func (s *Groups) Create(ctx context.Context, v Viewer, in NewGroup) (view ConversationView, created bool, err error) {
	members, err := s.checkNew(ctx, v, &in)
	if err != nil {
		return ConversationView{}, false, err
	}
	id := chat.NewID[chat.ConversationID]()
	if in.ClientID != "" {
		id = chat.GroupID(v.UserID, in.ClientID)
	}
	avatar, err := s.avatar(ctx, v, in.AvatarUploadID)
	if err != nil {
		return ConversationView{}, false, err
	}
	entry := chat.Entry{
		ConversationID: id, Kind: chat.ConversationCreated, SenderID: v.UserID, ClientID: chat.SystemClientID("created"), CreatedAt: chat.TimeOf(s.now()),
		Created: &chat.Creation{Type: chat.Group, Title: in.Title, Description: in.Description, AvatarURL: avatar, Members: members},
		Room:    len(members) > s.threshold,
	}
	result, err := s.log.Begin(ctx, entry, func(e chat.Entry) { s.announcer.committed(e, hearers{members: e.Members()}) })
	if err != nil {
		return ConversationView{}, false, fromLog(err)
	}
	view, err = s.conversations.Get(ctx, v, id)
	return view, result.Created, err
}

// checkNew brings the request into its form, and gives the first members, the owner first.
func (s *Groups) checkNew(ctx context.Context, v Viewer, in *NewGroup) ([]chat.NewMember, error) {
	var bad fieldErrors
	in.Title = bad.cleanName("title", in.Title, chat.MaxTitle)
	in.Description = bad.cleanLines("description", in.Description, chat.MaxDescription)
	if in.ClientID != "" {
		bad.checkClientID(in.ClientID)
	}
	others := without(in.MemberIDs, v.UserID)
	if len(others) > chat.MaxFirstMembers {
		bad.add("memberIds", fmt.Sprintf("names %d people, at most %d are allowed", len(others), chat.MaxFirstMembers))
	}
	if err := bad.err(); err != nil {
		return nil, err
	}
	if err := s.checkPeople(ctx, v, "memberIds", others); err != nil {
		return nil, err
	}
	members := []chat.NewMember{{UserID: v.UserID, Role: chat.RoleOwner}}
	for _, id := range others {
		members = append(members, chat.NewMember{UserID: id, Role: chat.RoleMember})
	}
	return members, nil
}

// without are the ids, each once, but for one.
func without(ids []chat.UserID, but chat.UserID) []chat.UserID {
	var left []chat.UserID
	seen := map[chat.UserID]bool{but: true}
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			left = append(left, id)
		}
	}
	return left
}

// checkPeople refuses with CodeValidation, on field, who is nobody, and with CodeBlocked who wants nothing from the viewer, or from
// whom the viewer wants nothing.
func (s *Groups) checkPeople(ctx context.Context, v Viewer, field string, ids []chat.UserID) error {
	if len(ids) == 0 {
		return nil
	}
	var bad fieldErrors
	for _, id := range ids {
		if !chat.ValidID(id) {
			bad.add(field, "has something that is not a user id")
			return bad.err()
		}
	}
	found, err := s.store.UsersByID(ctx, ids)
	if err != nil {
		return fromStore(err, "users")
	}
	for _, id := range ids {
		if !slices.ContainsFunc(found, func(u chat.User) bool { return u.ID == id }) {
			bad.add(field, fmt.Sprintf("has %s, who is no user", id))
		}
	}
	if err := bad.err(); err != nil {
		return err
	}
	return s.conversations.access.unblocked(ctx, v, ids...)
}

func (s *Groups) avatar(ctx context.Context, v Viewer, id chat.UploadID) (string, error) {
	if id == "" {
		return "", nil
	}
	return s.avatars.Avatar(ctx, v, id)
}

// GroupChange names what changes; nil stays, "" takes away.
type GroupChange struct {
	Title          *string
	Description    *string
	AvatarUploadID *chat.UploadID
}

// Update changes what a group is called and how it looks, and returns it as it is then. Refuses with CodeValidation.
func (s *Groups) Update(ctx context.Context, v Viewer, id chat.ConversationID, change GroupChange) (ConversationView, error) {
	var bad fieldErrors
	var patch chat.ConversationPatch
	if change.Title != nil {
		title := bad.cleanName("title", *change.Title, chat.MaxTitle)
		patch.Title = &title
	}
	if change.Description != nil {
		description := bad.cleanLines("description", *change.Description, chat.MaxDescription)
		patch.Description = &description
	}
	err := s.change(ctx, v, id, func(ctx context.Context, g group) ([]chat.Entry, error) {
		if err := g.mayManage(); err != nil {
			return nil, err
		}
		if err := bad.err(); err != nil {
			return nil, err
		}
		if change.AvatarUploadID != nil {
			avatar, err := s.avatar(ctx, v, *change.AvatarUploadID)
			if err != nil {
				return nil, err
			}
			patch.AvatarURL = &avatar
		}
		news := g.news(patch)
		if news == (chat.ConversationPatch{}) {
			return nil, nil
		}
		if news.AvatarURL != nil {
			if err := s.avatars.Release(ctx, g.conversation.AvatarURL); err != nil {
				return nil, err
			}
		}
		return []chat.Entry{{Kind: chat.ConversationUpdated, Changed: &news}}, nil
	})
	if err != nil {
		return ConversationView{}, err
	}
	return s.conversations.Get(ctx, v, id)
}

// Delete ends a group for all of its members, for ever.
func (s *Groups) Delete(ctx context.Context, v Viewer, id chat.ConversationID) error {
	return s.change(ctx, v, id, func(ctx context.Context, g group) ([]chat.Entry, error) {
		if err := g.mayOwn(); err != nil {
			return nil, err
		}
		return s.end(ctx, g)
	})
}

// end is the last entry of a group, which has no picture then.
func (s *Groups) end(ctx context.Context, g group) ([]chat.Entry, error) {
	return []chat.Entry{{Kind: chat.ConversationDeleted}}, s.avatars.Release(ctx, g.conversation.AvatarURL)
}

const (
	// changeTries is how often a change is decided anew, because others were faster.
	changeTries = 50
	// changeBackoff is the longest pause before that.
	changeBackoff = 20 * time.Millisecond
)

// change commits the entries that decide makes of the group as it is; none is no change. When others change the group
// meanwhile, it is asked again, about what they left of it and what of its own is made.
func (s *Groups) change(ctx context.Context, v Viewer, id chat.ConversationID, decide func(context.Context, group) ([]chat.Entry, error)) error {
	return s.changeAs(ctx, v, id, s.group, decide)
}

// changeAs is change for whom look lets see the group.
func (s *Groups) changeAs(
	ctx context.Context, v Viewer, id chat.ConversationID,
	look func(context.Context, Viewer, chat.ConversationID) (group, error), decide func(context.Context, group) ([]chat.Entry, error),
) error {
	for range changeTries {
		g, err := look(ctx, v, id)
		if err != nil {
			return err
		}
		entries, err := decide(ctx, g)
		if err != nil || len(entries) == 0 {
			return err
		}
		err = s.commit(ctx, v, g, entries)
		if !errors.Is(err, chat.ErrConflict) {
			return fromLog(err)
		}
		select {
		case <-time.After(rand.N(changeBackoff)):
		case <-ctx.Done():
			return fromLog(ctx.Err())
		}
	}
	return &Error{Code: CodeUnavailable, Detail: "too many change this group at the moment; try again", RetryAfter: UnavailableRetry}
}

const (
	// mostTold is how many frames one change of a group tells its members of by themselves while its room channel is young: a hundred who are
	// added to a thousand would be more than the publisher's queue holds, so the room is told. Whoever is not on it yet finds the gap.
	mostTold = 10_000
	// roomJoined is for how long they are told by themselves even so: by then gateways are on the channel, if nothing is slow.
	roomJoined chat.Time = 1_000
)

// commit gives the entries their revisions and tells the members.
func (s *Groups) commit(ctx context.Context, v Viewer, g group, entries []chat.Entry) error {
	h := hearers{conversation: g.conversation, own: g.own}
	count, opened := g.conversation.MemberCount, g.conversation.RoomSeq > 0
	now := chat.TimeOf(s.now())
	byRoom := opened && len(entries)*(count+len(entries)) > mostTold && now >= g.conversation.RoomAt+roomJoined
	if !byRoom && !g.conversation.InRoom(now) {
		byID, err := s.store.MembersOf(ctx, []chat.ConversationID{g.conversation.ID}, chat.MaxMembers)
		if err != nil {
			return fromStore(err, "members")
		}
		h.members = byID[g.conversation.ID]
	}
	for i := range entries {
		e := &entries[i]
		if e.Kind == chat.MemberAdded {
			count++
			e.Room = !opened && count > s.threshold
			opened = opened || e.Room
		}
		e.ConversationID, e.SenderID = g.conversation.ID, v.UserID
		e.ClientID, e.CreatedAt = chat.SystemClientID(string(chat.NewID[chat.MessageID]())), chat.TimeOf(s.now())
		e.Revision = g.conversation.Revision + 1 + int64(i)
	}
	var last *announcement
	made, err := s.log.AppendAll(ctx, entries, func(e chat.Entry) {
		for _, p := range e.Places() {
			if p.Joined && h.members != nil {
				h.members = append(h.members, p.Member)
			}
		}
		last = s.announcer.committed(e, h)
		h.conversation = h.conversation.Revise(e)
	})
	if len(made) == len(entries) {
		last.over(ctx)
	}
	return err //nolint:wrapcheck // by the caller
}
