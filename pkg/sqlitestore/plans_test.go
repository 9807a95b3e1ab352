package sqlitestore

import (
	"context"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// fullText is a look-up in an index of FTS5 by keys, or by an id.
var fullText = regexp.MustCompile(`^SCAN search_keys VIRTUAL TABLE INDEX \d+:(M|=)`)

// TestPlans holds every read and every write with a condition to the indexes: none looks through a
// table, and none but those with a reason sorts what it has found.
func TestPlans(t *testing.T) {
	const (
		perUser  = "sorts the conversations of one user; see selectConversationsOf"
		good     = "sorts the invites of one group that are good, 50 at most"
		fewNamed = "sorts those with a name that few have, maxNamed at most"
		recent   = "runs now and then, over recent entries only"
	)
	queries := []struct {
		name, query string
		args        int
		// sorts is why a temporary b-tree is right.
		sorts string
	}{
		{"user", selectUser, 1, ""},
		{"user by email", selectUserByEmail, 1, ""},
		{"users by id", selectUsersByID, 1, ""},
		{"update user", updateUser, 8, ""},
		{"last seen", updateLastSeen, 2, ""},
		{"directory", selectDirectory, 6, ""},
		{"forget names", deleteNames, 1, ""},
		{"session", selectSession, 1, ""},
		{"sessions by id", selectSessionsByID, 1, ""},
		{"sessions of user", selectSessionsOf, 3, ""},
		{"revoked sessions", selectRevoked, 2, ""},
		{"rotate session", rotateSession, 5, ""},
		{"revoke session", revokeSession, 2, ""},
		{"delete sessions", deleteSessions, 1, ""},
		{"link", selectLink, 1, ""},
		{"take link", takeLink, 1, ""},
		{"delete links", deleteLinks, 2, ""},
		{"delete expired links", deleteExpiredLinks, 1, ""},
		{"blocks of", selectBlocksOf, 3, ""},
		{"blocks between", selectBlocksBetween, 2, ""},
		{"blocks among", selectBlocksAmong, 1, ""},
		{"delete block", deleteBlock, 2, ""},
		{"last seq", selectLastSeq, 1, ""},
		{"entry by client id", selectEntryByClient, 3, ""},
		{"entries", selectEntries, 3, ""},
		{"notices", selectNotices, 4, ""},
		{"entries since", selectEntriesSince, 4, ""},
		{"advance head", advanceHead, 5, ""},
		{"behind", selectBehind, 1, recent},
		{"last entry", selectLastEntryAt, 0, ""},
		{"known", selectKnown, 1, ""},
		{"first entry", selectFirstEntry, 1, ""},
		{"recompute head", recomputeHead, 1, ""},
		{"conversation", selectConversation, 1, ""},
		{"conversations by id", selectConversationsByID, 1, ""},
		{"conversations of user", selectConversationsOf, 4, perUser},
		{"member", selectMember, 2, ""},
		{"members", selectMembersOf, 2, ""},
		{"members of many", selectMembersOfSmall, 2, ""},
		{"members among", selectMembersAmong, 2, ""},
		{"members until", selectMembersUntil, 2, ""},
		{"members after", selectMembersAfter, 4, ""},
		{"how many have a name", countNamed, 2, ""},
		{"who has a name and is a member", selectNamedMembers, 6, fewNamed},
		{"members who have a name", selectMembersNamed, 6, ""},
		{"room seats", selectRoomSeats, 1, ""},
		{"revisions", selectRevisions, 2, ""},
		{"revised", selectRevised, 1, ""},
		{"any conversation", selectAnyConversation, 1, ""},
		{"update group", updateGroup, 9, ""},
		{"update role", updateRole, 4, ""},
		{"remove member", removeMember, 3, ""},
		{"remove members", removeMembers, 2, ""},
		{"memberships", selectMemberships, 1, ""},
		{"advance read", advanceRead, 3, ""},
		{"update member", updateMember, 6, ""},
		{"advance delivered", advanceDelivered, 3, ""},
		{"messages before", selectMessagesBefore, 3, ""},
		{"messages after", selectMessagesAfter, 3, ""},
		{"messages by id", selectMessagesByID, 1, ""},
		{"unread", countUnread, 2, ""},
		{"unread mentions", countMentions, 2, ""},
		{"pins", selectPins, 2, ""},
		{"changes of a message", selectChanges, 3, ""},
		{"message", selectMessage, 1, ""},
		{"update message", updateMessage, 5, ""},
		{"scrub edits", scrubEdits, 3, ""},
		{"delete mentions", deleteMentions, 3, ""},
		{"messages behind", selectMessagesBehind, 1, recent},
		{"entry id", selectEntryID, 2, ""},
		{"search id", selectSearchID, 1, ""},
		{"take slot", insertSearchID, 3, ""},
		{"forget search id", deleteSearchID, 1, ""},
		{"forget search keys", deleteSearchKeys, 1, ""},
		{"conversation ids", selectConversationIDs, 1, ""},
		{"messages with keys", selectWithKeys, 3, ""},
		{"some messages with keys", selectSomeWithKeys, 5, ""},
		{"the end of a walk", selectSkipped, 4, ""},
		{"hits", selectHits, 2, ""},
		{"progress", selectProgress, 2, ""},
		{"entries to index", selectEntriesFrom, 2, ""},
		{"names to index", selectUsersFrom, 2, ""},
		{"uploads by id", selectUploadsByID, 1, ""},
		{"claim uploads", claimUploads, 3, ""},
		{"release uploads", releaseUploads, 2, ""},
		{"release a picture", releasePicture, 2, ""},
		{"upload shared", selectShared, 2, ""},
		{"picture shown", selectShown, 1, ""},
		{"upload attached", selectAttached, 1, ""},
		{"due uploads", selectDueUploads, 2, ""},
		{"take an upload", takeUpload, 2, ""},
		{"pass an upload", passUpload, 1, ""},
		{"delete an upload", deleteUpload, 1, ""},
		{"delete attachments", deleteAttachments, 3, ""},
		{"invite", selectInvite, 2, ""},
		{"invite by code", selectInviteByCode, 1, ""},
		{"invites of", selectInvitesOf, 3, good},
		{"revoke invite", revokeInvite, 2, ""},
		{"use of an invite", countUse, 2, ""},
		{"claim an invite", insertUse, 2, ""},
		{"departure", selectDeparture, 2, ""},
		{"delete invites", deleteInvites, 2, ""},
	}
	s, err := Open(context.Background(), filepath.Join(t.TempDir(), "parley.db"))
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close(context.Background())) }()
	require.NoError(t, s.Migrate(context.Background()))
	for _, q := range queries {
		plan := explain(t, s, q.query, q.args)
		for _, step := range plan {
			if looksThrough(step) {
				t.Errorf("%s looks through a table:\n%s", q.name, strings.Join(plan, "\n"))
			}
			if strings.Contains(step, "TEMP B-TREE") && q.sorts == "" {
				t.Errorf("%s sorts:\n%s", q.name, strings.Join(plan, "\n"))
			}
		}
	}
	require.Contains(t, strings.Join(explain(t, s, selectEntriesSince, 4), "\n"), "(created_at,conversation_id,seq)>", "a range, not a walk")
	require.Contains(t, strings.Join(explain(t, s, selectWithKeys, 3), "\n"), "M1><", "by the keys, within the ids")
	require.Contains(t, strings.Join(explain(t, s, selectSomeWithKeys, 5), "\n"), "M1><", "by the keys, within the ids")
	require.Contains(t, strings.Join(explain(t, s, countUnread, 2), "\n"), "COVERING INDEX entries_messages")
}

// given are steps that go through what was given, or found before.
var given = regexp.MustCompile(`^SCAN (json_each|t$|t VIRTUAL|u VIRTUAL|CONSTANT ROW|\(subquery-)`)

func looksThrough(step string) bool {
	return strings.HasPrefix(step, "SCAN") && !given.MatchString(step) && !fullText.MatchString(step)
}

// explain gives the steps of SQLite's plan.
func explain(t *testing.T, s *Store, query string, args int) []string {
	t.Helper()
	bound := make([]any, args)
	for i := range bound {
		bound[i] = 1
	}
	rows, err := s.writes.db.Query("EXPLAIN QUERY PLAN "+query, bound...)
	require.NoError(t, err, query)
	defer func() { require.NoError(t, rows.Close()) }()
	var plan []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		require.NoError(t, rows.Scan(&id, &parent, &unused, &detail))
		plan = append(plan, detail)
	}
	require.NoError(t, rows.Err())
	require.NotEmpty(t, plan)
	return plan
}
