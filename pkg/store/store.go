// Package store names what a store offers as a whole, with the contract of each method. Consumers
// declare the few methods that they use; wiring, and the suite in package storetest, use the whole.
package store

import (
	"context"

	"github.com/parley-chat/parley/pkg/chat"
)

// Store is the union of the small interfaces that the consumers of
// a store declare. Every method returns an error that wraps chat.ErrUnavailable when the
// database can't be reached or is too slow for ctx.
type Store interface {
	Users
	Sessions
	Links
	Blocks
	Log
	Conversations
	Search
	Uploads
	Invites

	// Migrate makes what is missing of tables and indexes; safe to run on many nodes at once.
	Migrate(ctx context.Context) error
	// Ping tells whether the database answers and takes writes.
	Ping(ctx context.Context) error
	// Close lets go of all connections; bounded by ctx.
	Close(ctx context.Context) error
}

// Users keeps accounts.
type Users interface {
	// CreateUser fails with chat.ErrEmailTaken.
	CreateUser(ctx context.Context, u chat.User) error
	// User fails with chat.ErrNotFound.
	User(ctx context.Context, id chat.UserID) (chat.User, error)
	// UsersByID leaves out unknown ids; any order; at most 1,000 ids.
	UsersByID(ctx context.Context, ids []chat.UserID) ([]chat.User, error)
	// UserByEmail takes the folded form and fails with chat.ErrNotFound.
	UserByEmail(ctx context.Context, email string) (chat.User, error)
	// UpdateUser returns the user as it is afterwards; fails with chat.ErrNotFound.
	UpdateUser(ctx context.Context, id chat.UserID, p chat.UserPatch) (chat.User, error)
	// FindUsers is one page of the directory.
	FindUsers(ctx context.Context, q chat.UserQuery) ([]chat.User, error)
	// SetLastSeen moves the users' LastSeenAt forward to at, never back. That of invisible ones stays, or it would tell that they
	// were there.
	SetLastSeen(ctx context.Context, at chat.Time, ids ...chat.UserID) error
}

// Sessions keeps signed-in devices.
type Sessions interface {
	CreateSession(ctx context.Context, s chat.Session) error
	// Session fails with chat.ErrNotFound; revoked and expired ones are found.
	Session(ctx context.Context, id chat.SessionID) (chat.Session, error)
	// SessionsByID leaves out unknown ids; revoked and expired ones are found; any order; at most 1,000 ids.
	SessionsByID(ctx context.Context, ids []chat.SessionID) ([]chat.Session, error)
	// SessionsOf are the user's live sessions at now, latest used first; at most 100.
	SessionsOf(ctx context.Context, user chat.UserID, now chat.Time) ([]chat.Session, error)
	// RotateSession fails with chat.ErrConflict unless the session exists, is not revoked and still
	// has the old hash. Of two at once, one wins.
	RotateSession(ctx context.Context, r chat.Rotation) error
	// RevokeSession is a no-op for one that is revoked or unknown.
	RevokeSession(ctx context.Context, id chat.SessionID, at chat.Time) error
	// RevokedSince are the sessions revoked at or after since, oldest first; at most limit.
	RevokedSince(ctx context.Context, since chat.Time, limit int) ([]chat.Session, error)
	// DeleteSessions removes those that expired, or were revoked, before the given time.
	DeleteSessions(ctx context.Context, before chat.Time) (deleted int64, err error)
}

// Blocks keeps who wants nothing from whom.
type Blocks interface {
	// CreateBlock is a no-op for one that exists.
	CreateBlock(ctx context.Context, b chat.Block) error
	// DeleteBlock is a no-op for one that doesn't exist.
	DeleteBlock(ctx context.Context, user, blocked chat.UserID) error
	// BlocksOf is one page of the user's own, by the id of the blocked.
	BlocksOf(ctx context.Context, user, after chat.UserID, limit int) ([]chat.Block, error)
	// BlocksBetween are those between the user and others, whoever made them; any order; at most 1,000 others.
	BlocksBetween(ctx context.Context, user chat.UserID, others []chat.UserID) ([]chat.Block, error)
	// BlocksAmong are those between the two of each couple, whoever made them; any order; at most 1,000 couples.
	BlocksAmong(ctx context.Context, couples []chat.Couple) ([]chat.Block, error)
}

