package chat

// ConversationType is direct or group.
type ConversationType string

const (
	Direct ConversationType = "direct"
	Group  ConversationType = "group"
)

// Role is what a member may do.
type Role string

const (
	RoleOwner  Role = "owner"
	RoleAdmin  Role = "admin"
	RoleMember Role = "member"
)

// Moderates tells of owners and admins.
func (r Role) Moderates() bool { return r == RoleOwner || r == RoleAdmin }

// Conversation is derived from its log: the first entry makes it, each later one moves the head.
type Conversation struct {
	ID    ConversationID
	Type  ConversationType
	Title string
	// Description is "" for none.
	Description string
	AvatarURL   string
	CreatedAt   Time
	CreatedBy   UserID
	// MemberCount is how many belong to it now.
	MemberCount int
	// Revision is that of the last entry that changed the group itself; see Entry.Revision.
	Revision int64
	// RoomSeq is the entry from which on it is published to its room channel; 0 while it goes to each member. It is never
	// taken back. RoomAt is that entry's time.
	RoomSeq int64
	RoomAt  Time
	// DeletedAt is 0 for all that anybody finds.
	DeletedAt Time
	Head
}

// RoomGrace is for how long after a conversation got its room channel its entries still go to each member: by then all gateways are
// on it.
const RoomGrace Time = 5_000

// InRoom tells whether what is made at a time goes to the conversation's room channel, and not to each member.
func (c Conversation) InRoom(at Time) bool { return c.RoomSeq > 0 && at >= c.RoomAt+RoomGrace }

// ConversationPatch names what changes; nil stays, "" takes away.
type ConversationPatch struct {
	Title       *string
	Description *string
	AvatarURL   *string
}

// Head is how far the derived state of a conversation has come. It only moves forward.
type Head struct {
	LastSeq int64
	// LastMessageID is "" before the first message.
	LastMessageID  MessageID
	LastActivityAt Time
}

// Member is a user's place in a conversation.
type Member struct {
	ConversationID ConversationID
	UserID         UserID
	Role           Role
	JoinedAt       Time
	// JoinedSeq is the entry that brought the member in.
	JoinedSeq int64
	// ReadSeq is the last entry that the member has read; it only moves forward.
	ReadSeq int64
	// DeliveredSeq is the last entry that a device of the member is known to have; it only moves forward, and is
	// kept in small conversations only. Who has read has it as well: see Delivered.
	DeliveredSeq int64
	// RevisedSeq is the last entry that was about this member's place.
	RevisedSeq int64
	MemberSettings
}

// Delivered is the last entry that is known to have come to the member.
func (m Member) Delivered() int64 { return max(m.DeliveredSeq, m.ReadSeq) }

// MemberSettings are what a member has set for themselves.
type MemberSettings struct {
	MutedUntil Time
	// ArchivedSeq is the last entry that there was when the member archived the conversation; 0 for never. A newer
	// message brings it back, so nothing has to be written then.
	ArchivedSeq  int64
	Pinned       bool
	MarkedUnread bool
}

// MemberPatch names what of a member's settings changes; nil stays.
type MemberPatch struct {
	MutedUntil   *Time
	ArchivedSeq  *int64
	Pinned       *bool
	MarkedUnread *bool
}

// ReadPosition is how far somebody has read one conversation.
type ReadPosition struct {
	ConversationID ConversationID
	Seq            int64
}

// ConversationCursor is the last row of a page of the conversation list, which is ordered by
// (LastActivityAt, ID), newest first. The zero value asks for the first page.
type ConversationCursor struct {
	LastActivityAt Time
	ID             ConversationID
}
