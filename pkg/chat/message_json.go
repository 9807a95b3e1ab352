package chat

import (
	"encoding/json"
	"strconv"
)

// AppendJSON appends the JSON of m, the same as encoding/json makes of the normalized message. It is written out because every message
// is encoded for its sender and for all who hear of it, and most of it is always the same.
func (m Message) AppendJSON(b []byte) []byte {
	m = m.Normalize()
	b = appendString(append(b, `{"id":`...), string(m.ID))
	b = appendString(append(b, `,"conversationId":`...), string(m.ConversationID))
	b = strconv.AppendInt(append(b, `,"seq":`...), m.Seq, 10)
	b = appendString(append(b, `,"senderId":`...), string(m.SenderID))
	b = appendString(append(b, `,"clientId":`...), m.ClientID)
	b = appendString(append(b, `,"text":`...), m.Text)
	b = append(b, `,"attachments":`...)
	if len(m.Attachments) == 0 {
		b = append(b, "[]"...)
	} else {
		b = appendAny(b, m.Attachments)
	}
	b = append(b, `,"replyTo":`...)
	if m.ReplyTo == nil {
		b = append(b, "null"...)
	} else {
		b = appendString(b, string(*m.ReplyTo))
	}
	b = append(b, `,"forwardedFrom":`...)
	if m.ForwardedFrom == nil {
		b = append(b, "null"...)
	} else {
		b = appendAny(b, m.ForwardedFrom)
	}
	b = append(b, `,"mentions":[`...)
	for i, user := range m.Mentions {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, string(user))
	}
	b = strconv.AppendBool(append(b, `],"mentionsAll":`...), m.MentionsAll)
	b = append(b, `,"reactions":`...)
	if len(m.Reactions) == 0 {
		b = append(b, "{}"...)
	} else {
		b = appendAny(b, m.Reactions)
	}
	b = m.CreatedAt.appendJSON(append(b, `,"createdAt":`...))
	b = m.EditedAt.appendJSON(append(b, `,"editedAt":`...))
	b = m.DeletedAt.appendJSON(append(b, `,"deletedAt":`...))
	b = m.PinnedAt.appendJSON(append(b, `,"pinnedAt":`...))
	return append(b, '}')
}

// appendString leaves to encoding/json what is not plain ASCII, or would be written otherwise than it is.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return appendAny(b, s)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// appendAny is for what always has a JSON form: strings, and structs, lists and maps of them and of numbers.
func appendAny(b []byte, v any) []byte {
	encoded, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return append(b, encoded...)
}