// Log keeps the entries of conversations and what is derived from them.
type Log interface {
	// Commit inserts entries, durably when it returns, and brings what is derived from them up
	// to date: heads, members, and messages by chat.Message.Apply. Of a deleted message the texts of its edits go, too. The entries of one conversation come in ascending seq without gaps, beside those of others;
	// the caller vouches that the predecessor of the first exists. The answer has one error per entry: nil;
	// chat.ErrSeqTaken; chat.ErrClientIDUsed (either may be told where both hold); chat.ErrConflict for a revision that
	// another entry has (where nothing else is wrong); or chat.ErrNotAttempted, for those that follow a refused one of their conversation. err is for the whole: nothing is known
	// of any entry then. Should the process die between an entry and its derived state, Heal mends it.
	Commit(ctx context.Context, entries []chat.Entry) (results []error, err error)
	// LastSeq is 0 for a conversation without a log.
	LastSeq(ctx context.Context, id chat.ConversationID) (int64, error)
	// EntryByClientID fails with chat.ErrNotFound.
	EntryByClientID(ctx context.Context, id chat.ConversationID, sender chat.UserID, clientID string) (chat.Entry, error)
	// Entries are those with a seq above after, ascending; at most limit.
	Entries(ctx context.Context, id chat.ConversationID, after int64, limit int) ([]chat.Entry, error)
	// Notices are the entries of chat.NoticeKinds with a seq between after and before, both exclusive, ascending; the last limit of them.
	Notices(ctx context.Context, id chat.ConversationID, after, before int64, limit int) ([]chat.Entry, error)
	// EntriesSince are those of all conversations that come after the cursor, in its order; at most limit. The
	// time of an entry is when it was made, so an older one may be committed later: who reads on has to look back.
	EntriesSince(ctx context.Context, after chat.EntryCursor, limit int) ([]chat.Entry, error)
	// Revised are those of the conversations whose logs have a revision above the given one, in any order; at most 1,000. When
	// it returns, what is derived from those is there.
	Revised(ctx context.Context, known map[chat.ConversationID]int64) ([]chat.ConversationID, error)
	// Heal derives again what is missing for entries made at or after since. It is idempotent and
	// may run on many nodes at once. It tells how many conversations it mended.
	Heal(ctx context.Context, since chat.Time) (healed int, err error)
	// LastEntryAt is the latest time of an entry; 0 if there is none.
	LastEntryAt(ctx context.Context) (chat.Time, error)
}

