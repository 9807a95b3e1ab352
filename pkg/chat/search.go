package chat

import (
	"regexp"
	"slices"
	"strings"

	"github.com/parley-chat/parley/pkg/search"
)

// Content is what a message may have beside words.
type Content string

const (
	HasImage Content = "image"
	HasLink  Content = "link"
	// HasFile is an attachment that is no image.
	HasFile Content = "file"
)

// SearchQuery asks for the messages of a user's conversations that have every key, newest first. Membership counts as it is when
// the question is asked.
type SearchQuery struct {
	UserID UserID
	// Keys are as search.Query.Keys or Message.SearchKeys gives them, the most telling first; at least one.
	Keys []string
	// ConversationID is "" for all of the user's.
	ConversationID ConversationID
	// After and Before bound CreatedAt: from After on, and earlier than Before; 0 for no bound.
	After, Before Time
	// From is where the page before ended; "" for the first.
	From  SearchPosition
	Limit int
}

// SearchPosition is a place in what a search finds, as the store has it: opaque to all others.
type SearchPosition string

// SearchPage is what a store has found.
type SearchPage struct {
	Hits []SearchHit
	// Next is where to go on; "" if there is nothing more. There may be more though fewer were found than asked for, as a
	// store looks through so many messages of others and no more.
	Next SearchPosition
}

// SearchHit is a message, and the place behind it.
type SearchHit struct {
	Message  Message
	Position SearchPosition
}

// FileNames are what the message's attachments are called.
func (m Message) FileNames() []string {
	var names []string
	for _, a := range m.Attachments {
		if a.Name != "" {
			names = append(names, a.Name)
		}
	}
	return names
}

// SearchKeys are what the message is found by, each once: its words and those of its files' names, its sender, what it has. A
// deleted one has none.
func (m Message) SearchKeys() []string {
	if m.DeletedAt != 0 {
		return nil
	}
	keys := append(search.Keys(append(m.FileNames(), m.Text)...), SenderKey(m.SenderID))
	has := map[Content]bool{HasLink: link.MatchString(m.Text)}
	for _, a := range m.Attachments {
		if strings.HasPrefix(a.Mime, "image/") {
			has[HasImage] = true
		} else {
			has[HasFile] = true
		}
	}
	for _, content := range []Content{HasImage, HasLink, HasFile} {
		if has[content] {
			keys = append(keys, content.Key())
		}
	}
	slices.Sort(keys)
	return keys
}

// link is what clients make a link of.
var link = regexp.MustCompile(`(?i)\bhttps?://[^\s/]`)

// No word has a key with these characters, which are for private use.
const (
	senderMark  = "\ue000"
	contentMark = "\ue001"
)

// SenderKey is under what all messages of a user are found.
func SenderKey(id UserID) string { return senderMark + string(id) }

// Key is under what all messages are found that have the content.
func (c Content) Key() string { return contentMark + string(c) }
