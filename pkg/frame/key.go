package frame

import "bytes"

// The beginning of every event, as Encode writes it: the fields of Event stand in this order.
var (
	keyType         = []byte(`{"type":"`)
	keyConversation = []byte(`","conversationId":"`)
	keySeq          = []byte(`","seq":`)
)

// KeyOf gives the conversation and seq of an encoded Event without decoding it; it is false for any other frame. The
// conversation is a part of payload.
func KeyOf(payload []byte) (conversation []byte, seq int64, ok bool) {
	rest, ok := bytes.CutPrefix(payload, keyType)
	if !ok {
		return nil, 0, false
	}
	if _, rest, ok = cutString(rest, keyConversation); !ok {
		return nil, 0, false
	}
	if conversation, rest, ok = cutString(rest, keySeq); !ok {
		return nil, 0, false
	}
	for i, b := range rest {
		if b < '0' || b > '9' {
			return conversation, seq, i > 0 && (b == ',' || b == '}')
		}
		seq = seq*10 + int64(b-'0')
	}
	return nil, 0, false
}

// cutString gives what stands before the next quote, and what follows sep, which begins with that quote.
func cutString(s, sep []byte) (before, after []byte, ok bool) {
	end := bytes.IndexByte(s, '"')
	if end < 0 || !bytes.HasPrefix(s[end:], sep) {
		return nil, nil, false
	}
	return s[:end], s[end+len(sep):], true
}
