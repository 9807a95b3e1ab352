package service

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/chatlog"
)

// ConversationStore is what conversations need of a store; package store has the contract.
type ConversationStore interface {
	UsersByID(ctx context.Context, ids []chat.UserID) ([]chat.User, error)
	Conversation(ctx context.Context, id chat.ConversationID) (chat.Conversation, error)
	ConversationsByID(ctx context.Context, ids []chat.ConversationID) ([]chat.Conversation, error)
	ConversationsOf(ctx context.Context, user chat.UserID, after chat.ConversationCursor, limit int) ([]chat.Conversation, error)
	Member(ctx context.Context, id chat.ConversationID, user chat.UserID) (chat.Member, error)
	Revised(ctx context.Context, known map[chat.ConversationID]int64) ([]chat.ConversationID, error)
	MembersOf(ctx context.Context, ids []chat.ConversationID, perConversation int) (map[chat.ConversationID][]chat.Member, error)
	Memberships(ctx context.Context, user chat.UserID) ([]chat.Member, error)
	Messages(ctx context.Context, q chat.MessageQuery) ([]chat.Message, error)
	MessagesByID(ctx context.Context, ids []chat.MessageID) ([]chat.Message, error)
	Pins(ctx context.Context, id chat.ConversationID, limit int) ([]chat.Message, error)
	AdvanceRead(ctx context.Context, user chat.UserID, at chat.ReadPosition) (seq int64, moved bool, err error)
	AdvanceDelivered(ctx context.Context, user chat.UserID, to []chat.ReadPosition) error
	UpdateMember(ctx context.Context, id chat.ConversationID, user chat.UserID, p chat.MemberPatch) (chat.Member, error)
	BlocksBetween(ctx context.Context, user chat.UserID, others []chat.UserID) ([]chat.Block, error)
	BlocksAmong(ctx context.Context, couples []chat.Couple) ([]chat.Block, error)
	Unread(ctx context.Context, user chat.UserID, from []chat.ReadPosition) (map[chat.ConversationID]int64, error)
	UnreadMentions(ctx context.Context, user chat.UserID, from []chat.ReadPosition) (map[chat.ConversationID]int64, error)
	Entries(ctx context.Context, id chat.ConversationID, after int64, limit int) ([]chat.Entry, error)
	Notices(ctx context.Context, id chat.ConversationID, after, before int64, limit int) ([]chat.Entry, error)
	LastSeq(ctx context.Context, id chat.ConversationID) (int64, error)
	EntryByClientID(ctx context.Context, id chat.ConversationID, sender chat.UserID, clientID string) (chat.Entry, error)
}

// Appender commits log entries; chatlog.Log is one.
type Appender interface {
	Append(ctx context.Context, e chat.Entry, committed func(chat.Entry)) (chatlog.Result, error)
	Begin(ctx context.Context, e chat.Entry, committed func(chat.Entry)) (chatlog.Result, error)
}

// Conversations lists, opens and reads conversations. Every method refuses, with
// CodeNotFound, a conversation that the viewer is no member of: whether it exists is never told.
type Conversations struct {
	store  ConversationStore
	log    Appender
	tell   teller
	now    func() time.Time
	access access
}

// NewConversations works on store and log, and tells members through pub.
func NewConversations(store ConversationStore, log Appender, pub Publisher, logger *slog.Logger, now func() time.Time) *Conversations {
	return &Conversations{store: store, log: log, tell: teller{pub, logger}, now: now, access: newAccess(store)}
}

// CreateDirect opens the direct conversation of the viewer and user, or gives the one that they
// have; created tells which. Refuses with CodeValidation, and with CodeBlocked to open one where either has blocked the other.
func (s *Conversations) CreateDirect(ctx context.Context, v Viewer, user chat.UserID) (view ConversationView, created bool, err error) {
	if err := s.checkPartner(ctx, v, user); err != nil {
		return ConversationView{}, false, err
	}
	id := chat.DirectID(v.UserID, user)
	switch _, err := s.store.Member(ctx, id, v.UserID); {
	case err == nil:
		view, err = s.Get(ctx, v, id)
		return view, false, err
	case !errors.Is(err, chat.ErrNotFound):
		return ConversationView{}, false, fromStore(err, "conversation")
	}
	if err := s.access.unblocked(ctx, v, user); err != nil {
		return ConversationView{}, false, err
	}
	entry := chat.Entry{
		ConversationID: id,
		Kind:           chat.ConversationCreated,
		SenderID:       v.UserID,
		ClientID:       chat.SystemClientID("created"),
		CreatedAt:      chat.TimeOf(s.now()),
		Created: &chat.Creation{Type: chat.Direct, Members: []chat.NewMember{
			{UserID: v.UserID, Role: chat.RoleMember}, {UserID: user, Role: chat.RoleMember},
		}},
	}
	result, err := s.log.Begin(ctx, entry, func(e chat.Entry) { s.tell.entry(e, hearers{members: e.Members()}) })
	if err != nil {
		return ConversationView{}, false, fromLog(err)
	}
	if result.Created { // they are contacts now
		s.tell.pair(v.UserID, user)
	}
	view, err = s.Get(ctx, v, id)
	return view, result.Created, err
}

func (s *Conversations) checkPartner(ctx context.Context, v Viewer, user chat.UserID) error {
	var bad fieldErrors
	switch {
	case !chat.ValidID(user):
		bad.add("userId", "is not a user id")
	case user == v.UserID:
		bad.add("userId", "is your own: a direct conversation is with somebody else")
	default:
		found, err := s.store.UsersByID(ctx, []chat.UserID{user})
		if err != nil {
			return fromStore(err, "user")
		}
		if len(found) == 0 {
			bad.add("userId", "is no user")
		}
	}
	return bad.err()
}

// Get is one conversation.
func (s *Conversations) Get(ctx context.Context, v Viewer, id chat.ConversationID) (ConversationView, error) {
	if _, err := s.access.member(ctx, v, id); err != nil {
		return ConversationView{}, err
	}
	c, err := s.store.Conversation(ctx, id)
	if err != nil {
		return ConversationView{}, fromStore(err, "conversation")
	}
	views, err := s.views(ctx, v, []chat.Conversation{c})
	if err != nil {
		return ConversationView{}, err
	}
	return views[0], nil
}

// List is one page of the viewer's conversations, newest activity first, with the cursor of the
// next page, or nil.
func (s *Conversations) List(ctx context.Context, v Viewer, after chat.ConversationCursor, limit int) ([]ConversationView, *chat.ConversationCursor, error) {
	found, err := s.store.ConversationsOf(ctx, v.UserID, after, limit+1)
	if err != nil {
		return nil, nil, fromStore(err, "conversations")
	}
	var next *chat.ConversationCursor
	if len(found) > limit {
		found = found[:limit]
		last := cursorOf(found[limit-1])
		next = &last
	}
	views, err := s.views(ctx, v, found)
	return views, next, err
}

// cursorOf is c's place in the list.
func cursorOf(c chat.Conversation) chat.ConversationCursor {
	return chat.ConversationCursor{LastActivityAt: c.LastActivityAt, ID: c.ID}
}
