package service

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/ratelimit"
)

// Limiter decides whether one more thing may be done under a limit.
type Limiter interface {
	Allow(ctx context.Context, limit ratelimit.Limit, id string) (ratelimit.Decision, error)
}

// Attachments gives uploads the form in which messages show them; service.Uploads does.
type Attachments interface {
	// Attachable refuses, with CodeValidation on uploadIds, uploads that are not the viewer's.
	Attachable(ctx context.Context, v Viewer, ids []chat.UploadID) ([]chat.Attachment, error)
	// Claim keeps uploads from being removed while a message with them is written. It refuses with CodeNotFound.
	Claim(ctx context.Context, attachments []chat.Attachment) error
}

// Messages sends and reads messages. Every method refuses, with CodeNotFound, a conversation that the
// viewer is no member of.
type Messages struct {
	store       ConversationStore
	log         Appender
	attachments Attachments
	limiter     Limiter
	announcer   *Announcer
	now         func() time.Time
	access      access
	known       knownHearers

	limit, editLimit, reactionLimit ratelimit.Limit
}

// MessagesOptions are the parts of Messages.
type MessagesOptions struct {
	Store       ConversationStore
	Log         Appender
	Attachments Attachments
	Limiter     Limiter
	// Limit is how fast one user may send, EditLimit edit, delete and pin, ReactionLimit react and take it back.
	Limit, EditLimit, ReactionLimit ratelimit.Limit

	Announcer *Announcer
	Now       func() time.Time
}

// NewMessages makes the service of its parts.
func NewMessages(o MessagesOptions) *Messages {
	a := newAccess(o.Store)
	return &Messages{
		store: o.Store, log: o.Log, attachments: o.Attachments, limiter: o.Limiter,
		limit: o.Limit, editLimit: o.EditLimit, reactionLimit: o.ReactionLimit,
		announcer: o.Announcer, now: o.Now, access: a, known: newKnownHearers(a),
	}
}

// NewMessage is what a client sends.
type NewMessage struct {
	ClientID  string          `json:"clientId"`
	Text      string          `json:"text"`
	UploadIDs []chat.UploadID `json:"uploadIds"`
	ReplyTo   *chat.MessageID `json:"replyTo"`
	// ForwardOf is a message to be copied, of any conversation of the sender's; nothing else is sent with it.
	ForwardOf *MessageRef `json:"forwardOf"`
}

// Sent is the outcome of Send.
type Sent struct {
	Message chat.Message
	// Created is false for a repeat: Message is then the first result.
	Created bool
}

// Send commits a message; when it returns, the message is durable. A repeat with the same ClientID
// gives the first result. Refuses with CodeBlocked between two of whom one has blocked the other. The decision of the rate limit is there, also beside an error, once the
// request was good enough to count; it is nil before, and where there is no limit.
func (s *Messages) Send(ctx context.Context, v Viewer, id chat.ConversationID, in NewMessage) (Sent, *ratelimit.Decision, error) {
	if err := in.validate(); err != nil {
		return Sent{}, nil, err
	}
	h, err := s.known.hearers(ctx, v, id, chat.TimeOf(s.now()))
	if err != nil {
		return Sent{}, nil, err
	}
	if err := s.access.writable(ctx, v, h); err != nil {
		sent, err := s.sentBefore(ctx, v, id, in, err)
		return sent, nil, err
	}
	message, err := s.compose(ctx, h.own, in)
	if err != nil {
		// What the message needs may be gone since the first try.
		sent, err := s.sentBefore(ctx, v, id, in, err)
		return sent, nil, err
	}
	decision, err := s.admit(ctx, v, s.limit, "messages")
	if err != nil {
		return Sent{}, decision, err
	}
	if err := s.claim(ctx, in, message); err != nil {
		sent, err := s.sentBefore(ctx, v, id, in, err)
		return sent, decision, err
	}
	entry := chat.Entry{
		ConversationID: id, Kind: chat.MessageCreated, SenderID: v.UserID, ClientID: in.ClientID,
		CreatedAt: message.CreatedAt, Message: &message,
	}
	var told *announcement
	result, err := s.log.Append(ctx, entry, func(e chat.Entry) { told = s.announcer.committed(e, h) })
	if err != nil {
		return Sent{}, decision, fromLog(err)
	}
	if told.over(ctx) {
		return Sent{}, decision, fromStore(chat.ErrNotFound, "conversation")
	}
	if result.Entry.Message == nil {
		return Sent{}, decision, fmt.Errorf("entry %d of %s has no message", result.Entry.Seq, id)
	}
	return Sent{result.Entry.Message.Normalize(), result.Created}, decision, nil
}

