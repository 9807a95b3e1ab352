package sqlitestore

import (
	"encoding/json"
	"fmt"

	"github.com/parley-chat/parley/pkg/chat"
)

// body is what the columns of an entry don't hold, in the form in which the file keeps it. Its
// JSON names are part of the file's format.
type body struct {
	Created *creation          `json:"created,omitempty"`
	Message *message           `json:"message,omitempty"`
	Changed *conversationPatch `json:"changed,omitempty"`
	Member  *newMember         `json:"member,omitempty"`
	Edit    *edit              `json:"edit,omitempty"`
	Emoji   string             `json:"emoji,omitempty"`
	Room    bool               `json:"room,omitempty"`
}

type conversationPatch struct {
	Title       *string `json:"title,omitempty"`
	Description *string `json:"description,omitempty"`
	AvatarURL   *string `json:"avatarUrl,omitempty"`
}

type edit struct {
	Text        string        `json:"text"`
	Mentions    []chat.UserID `json:"mentions,omitempty"`
	MentionsAll bool          `json:"mentionsAll,omitempty"`
}

type creation struct {
	Type        chat.ConversationType `json:"type"`
	Title       string                `json:"title,omitempty"`
	Description string                `json:"description,omitempty"`
	AvatarURL   string                `json:"avatarUrl,omitempty"`
	Members     []newMember           `json:"members"`
}

type newMember struct {
	UserID chat.UserID `json:"userId"`
	Role   chat.Role   `json:"role"`
}

type message struct {
	Text          string                   `json:"text"`
	Attachments   []attachment             `json:"attachments,omitempty"`
	ReplyTo       *chat.MessageID          `json:"replyTo,omitempty"`
	ForwardedFrom chat.UserID              `json:"forwardedFrom,omitempty"`
	Mentions      []chat.UserID            `json:"mentions,omitempty"`
	MentionsAll   bool                     `json:"mentionsAll,omitempty"`
	Reactions     map[string][]chat.UserID `json:"reactions,omitempty"`
	EditedAt      int64                    `json:"editedAt,omitempty"`
	DeletedAt     int64                    `json:"deletedAt,omitempty"`
	PinnedAt      int64                    `json:"pinnedAt,omitempty"`
}

type attachment struct {
	ID           chat.UploadID `json:"id"`
	Name         string        `json:"name,omitempty"`
	URL          string        `json:"url"`
	ThumbnailURL string        `json:"thumbnailUrl"`
	Mime         string        `json:"mime"`
	Bytes        int64         `json:"bytes"`
	Width        int           `json:"width"`
	Height       int           `json:"height"`
}

// encodeBody gives the columns message_id and body.
func encodeBody(e chat.Entry) (chat.MessageID, string) {
	b := body{
		Changed: (*conversationPatch)(e.Changed), Member: (*newMember)(e.Member), Edit: (*edit)(e.Edit), Emoji: e.Emoji, Room: e.Room,
	}
	var id chat.MessageID
	if c := e.Created; c != nil {
		b.Created = &creation{Type: c.Type, Title: c.Title, Description: c.Description, AvatarURL: c.AvatarURL}
		for _, m := range c.Members {
			b.Created.Members = append(b.Created.Members, newMember(m))
		}
	}
	if m := e.Message; m != nil && e.Kind == chat.MessageCreated {
		id = m.ID
		b.Message = newMessage(*m)
	}
	return id, toJSON(b)
}

func newMessage(m chat.Message) *message {
	r := &message{
		Text: m.Text, ReplyTo: m.ReplyTo, Mentions: m.Mentions, MentionsAll: m.MentionsAll, Reactions: m.Reactions,
		EditedAt: int64(m.EditedAt), DeletedAt: int64(m.DeletedAt), PinnedAt: int64(m.PinnedAt),
	}
	for _, a := range m.Attachments {
		r.Attachments = append(r.Attachments, attachment(a))
	}
	if m.ForwardedFrom != nil {
		r.ForwardedFrom = m.ForwardedFrom.SenderID
	}
	return r
}

// scanEntry reads entryColumns.
func scanEntry(row scanner) (chat.Entry, error) {
	var e chat.Entry
	var id chat.MessageID
	var raw []byte
	var rev, pinnedSeq int64
	if err := row.Scan(&e.ConversationID, &e.Seq, &e.Kind, &e.SenderID, &e.ClientID, &e.CreatedAt, &id, &e.TargetID, &e.Revision, &rev, &pinnedSeq, &raw); err != nil {
		return chat.Entry{}, err
	}
	var b body
	if err := json.Unmarshal(raw, &b); err != nil {
		return chat.Entry{}, fmt.Errorf("entry %s:%d: %w", e.ConversationID, e.Seq, err)
	}
	e.Changed, e.Member, e.Edit, e.Emoji = (*chat.ConversationPatch)(b.Changed), (*chat.NewMember)(b.Member), (*chat.Edit)(b.Edit), b.Emoji
	e.Room = b.Room
	if c := b.Created; c != nil {
		e.Created = &chat.Creation{Type: c.Type, Title: c.Title, Description: c.Description, AvatarURL: c.AvatarURL}
		for _, m := range c.Members {
			e.Created.Members = append(e.Created.Members, chat.NewMember(m))
		}
	}
	if b.Message != nil {
		m := b.Message.domain(e, id)
		m.Rev, m.PinnedSeq = rev, pinnedSeq
		e.Message = &m
	}
	return e, nil
}

// scanMessage reads entryColumns of a message's entry.
func scanMessage(row scanner) (chat.Message, error) {
	e, err := scanEntry(row)
	if err != nil {
		return chat.Message{}, err
	}
	if e.Message == nil {
		return chat.Message{}, fmt.Errorf("entry %s:%d holds no message", e.ConversationID, e.Seq)
	}
	return *e.Message, nil
}

// domain is the message of entry e.
func (m *message) domain(e chat.Entry, id chat.MessageID) chat.Message {
	d := chat.Message{
		ID: id, ConversationID: e.ConversationID, Seq: e.Seq, SenderID: e.SenderID, ClientID: e.ClientID,
		Text: m.Text, ReplyTo: m.ReplyTo, Mentions: m.Mentions, MentionsAll: m.MentionsAll, Reactions: m.Reactions,
		CreatedAt: e.CreatedAt, EditedAt: chat.Time(m.EditedAt), DeletedAt: chat.Time(m.DeletedAt), PinnedAt: chat.Time(m.PinnedAt),
	}
	if m.ForwardedFrom != "" {
		d.ForwardedFrom = &chat.Forward{SenderID: m.ForwardedFrom}
	}
	for _, a := range m.Attachments {
		d.Attachments = append(d.Attachments, chat.Attachment(a))
	}
	return d.Normalize()
}