// Conversations reads what is derived from the log, and keeps read positions. Members are those who belong to a conversation
// now: who has left is found by nothing. A deleted conversation is not found, and has no members.
type Conversations interface {
	// Conversation fails with chat.ErrNotFound.
	Conversation(ctx context.Context, id chat.ConversationID) (chat.Conversation, error)
	// ConversationsByID leaves out unknown ids; any order; at most 1,000 ids.
	ConversationsByID(ctx context.Context, ids []chat.ConversationID) ([]chat.Conversation, error)
	// ConversationsOf is one page of the user's list, newest activity first.
	ConversationsOf(ctx context.Context, user chat.UserID, after chat.ConversationCursor, limit int) ([]chat.Conversation, error)
	// Member fails with chat.ErrNotFound.
	Member(ctx context.Context, id chat.ConversationID, user chat.UserID) (chat.Member, error)
	// MembersOf are the members of the conversations, by conversation, in the order in which they joined
	// (then by user id); at most perConversation of each.
	MembersOf(ctx context.Context, ids []chat.ConversationID, perConversation int) (map[chat.ConversationID][]chat.Member, error)
	// MembersUntil are the users who were members up to an entry and are none since: whom it removed, or all, if it ended the
	// conversation. In any order.
	MembersUntil(ctx context.Context, id chat.ConversationID, seq int64) ([]chat.UserID, error)
	// MembersAmong are those of the users who are members of the conversation, in any order; at most 1,000 users.
	MembersAmong(ctx context.Context, id chat.ConversationID, users []chat.UserID) ([]chat.Member, error)
	// FindMembers is one page of a conversation's members; see chat.MemberQuery.
	FindMembers(ctx context.Context, q chat.MemberQuery) ([]chat.Member, error)
	// RoomSeats are the users' memberships in conversations that have a room channel, in any order; at most 1,000 users.
	RoomSeats(ctx context.Context, users []chat.UserID) ([]chat.Member, error)
	// Memberships are all of the user's, by conversation id.
	Memberships(ctx context.Context, user chat.UserID) ([]chat.Member, error)
	// Messages answers q; see chat.MessageQuery.
	Messages(ctx context.Context, q chat.MessageQuery) ([]chat.Message, error)
	// MessagesByID leaves out unknown ids; any order; at most 1,000 ids.
	MessagesByID(ctx context.Context, ids []chat.MessageID) ([]chat.Message, error)
	// AdvanceRead moves a member's read position forward to at.Seq, never back, and returns where it
	// is now and whether it moved; fails with chat.ErrNotFound for a non-member.
	AdvanceRead(ctx context.Context, user chat.UserID, at chat.ReadPosition) (seq int64, moved bool, err error)
	// UpdateMember changes a member's own settings and returns the member as it is afterwards; fails with
	// chat.ErrNotFound for a non-member.
	UpdateMember(ctx context.Context, id chat.ConversationID, user chat.UserID, p chat.MemberPatch) (chat.Member, error)
	// AdvanceDelivered moves the user's delivered positions forward, never back, all at once; conversations that the user
	// is no member of are passed over. At most 1,000 positions.
	AdvanceDelivered(ctx context.Context, user chat.UserID, to []chat.ReadPosition) error
	// Pins are the pinned messages of a conversation, the latest pinned first; at most limit.
	Pins(ctx context.Context, id chat.ConversationID, limit int) ([]chat.Message, error)
	// Unread counts, for each position, the messages of others above it, deleted ones included; conversations
	// without any are left out. At most 1,000 positions.
	Unread(ctx context.Context, user chat.UserID, from []chat.ReadPosition) (map[chat.ConversationID]int64, error)
	// UnreadMentions counts, in the same way, those of them that mention the user, by name or with all others, as they are
	// now: an edit may add or take away a mention, a deletion takes all.
	UnreadMentions(ctx context.Context, user chat.UserID, from []chat.ReadPosition) (map[chat.ConversationID]int64, error)
}

// Search finds messages by the keys of chat.Message.SearchKeys, which are kept as the messages are now: with the commit, or with what
// is derived after it.
type Search interface {
	// SearchMessages answers q; see chat.SearchQuery. Fails with chat.ErrPosition.
	SearchMessages(ctx context.Context, q chat.SearchQuery) (chat.SearchPage, error)
	// Reindex makes the keys of up to limit messages, and of as many people's names, that were written before there were any, or with
	// keys of older rules (search.Version), and tells how many it went through; 0 when all is done. It goes on where it, or
	// another node, has stopped; several at once do no harm.
	Reindex(ctx context.Context, limit int) (int, error)
}

// Links keeps one-time links, by the hash of their tokens.
type Links interface {
	CreateLink(ctx context.Context, l chat.Link) error
	// Link fails with chat.ErrNotFound; expired ones are found.
	Link(ctx context.Context, hash string) (chat.Link, error)
	// TakeLink removes a link; fails with chat.ErrNotFound if there is none. Of two at once, one gets it.
	TakeLink(ctx context.Context, hash string) error
	// DeleteLinks removes all of the user's for a purpose.
	DeleteLinks(ctx context.Context, user chat.UserID, purpose chat.LinkPurpose) error
	// DeleteExpiredLinks removes those that expired before the given time.
	DeleteExpiredLinks(ctx context.Context, before chat.Time) (deleted int64, err error)
}

