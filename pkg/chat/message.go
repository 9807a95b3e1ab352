package chat

// Message is the current state of a message. Its JSON is what clients get.
type Message struct {
	ID             MessageID      `json:"id"`
	ConversationID ConversationID `json:"conversationId"`
	Seq            int64          `json:"seq"`
	SenderID       UserID         `json:"senderId"`
	ClientID       string         `json:"clientId"`
	// Text is data, never markup; at most MaxText characters.
	Text        string       `json:"text"`
	Attachments []Attachment `json:"attachments"`
	// ReplyTo is nil for none.
	ReplyTo *MessageID `json:"replyTo"`
	// ForwardedFrom is nil for what its sender wrote.
	ForwardedFrom *Forward `json:"forwardedFrom"`
	// Mentions are the members whom the text names, MentionsAll tells that it names everybody.
	Mentions    []UserID `json:"mentions"`
	MentionsAll bool     `json:"mentionsAll"`
	// Reactions are, for each emoji, who reacted with it, in ascending order.
	Reactions map[string][]UserID `json:"reactions"`
	CreatedAt Time                `json:"createdAt"`
	EditedAt  Time                `json:"editedAt"`
	DeletedAt Time                `json:"deletedAt"`
	PinnedAt  Time                `json:"pinnedAt"`
	// PinnedSeq is the entry that pinned it, 0 for none.
	PinnedSeq int64 `json:"-"`
	// Rev is the seq of the last entry folded in, 0 while there is none but its own; see Apply.
	Rev int64 `json:"-"`
}

// Forward is where a forwarded message comes from.
type Forward struct {
	// SenderID is who wrote it.
	SenderID UserID `json:"senderId"`
}

// Normalize gives nil lists and maps their empty form, so that clients never see null for them.
func (m Message) Normalize() Message {
	if m.Attachments == nil {
		m.Attachments = []Attachment{}
	}
	if m.Mentions == nil {
		m.Mentions = []UserID{}
	}
	if m.Reactions == nil {
		m.Reactions = map[string][]UserID{}
	}
	return m
}

// Attachment is a file as a message shows it.
type Attachment struct {
	ID UploadID `json:"id"`
	// Name is what its owner calls the file, as CleanFileName leaves it; "" for none.
	Name string `json:"name"`
	URL  string `json:"url"`
	// ThumbnailURL is "" for what is no image.
	ThumbnailURL string `json:"thumbnailUrl"`
	// Mime is what an image is, or what its owner says of another file.
	Mime  string `json:"mime"`
	Bytes int64  `json:"bytes"`
	// Width and Height are in pixels, 0 for what is no image.
	Width  int `json:"width"`
	Height int `json:"height"`
}

// Upload is a stored file that its owner may attach, or make an avatar.
type Upload struct {
	Attachment
	OwnerID   UserID
	CreatedAt Time
	// ClaimedAt is when something was last about to refer to it: a message, a person or a group; 0 while only its owner knows of it.
	ClaimedAt Time
	// DueAt is from when on it is removed if nothing refers to it, 0 for one to which something was found to refer.
	DueAt Time
}

// UploadIDs are the uploads that attachments show, in their order.
func UploadIDs(attachments []Attachment) []UploadID {
	ids := make([]UploadID, len(attachments))
	for i, a := range attachments {
		ids[i] = a.ID
	}
	return ids
}

// MessageQuery asks for messages of one conversation by their seq, answered in ascending
// order. At most one of Before and After is set: Before takes the newest ones below it, After
// the oldest ones above it, neither the newest of all.
type MessageQuery struct {
	ConversationID ConversationID
	Before         int64
	After          int64
	Limit          int
}
