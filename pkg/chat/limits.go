package chat

import "time"

// The limits of what users may write; each is named in docs/limits.md.
const (
	// MaxFullName is in characters.
	MaxFullName = 80
	// MaxBio is in characters.
	MaxBio = 300
	// MaxEmail is in bytes (RFC 5321).
	MaxEmail = 254
	// MinPassword and MaxPassword are in bytes; bcrypt reads no more than 72.
	MinPassword = 8
	MaxPassword = 72
	// MaxText is in characters (code points).
	MaxText = 4000
	// MaxAttachments is per message.
	MaxAttachments = 10
	// MaxClientID is in bytes.
	MaxClientID = 64
	// MaxMentions is how many people one text names.
	MaxMentions = 50
	// MaxReactions is how many different emoji one message takes, MaxReactors how many reactions in all.
	MaxReactions = 20
	MaxReactors  = 1000
	// MaxPins is how many messages of one conversation are pinned at once.
	MaxPins = 100
	// MaxTitle and MaxDescription are in characters.
	MaxTitle       = 80
	MaxDescription = 500
	// MaxMembers is per group; MaxFirstMembers at its creation, besides who creates it; MaxAddedMembers in one call.
	MaxMembers      = 10_000
	MaxFirstMembers = 500
	MaxAddedMembers = 100
	// MaxInvites is how many invite links of a group are good at once. One is good for InviteTTL where nothing else is said, and
	// for MaxInviteTTL at most, unless for ever.
	MaxInvites   = 50
	InviteTTL    = 7 * 24 * time.Hour
	MaxInviteTTL = 365 * 24 * time.Hour
	// MaxFileBytes is how large a file may be that is no image; MaxFileName is in characters.
	MaxFileBytes = 25 << 20
	MaxFileName  = 120
	// UploadGrace is how long an upload stays at least from the moment on in which something is about to refer to it, or no longer
	// does: longer than that takes to be written, on clocks that differ.
	UploadGrace = 2 * time.Minute
	// MaxReceiptMembers is up to how many members of a conversation are told what the others have.
	MaxReceiptMembers = 100
	// MaxDelivered is how many conversations one call about what has arrived names.
	MaxDelivered = 500
	// MaxUnread is how many of a conversation's latest entries are looked through for what is unread: counting more would cost more, the
	// longer somebody does not read.
	MaxUnread = 10_000
	// MaxSearch is a query's, in characters.
	MaxSearch = 200
	// MaxPage and DefaultPage are items of one page of any list.
	MaxPage     = 100
	DefaultPage = 50
	// MaxSyncConversations and MaxSyncEvents bound one answer of sync: conversations in all,
	// events per conversation.
	MaxSyncConversations = 500
	MaxSyncEvents        = 500
)
