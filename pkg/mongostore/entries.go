package mongostore

import (
	"fmt"
	"maps"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/parley-chat/parley/pkg/chat"
)

// entryRecord is one entry of the log. A message has no other document: its entry holds it as it
// is now.
type entryRecord struct {
	// ID is the message's id for a message, "<conversationId>:r<revision>" for what has a revision, so that there is one of
	// each, and "<conversationId>:<seq>" for all others.
	ID             string              `bson:"_id"`
	ConversationID chat.ConversationID `bson:"conversationId"`
	Seq            int64               `bson:"seq"`
	Kind           chat.Kind           `bson:"kind"`
	SenderID       chat.UserID         `bson:"senderId"`
	ClientID       string              `bson:"clientId"`
	CreatedAt      bson.DateTime       `bson:"createdAt"`
	Created        *creationRecord     `bson:"created,omitempty"`
	Message        *messageRecord      `bson:"message,omitempty"`
	Changed        *patchRecord        `bson:"changed,omitempty"`
	Member         *newMemberRecord    `bson:"member,omitempty"`
	TargetID       chat.MessageID      `bson:"targetId,omitempty"`
	Edit           *editRecord         `bson:"edit,omitempty"`
	Emoji          string              `bson:"emoji,omitempty"`
	Revision       int64               `bson:"revision,omitempty"`
	Room           bool                `bson:"room,omitempty"`
	// Of a message: the seq of the last change folded in, the entry that pinned it, under whom its mentions count, and what it
	// is found by.
	Rev         int64         `bson:"rev,omitempty"`
	PinnedSeq   int64         `bson:"pinnedSeq,omitempty"`
	MentionKeys []chat.UserID `bson:"mentionKeys,omitempty"`
	Terms       []string      `bson:"terms,omitempty"`
}

type patchRecord struct {
	Title       *string `bson:"title,omitempty"`
	Description *string `bson:"description,omitempty"`
	AvatarURL   *string `bson:"avatarUrl,omitempty"`
}

type editRecord struct {
	Text        string        `bson:"text"`
	Mentions    []chat.UserID `bson:"mentions"`
	MentionsAll bool          `bson:"mentionsAll,omitempty"`
}

type creationRecord struct {
	Type        chat.ConversationType `bson:"type"`
	Title       string                `bson:"title"`
	Description string                `bson:"description"`
	AvatarURL   string                `bson:"avatarUrl"`
	Members     []newMemberRecord     `bson:"members"`
}

type newMemberRecord struct {
	UserID chat.UserID `bson:"userId"`
	Role   chat.Role   `bson:"role"`
}

type messageRecord struct {
	Text        string             `bson:"text"`
	Attachments []attachmentRecord `bson:"attachments"`
	ReplyTo     *chat.MessageID    `bson:"replyTo,omitempty"`
	// ForwardedFrom is the first sender.
	ForwardedFrom chat.UserID      `bson:"forwardedFrom,omitempty"`
	Mentions      []chat.UserID    `bson:"mentions"`
	MentionsAll   bool             `bson:"mentionsAll,omitempty"`
	Reactions     []reactionRecord `bson:"reactions"`
	EditedAt      bson.DateTime    `bson:"editedAt"`
	DeletedAt     bson.DateTime    `bson:"deletedAt"`
	PinnedAt      bson.DateTime    `bson:"pinnedAt,omitempty"`
}

type attachmentRecord struct {
	ID           chat.UploadID `bson:"id"`
	Name         string        `bson:"name,omitempty"`
	URL          string        `bson:"url"`
	ThumbnailURL string        `bson:"thumbnailUrl"`
	Mime         string        `bson:"mime"`
	Bytes        int64         `bson:"bytes"`
	Width        int           `bson:"width"`
	Height       int           `bson:"height"`
}

// reactionRecord keeps what users write out of field names, which may not hold everything.
type reactionRecord struct {
	Emoji   string        `bson:"emoji"`
	UserIDs []chat.UserID `bson:"userIds"`
}

