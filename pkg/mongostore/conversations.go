package mongostore

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/parley-chat/parley/pkg/chat"
)

type conversationRecord struct {
	ID             chat.ConversationID   `bson:"_id"`
	Type           chat.ConversationType `bson:"type"`
	Title          string                `bson:"title"`
	Description    string                `bson:"description"`
	AvatarURL      string                `bson:"avatarUrl"`
	CreatedAt      bson.DateTime         `bson:"createdAt"`
	CreatedBy      chat.UserID           `bson:"createdBy"`
	MemberCount    int                   `bson:"memberCount"`
	LastSeq        int64                 `bson:"lastSeq"`
	LastMessageID  chat.MessageID        `bson:"lastMessageId"`
	LastActivityAt bson.DateTime         `bson:"lastActivityAt"`
	Revision       int64                 `bson:"revision"`
	RoomSeq        int64                 `bson:"roomSeq,omitempty"`
	RoomAt         bson.DateTime         `bson:"roomAt,omitempty"`
	DeletedAt      bson.DateTime         `bson:"deletedAt,omitempty"`
}

// stands is the condition that a conversation has not been deleted.
var stands = bson.E{Key: "deletedAt", Value: nil}

func newConversationRecord(c chat.Conversation) conversationRecord {
	return conversationRecord{
		ID: c.ID, Type: c.Type, Title: c.Title, Description: c.Description, AvatarURL: c.AvatarURL, CreatedAt: instant(c.CreatedAt), CreatedBy: c.CreatedBy,
		MemberCount: c.MemberCount, LastSeq: c.LastSeq, LastMessageID: c.LastMessageID, LastActivityAt: instant(c.LastActivityAt),
		Revision: c.Revision, RoomSeq: c.RoomSeq, RoomAt: instant(c.RoomAt), DeletedAt: instant(c.DeletedAt),
	}
}

func (r conversationRecord) domain() chat.Conversation {
	return chat.Conversation{
		ID: r.ID, Type: r.Type, Title: r.Title, Description: r.Description, AvatarURL: r.AvatarURL, CreatedAt: chat.Time(r.CreatedAt), CreatedBy: r.CreatedBy,
		MemberCount: r.MemberCount, Revision: r.Revision, RoomSeq: r.RoomSeq, RoomAt: chat.Time(r.RoomAt), DeletedAt: chat.Time(r.DeletedAt),
		Head: chat.Head{LastSeq: r.LastSeq, LastMessageID: r.LastMessageID, LastActivityAt: chat.Time(r.LastActivityAt)},
	}
}

// Conversation fails with chat.ErrNotFound.
func (s *Store) Conversation(ctx context.Context, id chat.ConversationID) (chat.Conversation, error) {
	return findOne[conversationRecord](ctx, s.conversations, "conversation", bson.D{{Key: "_id", Value: id}, stands})
}

// ConversationsByID leaves out unknown ids; any order; at most 1,000 ids.
func (s *Store) ConversationsByID(ctx context.Context, ids []chat.ConversationID) ([]chat.Conversation, error) {
	return findByID[conversationRecord](ctx, s.conversations, "conversations by id", ids, bson.D{stands})
}

// ConversationsOf is one page of the user's list, newest activity first. The server sorts all of the
// user's conversations for it: to read them in order, each message would have to move a document of each
// member.
func (s *Store) ConversationsOf(ctx context.Context, user chat.UserID, after chat.ConversationCursor, limit int) ([]chat.Conversation, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	memberships, err := find[memberRecord](ctx, s.members, "conversations of user", bson.D{{Key: "userId", Value: user}, stays},
		options.Find().SetProjection(bson.D{{Key: "conversationId", Value: 1}, {Key: "_id", Value: 0}}))
	if err != nil || len(memberships) == 0 {
		return nil, err
	}
	ids := make([]chat.ConversationID, 0, len(memberships))
	for _, m := range memberships {
		ids = append(ids, m.ConversationID)
	}
	filter := bson.D{{Key: "_id", Value: in(ids)}, stands}
	if after != (chat.ConversationCursor{}) {
		at := instant(after.LastActivityAt)
		filter = append(filter, bson.E{Key: "$or", Value: bson.A{
			bson.D{{Key: "lastActivityAt", Value: is("$lt", at)}},
			bson.D{{Key: "lastActivityAt", Value: at}, {Key: "_id", Value: is("$lt", after.ID)}},
		}})
	}
	newest := bson.D{{Key: "lastActivityAt", Value: -1}, {Key: "_id", Value: -1}}
	return find[conversationRecord](ctx, s.conversations, "conversations of user", filter,
		options.Find().SetSort(newest).SetLimit(int64(limit)))
}
