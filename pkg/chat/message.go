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
	ReplyTo   *MessageID          `json:"replyTo"`
	Mentions  []UserID            `json:"mentions"`
	Reactions map[string][]UserID `json:"reactions"`
	CreatedAt Time                `json:"createdAt"`
	EditedAt  Time                `json:"editedAt"`
	DeletedAt Time                `json:"deletedAt"`
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
	ID           UploadID `json:"id"`
	URL          string   `json:"url"`
	ThumbnailURL string   `json:"thumbnailUrl"`
	Mime         string   `json:"mime"`
	Bytes        int64    `json:"bytes"`
	// Width and Height are in pixels.
	Width  int `json:"width"`
	Height int `json:"height"`
}

// Upload is a stored file that its owner may attach, or make an avatar.
type Upload struct {
	Attachment
	OwnerID   UserID
	CreatedAt Time
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
