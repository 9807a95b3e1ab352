package storetest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
)

// patience bounds each call and each test's waiting; only a hang meets it.
const patience = 60 * time.Second

// Harness is what the suite needs of an adapter for one test: a database of its own.
type Harness struct {
	// Open opens one more Store on the test's database, as another node would. The suite closes it.
	Open func(t *testing.T) Store
	// Rewind puts the derived state of a conversation back to where a crash would have left it:
	// with its head at to, or, where to is nil, without the conversation and its members.
	Rewind func(t *testing.T, id chat.ConversationID, to *chat.Head)
	// Forget puts a message back to a state that it had before: as a crash between a change's entry and the
	// folding in of it would have left it. Message is the state, with its Rev.
	Forget func(t *testing.T, m chat.Message)
	// Regress puts a group back to where a crash would have left it: what its revisions have made of it as c has it, and
	// these members alone.
	Regress func(t *testing.T, c chat.Conversation, members []chat.Member)
	// Unindex takes away all that messages and names are found by, and what is known of it, as in a database of before there
	// was a search.
	Unindex func(t *testing.T)
	// Skip tells, by the name of a test, why it can't hold there.
	Skip map[string]string
}

// open opens a Store on the test's database, ready for use.
func (h Harness) open(t *testing.T) Store {
	t.Helper()
	s := h.Open(t)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		require.NoError(t, s.Close(ctx))
	})
	require.NoError(t, s.Migrate(during(t)))
	return s
}

// Run holds an adapter to the contract. fresh makes a harness with an empty database.
func Run(t *testing.T, fresh func(t *testing.T) Harness) {
	tests := []struct {
		name string
		run  func(t *testing.T, h Harness)
	}{
		{"users are kept", testUsers},
		{"an address has one account", testEmailTaken},
		{"a patch changes what it names", testUpdateUser},
		{"the directory finds by the start of words", testDirectorySearch},
		{"the directory pages in the order of names", testDirectoryPages},
		{"last seen moves forward only", testLastSeen},

		{"sessions are kept", testSessions},
		{"a user's live sessions, latest used first", testSessionsOf},
		{"a rotation needs the old hash", testRotation},
		{"of two rotations at once one wins", testRotationRace},
		{"revoked sessions are told, oldest first", testRevoked},
		{"old sessions are deleted", testDeleteSessions},

		{"links are kept until they are taken", testLinks},
		{"a link is taken once", testTakeLinkRace},
		{"expired links are deleted", testExpiredLinks},

		{"blocks are kept", testBlocks},

		{"entries come back as they were", testEntries},
		{"changes come back as they were", testChanges},
		{"entries of all conversations page by time", testEntriesSince},
		{"notices are read between two seqs", testNotices},
		{"a batch serves many conversations", testBatch},
		{"a taken seq is refused", testSeqTaken},
		{"a used clientId is refused", testClientIDUsed},
		{"a refused entry leaves no hole", testNoHole},
		{"an entry committed again is refused", testRepeat},
		{"any text is kept", testTexts},
		{"writers on two nodes make one sequence", testWriters},
		{"one clientId from two nodes makes one entry", testClientIDRace},
		{"one conversation from two nodes is made once", testCreationRace},
		{"the log's sequencer works on two nodes", testSequencers},
		{"heads under concurrency", testHeadsRace},

		{"conversations follow their log", testConversations},
		{"entries that are no messages move the head alone", testOtherKinds},
		{"the conversation list pages by activity", testConversationPages},
		{"members are kept in the order of joining", testMembers},
		{"a read position moves forward only", testAdvanceRead},
		{"a read position under concurrency", testAdvanceReadRace},
		{"a member's own settings change as named", testMemberSettings},
		{"delivered positions move forward only", testAdvanceDelivered},
		{"unread counts others' messages", testUnread},
		{"messages page both ways", testMessages},
		{"messages are found by id", testMessagesByID},

		{"messages follow their changes", testMessageState},
		{"any changes fold as they do in memory", testAnyChanges},
		{"a deletion takes the texts of edits", testDeletionScrubs},
		{"changes move no activity and count as no message", testChangesAndLists},
		{"pins are listed, the latest first", testPins},
		{"unread mentions are counted", testUnreadMentions},
		{"changes from two nodes all fold in", testChangesRace},
		{"changes from two nodes leave nothing to healing", testChangesRaceUnhealed},
		{"a crash before a change is folded in heals", testHealMessages},
		{"the next change mends what a crash left", testChangeMends},
		{"a change repeated mends what a crash left", testRepeatMends},

		{"a crash before the conversation is made heals", testHealMissing},
		{"a crash before the head is moved heals", testHealBehind},
		{"healing looks only at recent entries", testHealSince},
		{"the latest entry's time", testLastEntryAt},
		{"the next entry mends what a crash left", testCommitMends},

		{"a group follows its revisions", testGroup},
		{"a taken revision is refused", testRevisionTaken},
		{"of two changes at once one wins", testRevisionRace},
		{"who has left is found by nothing", testLeft},
		{"who comes back begins anew", testRejoin},
		{"a deleted group is found by nothing", testDeletedGroup},
		{"a room is entered once and for ever", testRooms},
		{"members page and are found by name", testFindMembers},
		{"a crash between a revision and the group heals", testHealGroup},
		{"the next revision mends what a crash left", testRevisionMends},
		{"changes of groups from two nodes", testGroupRace},

		{"invites are kept until they are over", testInvites},
		{"an invite is used once by each", testClaimInvite},
		{"of an invite there are no more uses than it has", testClaimRace},
		{"who has left is known by how", testDeparture},

		{"messages are found by their keys", testSearch},
		{"a search pages through many conversations", testSearchPages},
		{"a search finds what is there now", testSearchChanges},
		{"a search finds any number of one instant", testSearchCrowd},
		{"older messages and names are indexed bit by bit", testReindex},

		{"uploads are kept", testUploads},
		{"an unused upload is removed", testTakeUnused},
		{"a claim keeps an upload", testClaimUploads},
		{"what refers to an upload keeps it", testUsedUploads},
		{"an upload is shared with members", testSharedUploads},
		{"a deletion that a crash cut short lets go of uploads", testHealReleases},
		{"an upload is claimed or taken", testClaimRacesTake},
		{"of two sweeps at once each takes others", testTakeRace},

		{"many nodes migrate at once", testMigrations},
		{"a context that has ended is unavailable", testEndedContext},
		{"a closed store is unavailable", testClosed},
	}
	names := map[string]bool{}
	for _, test := range tests {
		names[test.name] = true
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := fresh(t)
			for name := range h.Skip {
				require.Contains(t, names, name, "a skip of no test")
			}
			if why, skip := h.Skip[test.name]; skip {
				t.Skip(why)
			}
			test.run(t, h)
		})
	}
}