// sentBefore is the first result of a message that may not be sent any more, or why not.
func (s *Messages) sentBefore(ctx context.Context, v Viewer, id chat.ConversationID, in NewMessage, refused error) (Sent, error) {
	e, err := s.store.EntryByClientID(ctx, id, v.UserID, in.ClientID)
	switch {
	case errors.Is(err, chat.ErrNotFound):
		return Sent{}, refused
	case err != nil:
		return Sent{}, fromStore(err, "message")
	case e.Message == nil:
		return Sent{}, refused
	}
	return Sent{Message: e.Message.Normalize()}, nil
}

// claim keeps the files of a message that is about to be written. It refuses with CodeValidation if one has just gone, because nothing
// else refers to it.
func (s *Messages) claim(ctx context.Context, in NewMessage, m chat.Message) error {
	err := s.attachments.Claim(ctx, m.Attachments)
	if in.ForwardOf != nil {
		return asField(err, "forwardOf", notReadable)
	}
	return asField(err, "uploadIds", noUpload)
}

// compose is the message but for its seq.
func (s *Messages) compose(ctx context.Context, by chat.Member, in NewMessage) (chat.Message, error) {
	v := Viewer{UserID: by.UserID}
	m := chat.Message{
		ID: chat.NewID[chat.MessageID](), ConversationID: by.ConversationID, SenderID: by.UserID, ClientID: in.ClientID,
		Text: in.Text, ReplyTo: in.ReplyTo, CreatedAt: chat.TimeOf(s.now()),
	}
	if in.ForwardOf != nil {
		err := s.forward(ctx, v, *in.ForwardOf, &m)
		return m.Normalize(), err
	}
	var err error
	if m.Attachments, err = s.attachments.Attachable(ctx, v, in.UploadIDs); err != nil {
		return chat.Message{}, err
	}
	if m.Mentions, m.MentionsAll, err = s.mentions(ctx, by, in.Text); err != nil {
		return chat.Message{}, err
	}
	if in.ReplyTo != nil {
		if _, err := s.find(ctx, by.ConversationID, *in.ReplyTo); err != nil {
			return chat.Message{}, asField(err, "replyTo", "is no message of this conversation")
		}
	}
	return m.Normalize(), nil
}

func (in NewMessage) validate() error {
	var bad fieldErrors
	bad.checkClientID(in.ClientID)
	bad.checkText(in.Text)
	switch alone := in.Text == "" && len(in.UploadIDs) == 0; {
	case in.ForwardOf != nil && (!alone || in.ReplyTo != nil):
		bad.add("forwardOf", "goes with neither text, nor uploadIds, nor replyTo")
	case in.ForwardOf == nil && blank(in.Text) && len(in.UploadIDs) == 0:
		bad.add("text", "is empty and nothing is attached")
	}
	if len(in.UploadIDs) > chat.MaxAttachments {
		bad.add("uploadIds", fmt.Sprintf("names %d uploads, at most %d are allowed", len(in.UploadIDs), chat.MaxAttachments))
	}
	return bad.err()
}

// asField turns CodeNotFound into what is wrong with a field of the request.
func asField(err error, field, message string) error {
	if !isNotFound(err) {
		return err
	}
	var bad fieldErrors
	bad.add(field, message)
	return bad.err()
}

// find is a message of the conversation, or CodeNotFound.
func (s *Messages) find(ctx context.Context, id chat.ConversationID, message chat.MessageID) (chat.Message, error) {
	if chat.ValidID(message) {
		found, err := s.store.MessagesByID(ctx, []chat.MessageID{message})
		if err != nil {
			return chat.Message{}, fromStore(err, "message")
		}
		if len(found) == 1 && found[0].ConversationID == id {
			return found[0], nil
		}
	}
	return chat.Message{}, fromStore(chat.ErrNotFound, "message")
}