// Invites keeps links into groups, and who has come in by each.
type Invites interface {
	CreateInvite(ctx context.Context, i chat.Invite) error
	// InviteByCode fails with chat.ErrNotFound; those that are over are found.
	InviteByCode(ctx context.Context, code string) (chat.Invite, error)
	// InvitesOf are those of a conversation that are neither expired nor revoked at now, the newest first; at most limit.
	InvitesOf(ctx context.Context, id chat.ConversationID, now chat.Time, limit int) ([]chat.Invite, error)
	// RevokeInvite is a no-op for one that is revoked; fails with chat.ErrNotFound for one that the conversation doesn't have.
	RevokeInvite(ctx context.Context, id chat.ConversationID, invite chat.InviteID, at chat.Time) error
	// ClaimInvite takes one of the invite's uses for the user, who needs no second one however often they come. Fails with
	// chat.ErrConflict if there is none left: of several at once, on whatever nodes, no more get one than there are.
	// It doesn't ask whether the invite is over.
	ClaimInvite(ctx context.Context, i chat.Invite, user chat.UserID) error
	// InviteClaimed tells whether the user has one of the invite's uses.
	InviteClaimed(ctx context.Context, invite chat.InviteID, user chat.UserID) (bool, error)
	// Departure is the entry by which somebody who is no member any more left the conversation, or was removed; fails with
	// chat.ErrNotFound for everybody else.
	Departure(ctx context.Context, id chat.ConversationID, user chat.UserID) (chat.Entry, error)
	// DeleteInvites removes those that were over before the given time, with what is known of their uses; at most 1,000 at once.
	DeleteInvites(ctx context.Context, before chat.Time) (deleted int64, err error)
}

// Uploads keeps what is known of stored files, and finds out to which of them nothing refers any more: neither a message that is
// not deleted, nor the picture of a person, nor that of a group that has not ended.
type Uploads interface {
	CreateUpload(ctx context.Context, u chat.Upload) error
	// UploadsByID leaves out unknown ids and uploads that are being removed; any order; at most 1,000 ids.
	UploadsByID(ctx context.Context, ids []chat.UploadID) ([]chat.Upload, error)
	// ClaimUploads says that something is about to refer to the uploads: none of them is removed before due. Fails with
	// chat.ErrNotFound if one of them is unknown or being removed; others may be claimed all the same. At most 1,000 ids.
	ClaimUploads(ctx context.Context, ids []chat.UploadID, at, due chat.Time) error
	// ReleasePicture says that a person or a group is about to have another picture than the one at this address: if nothing
	// else refers to it then, it is removed after due. A no-op for addresses of no upload. What messages no longer refer to,
	// Commit releases by itself.
	ReleasePicture(ctx context.Context, thumbnailURL string, due chat.Time) error
	// UploadShared tells whether a message with the upload stands in a conversation of the user's.
	UploadShared(ctx context.Context, id chat.UploadID, user chat.UserID) (bool, error)
	// PictureShown tells whether a person, or a group that has not ended, has the picture at this address.
	PictureShown(ctx context.Context, thumbnailURL string) (bool, error)
	// TakeUnused looks at up to limit uploads that are due at now. To those to which something refers it comes back when that is
	// gone. The others are being removed from then on, and given back; they are due once more at again, for the case that
	// who has got them does not finish. Of several at once each gets others. seen is how many were looked at.
	TakeUnused(ctx context.Context, now, again chat.Time, limit int) (unused []chat.Upload, seen int, err error)
	// DeleteUpload forgets an upload that is being removed; a no-op for others.
	DeleteUpload(ctx context.Context, id chat.UploadID) error
}