// during is a context for the calls of one test.
func during(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// now is cut to what stores keep.
func now() chat.Time { return chat.TimeOf(time.Now()) }

func newUser(name string) chat.User {
	id := chat.NewID[chat.UserID]()
	return chat.User{
		ID: id, FullName: name, Email: strings.ToLower(string(id)) + "@example.org",
		PasswordHash: "$2a$10$" + string(id), CreatedAt: now(),
	}
}

func userIDs(n int) []chat.UserID {
	ids := make([]chat.UserID, n)
	for i := range ids {
		ids[i] = chat.NewID[chat.UserID]()
	}
	return ids
}

// creation is the first entry of a group; the first member owns it.
func creation(at chat.Time, members ...chat.UserID) chat.Entry {
	e := chat.Entry{
		ConversationID: chat.NewID[chat.ConversationID](), Seq: 1, Kind: chat.ConversationCreated,
		SenderID: members[0], ClientID: chat.SystemClientID("created"), CreatedAt: at,
		Created: &chat.Creation{Type: chat.Group, Title: "Größe"},
	}
	for i, m := range members {
		role := chat.RoleMember
		if i == 0 {
			role = chat.RoleOwner
		}
		e.Created.Members = append(e.Created.Members, chat.NewMember{UserID: m, Role: role})
	}
	return e
}

// message is a message of sender, seq after the conversation's first entry.
func message(first chat.Entry, seq int64, sender chat.UserID) chat.Entry {
	clientID := string(chat.NewID[chat.MessageID]())
	at := first.CreatedAt + chat.Time(seq)
	return chat.Entry{
		ConversationID: first.ConversationID, Seq: seq, Kind: chat.MessageCreated,
		SenderID: sender, ClientID: clientID, CreatedAt: at,
		Message: &chat.Message{
			ID: chat.NewID[chat.MessageID](), ConversationID: first.ConversationID, Seq: seq,
			SenderID: sender, ClientID: clientID, Text: fmt.Sprintf("message %d", seq), CreatedAt: at,
			Attachments: []chat.Attachment{}, Mentions: []chat.UserID{}, Reactions: map[string][]chat.UserID{},
		},
	}
}

// noted is an entry of a kind that stores know nothing of.
func noted(first chat.Entry, seq int64, sender chat.UserID) chat.Entry {
	return chat.Entry{
		ConversationID: first.ConversationID, Seq: seq, Kind: "test.noted", SenderID: sender,
		ClientID: string(chat.NewID[chat.MessageID]()), CreatedAt: first.CreatedAt + chat.Time(seq),
	}
}

// commit expects every entry to be taken.
func commit(t testing.TB, s Store, entries ...chat.Entry) {
	t.Helper()
	results, err := s.Commit(during(t), entries)
	require.NoError(t, err)
	require.Equal(t, make([]error, len(entries)), results)
}

// conversationOf commits a conversation of the members with n messages of its owner.
func conversationOf(t testing.TB, s Store, at chat.Time, n int, members ...chat.UserID) (chat.Entry, []chat.Message) {
	t.Helper()
	first := creation(at, members...)
	entries := []chat.Entry{first}
	var messages []chat.Message
	for i := range n {
		e := message(first, int64(i+2), members[0])
		entries = append(entries, e)
		messages = append(messages, *e.Message)
	}
	commit(t, s, entries...)
	return first, messages
}

// requireWhole expects the log to be exactly 1 to n.
func requireWhole(t testing.TB, s Store, id chat.ConversationID, n int) []chat.Entry {
	t.Helper()
	entries, err := s.Entries(during(t), id, 0, n+1)
	require.NoError(t, err)
	require.Len(t, entries, n)
	for i, e := range entries {
		require.Equal(t, int64(i+1), e.Seq)
	}
	last, err := s.LastSeq(during(t), id)
	require.NoError(t, err)
	require.Equal(t, int64(n), last)
	return entries
}
