package mongostore

import (
	"context"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"github.com/parley-chat/parley/pkg/chat"
)

// headBytes is about how large the update of one head is.
const headBytes = 256

// moveHeads tells whether all of them were found and moved. Those that were not are ahead
// already, or behind by more than this batch, or missing. It is one command, written out: each message moves a head, and the driver's own
// way to update many cost as much as the message. The driver doesn't try such a command again; it may be made twice, so
// here that is done.
func (s *Store) moveHeads(ctx context.Context, a *accepted) (all bool, err error) {
	if len(a.moves) == 0 {
		return true, nil
	}
	command := headsCommand(s.heads.Name(), a.moves)
	var answer struct {
		N int `bson:"n"`
	}
	for range 2 {
		if err = s.heads.Database().RunCommand(ctx, command).Decode(&answer); err == nil {
			return answer.N == len(a.moves), nil
		}
	}
	return false, fault("move heads", err)
}

// headsCommand has the primary's acknowledgement alone: what is lost there heals.
func headsCommand(collection string, moves map[chat.ConversationID]move) bson.Raw {
	at, b := bsoncore.AppendDocumentStart(make([]byte, 0, headBytes*(1+len(moves))))
	b = bsoncore.AppendStringElement(b, "update", collection)
	b = bsoncore.AppendBooleanElement(b, "ordered", false)
	concern, b := bsoncore.AppendDocumentElementStart(b, "writeConcern")
	b = closed(bsoncore.AppendInt32Element(b, "w", 1), concern)
	list, b := bsoncore.AppendArrayElementStart(b, "updates")
	n := 0
	for id, m := range moves {
		one, next := bsoncore.AppendDocumentElementStart(b, strconv.Itoa(n))
		b = closed(m.appendUpdate(next, id), one)
		n++
	}
	return closed(closed(b, list), at)
}

// closed ends the document, or list, that began at a place.
func closed(b []byte, at int32) []byte {
	b = append(b, 0)
	return bsoncore.UpdateLength(b, at, int32(len(b))-at)
}

func (m move) appendUpdate(b []byte, id chat.ConversationID) []byte {
	q, b := bsoncore.AppendDocumentElementStart(b, "q")
	b = closed(m.appendFrom(bsoncore.AppendStringElement(b, "_id", string(id))), q)
	u, b := bsoncore.AppendDocumentElementStart(b, "u")
	set, b := bsoncore.AppendDocumentElementStart(b, "$set")
	b = bsoncore.AppendInt64Element(b, "lastSeq", m.LastSeq)
	if m.LastActivityAt != 0 {
		b = bsoncore.AppendDateTimeElement(b, "lastActivityAt", int64(instant(m.LastActivityAt)))
	}
	if m.LastMessageID != "" {
		b = bsoncore.AppendStringElement(b, "lastMessageId", string(m.LastMessageID))
	}
	return closed(closed(b, set), u)
}

// appendFrom is the condition on the head to be moved. Unless the move is total, the head must stand
// right before it: the last message of entries between would be lost.
func (m move) appendFrom(b []byte) []byte {
	if !m.total {
		return bsoncore.AppendInt64Element(b, "lastSeq", m.first-1)
	}
	below, b := bsoncore.AppendDocumentElementStart(b, "lastSeq")
	return closed(bsoncore.AppendInt64Element(b, "$lt", m.LastSeq), below)
}