func newEntryRecord(e chat.Entry) entryRecord {
	r := entryRecord{
		ID: fmt.Sprintf("%s:%d", e.ConversationID, e.Seq), ConversationID: e.ConversationID, Seq: e.Seq, Kind: e.Kind,
		SenderID: e.SenderID, ClientID: e.ClientID, CreatedAt: instant(e.CreatedAt),
		Changed: (*patchRecord)(e.Changed), Member: (*newMemberRecord)(e.Member), TargetID: e.TargetID, Edit: (*editRecord)(e.Edit), Emoji: e.Emoji,
		Revision: e.Revision, Room: e.Room,
	}
	if e.Revision > 0 {
		r.ID = revisionID(e.ConversationID, e.Revision)
	}
	if c := e.Created; c != nil {
		r.Created = &creationRecord{Type: c.Type, Title: c.Title, Description: c.Description, AvatarURL: c.AvatarURL, Members: []newMemberRecord{}}
		for _, m := range c.Members {
			r.Created.Members = append(r.Created.Members, newMemberRecord(m))
		}
	}
	if e.Message != nil && e.Kind == chat.MessageCreated {
		r.ID = string(e.Message.ID)
		r.Message = newMessageRecord(e.Message.Normalize())
		r.MentionKeys = e.Message.MentionKeys()
		r.Terms = searchTerms(e)
	}
	return r
}

func newMessageRecord(m chat.Message) *messageRecord {
	r := &messageRecord{
		Text: m.Text, Attachments: []attachmentRecord{}, ReplyTo: m.ReplyTo, Mentions: m.Mentions, MentionsAll: m.MentionsAll,
		Reactions: []reactionRecord{}, EditedAt: instant(m.EditedAt), DeletedAt: instant(m.DeletedAt), PinnedAt: instant(m.PinnedAt),
	}
	if m.ForwardedFrom != nil {
		r.ForwardedFrom = m.ForwardedFrom.SenderID
	}
	for _, a := range m.Attachments {
		r.Attachments = append(r.Attachments, attachmentRecord(a))
	}
	for _, emoji := range slices.Sorted(maps.Keys(m.Reactions)) {
		r.Reactions = append(r.Reactions, reactionRecord{Emoji: emoji, UserIDs: m.Reactions[emoji]})
	}
	return r
}

func (r entryRecord) domain() chat.Entry {
	e := chat.Entry{
		ConversationID: r.ConversationID, Seq: r.Seq, Kind: r.Kind, SenderID: r.SenderID, ClientID: r.ClientID,
		CreatedAt: chat.Time(r.CreatedAt), Changed: (*chat.ConversationPatch)(r.Changed), Member: (*chat.NewMember)(r.Member),
		TargetID: r.TargetID, Edit: (*chat.Edit)(r.Edit), Emoji: r.Emoji,
		Revision: r.Revision, Room: r.Room,
	}
	if c := r.Created; c != nil {
		e.Created = &chat.Creation{Type: c.Type, Title: c.Title, Description: c.Description, AvatarURL: c.AvatarURL}
		for _, m := range c.Members {
			e.Created.Members = append(e.Created.Members, chat.NewMember(m))
		}
	}
	if r.Message != nil {
		m := r.message()
		e.Message = &m
	}
	return e
}

// message is the message that the entry holds.
func (r entryRecord) message() chat.Message {
	m := chat.Message{
		ID: chat.MessageID(r.ID), ConversationID: r.ConversationID, Seq: r.Seq, SenderID: r.SenderID, ClientID: r.ClientID,
		Text: r.Message.Text, ReplyTo: r.Message.ReplyTo, Mentions: r.Message.Mentions, MentionsAll: r.Message.MentionsAll,
		Reactions: map[string][]chat.UserID{}, CreatedAt: chat.Time(r.CreatedAt), EditedAt: chat.Time(r.Message.EditedAt),
		DeletedAt: chat.Time(r.Message.DeletedAt), PinnedAt: chat.Time(r.Message.PinnedAt), PinnedSeq: r.PinnedSeq, Rev: r.Rev,
	}
	if r.Message.ForwardedFrom != "" {
		m.ForwardedFrom = &chat.Forward{SenderID: r.Message.ForwardedFrom}
	}
	for _, a := range r.Message.Attachments {
		m.Attachments = append(m.Attachments, chat.Attachment(a))
	}
	for _, reaction := range r.Message.Reactions {
		m.Reactions[reaction.Emoji] = reaction.UserIDs
	}
	return m.Normalize()
}
