package storetest

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
)

func testEntries(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	users := userIDs(3)
	first := creation(now(), users...)
	first.Created.AvatarURL = "https://example.org/g.webp"
	plain := message(first, 2, users[1])
	rich := message(first, 3, users[0])
	rich.Message.Attachments = []chat.Attachment{
		{ID: chat.NewID[chat.UploadID](), URL: "/a?b=c&d", ThumbnailURL: "/t", Mime: "image/webp", Bytes: 1 << 40, Width: 640, Height: 480},
		{ID: chat.NewID[chat.UploadID](), Name: "Bericht ü.txt", URL: "/e", Mime: "text/plain", Bytes: 1},
	}
	rich.Message.ReplyTo = &plain.Message.ID
	rich.Message.Mentions = []chat.UserID{users[2], users[1]}
	rich.Message.Reactions = map[string][]chat.UserID{"👍🏽": {users[1], users[0]}, "$a.b": {users[2]}}
	rich.Message.EditedAt = rich.CreatedAt + 10
	rich.Message.DeletedAt = rich.CreatedAt + 20
	bare := message(first, 4, users[2])
	bare.Message.Attachments, bare.Message.Mentions, bare.Message.Reactions = nil, nil, nil
	commit(t, s, first)
	commit(t, s, plain, rich, bare)

	normal := bare.Message.Normalize()
	bare.Message = &normal
	want := []chat.Entry{first, plain, rich, bare}
	other := h.open(t)
	got, err := other.Entries(ctx, first.ConversationID, 0, 100)
	require.NoError(t, err)
	require.Equal(t, want, got)
	for _, page := range []struct {
		after int64
		limit int
		want  []chat.Entry
	}{{0, 2, want[:2]}, {1, 2, want[1:3]}, {3, 100, want[3:]}, {4, 100, nil}, {400, 1, nil}} {
		got, err := s.Entries(ctx, first.ConversationID, page.after, page.limit)
		require.NoError(t, err)
		require.Len(t, got, len(page.want), "%+v", page)
		for i := range got {
			require.Equal(t, page.want[i], got[i])
		}
	}
	for _, e := range want {
		got, err := s.EntryByClientID(ctx, e.ConversationID, e.SenderID, e.ClientID)
		require.NoError(t, err)
		require.Equal(t, e, got)
	}
}

func testEntriesSince(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	at := now()
	users := userIDs(2)
	// Three conversations, whose entries share instants; and one whose second entry is older than its first.
	var all []chat.Entry
	for range 3 {
		first := creation(at, users...)
		all = append(all, first, message(first, 2, users[0]), message(first, 3, users[1]))
	}
	odd := creation(at+3, users...)
	early := message(odd, 2, users[0])
	early.CreatedAt, early.Message.CreatedAt = at, at
	old := creation(at-1, users...)
	all = append(all, odd, early)
	commit(t, s, append([]chat.Entry{old}, all...)...)
	slices.SortFunc(all, func(a, b chat.Entry) int {
		return cmp.Or(cmp.Compare(a.CreatedAt, b.CreatedAt), cmp.Compare(a.ConversationID, b.ConversationID), cmp.Compare(a.Seq, b.Seq))
	})
	for _, size := range []int{1, 2, 3, 100} {
		var got []chat.Entry
		for after := (chat.EntryCursor{CreatedAt: at}); ; after = got[len(got)-1].Cursor() {
			page, err := s.EntriesSince(ctx, after, size)
			require.NoError(t, err)
			if len(page) == 0 {
				break
			}
			require.LessOrEqual(t, len(page), size)
			got = append(got, page...)
		}
		require.Equal(t, all, got, "pages of %d", size)
	}
	late, err := s.EntriesSince(ctx, chat.EntryCursor{CreatedAt: all[len(all)-1].CreatedAt + 1}, 10)
	require.NoError(t, err)
	require.Empty(t, late)
	whole, err := s.EntriesSince(ctx, chat.EntryCursor{}, 100)
	require.NoError(t, err)
	require.Len(t, whole, len(all)+1)
}

func testBatch(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	results, err := s.Commit(ctx, nil)
	require.NoError(t, err)
	require.Empty(t, results)

	a, b, c := creation(now(), userIDs(2)...), creation(now(), userIDs(1)...), creation(now(), userIDs(2)...)
	commit(t, s, a, b, message(a, 2, a.SenderID), c, message(b, 2, b.SenderID), message(a, 3, a.SenderID))
	commit(t, s, message(c, 2, c.SenderID), message(a, 4, a.SenderID), message(a, 5, a.SenderID), message(b, 3, b.SenderID))
	requireWhole(t, s, a.ConversationID, 5)
	requireWhole(t, s, b.ConversationID, 3)
	requireWhole(t, s, c.ConversationID, 2)

	unknown := chat.NewID[chat.ConversationID]()
	last, err := s.LastSeq(ctx, unknown)
	require.NoError(t, err)
	require.Zero(t, last)
	none, err := s.Entries(ctx, unknown, 0, 10)
	require.NoError(t, err)
	require.Empty(t, none)
	_, err = s.EntryByClientID(ctx, a.ConversationID, a.SenderID, "other")
	require.ErrorIs(t, err, chat.ErrNotFound)
	_, err = s.EntryByClientID(ctx, b.ConversationID, a.SenderID, a.ClientID)
	require.ErrorIs(t, err, chat.ErrNotFound)
}

// refusals commits entries and gives each one's refusal.
func refusals(t testing.TB, s Store, entries ...chat.Entry) []error {
	t.Helper()
	results, err := s.Commit(during(t), entries)
	require.NoError(t, err)
	require.Len(t, results, len(entries))
	return results
}

func testSeqTaken(t *testing.T, h Harness) {
	s := h.open(t)
	users := userIDs(2)
	first, _ := conversationOf(t, s, now(), 2, users...)
	before := requireWhole(t, s, first.ConversationID, 3)

	require.ErrorIs(t, refusals(t, s, message(first, 3, users[1]))[0], chat.ErrSeqTaken)
	again := creation(now(), users...)
	again.ConversationID, again.SenderID = first.ConversationID, users[1]
	require.ErrorIs(t, refusals(t, s, again)[0], chat.ErrSeqTaken)

	require.Equal(t, before, requireWhole(t, s, first.ConversationID, 3))
	commit(t, s, message(first, 4, users[1]))
}

func testClientIDUsed(t *testing.T, h Harness) {
	s := h.open(t)
	users := userIDs(2)
	first := creation(now(), users...)
	sent := message(first, 2, users[0])
	commit(t, s, first, sent)

	repeat := message(first, 3, users[0])
	repeat.ClientID = sent.ClientID
	require.ErrorIs(t, refusals(t, s, repeat)[0], chat.ErrClientIDUsed)
	both := repeat
	both.Seq = 2
	require.True(t, isOneOf(refusals(t, s, both)[0], chat.ErrClientIDUsed, chat.ErrSeqTaken))
	got, err := s.EntryByClientID(during(t), first.ConversationID, users[0], sent.ClientID)
	require.NoError(t, err)
	require.Equal(t, sent, got)

	byOther := message(first, 3, users[1])
	byOther.ClientID = sent.ClientID
	commit(t, s, byOther)
	elsewhere := creation(now(), users...)
	inOther := message(elsewhere, 2, users[0])
	inOther.ClientID = sent.ClientID
	commit(t, s, elsewhere, inOther)
	requireWhole(t, s, first.ConversationID, 3)
}

func testNoHole(t *testing.T, h Harness) {
	s := h.open(t)
	users := userIDs(2)
	a := creation(now(), users...)
	b := creation(now(), users...)
	used := message(a, 2, users[0])
	commit(t, s, a, used, b)

	middle := message(a, 4, users[0])
	middle.ClientID = used.ClientID
	inB := message(b, 2, users[0])
	results := refusals(t, s, message(a, 3, users[0]), middle, inB, message(a, 5, users[0]), message(a, 6, users[1]))
	require.NoError(t, results[0])
	require.ErrorIs(t, results[1], chat.ErrClientIDUsed)
	require.NoError(t, results[2], "another conversation is not touched")
	require.ErrorIs(t, results[3], chat.ErrNotAttempted)
	require.ErrorIs(t, results[4], chat.ErrNotAttempted)
	requireWhole(t, s, a.ConversationID, 3)
	requireWhole(t, s, b.ConversationID, 2)

	results = refusals(t, s, message(a, 3, users[0]), message(a, 4, users[0]), message(b, 3, users[0]))
	require.ErrorIs(t, results[0], chat.ErrSeqTaken, "refused at the first")
	require.ErrorIs(t, results[1], chat.ErrNotAttempted)
	require.NoError(t, results[2])
	requireWhole(t, s, a.ConversationID, 3)

	taken := message(b, 2, users[1])
	results = refusals(t, s, message(a, 4, users[0]), taken)
	require.NoError(t, results[0])
	require.ErrorIs(t, results[1], chat.ErrSeqTaken)
	requireWhole(t, s, a.ConversationID, 4)
}

func testTexts(t *testing.T, h Harness) {
	s := h.open(t)
	texts := []string{
		"", " ", "\n", "one\r\ntwo\u2028three", `"quotes" 'and' \back\`, "<b>&amp;</b>", "'; DROP TABLE users; --", `{"$gt":""}`,
		"e\u0301 é ﬀ", "👩‍👩‍👧‍👦🏳️‍🌈", "שלום \u202eolleh", "\u200b\ufeff", "\ufffd", "\x01\x1f\x7f", "𝔘𝔫𝔦\U0010ffff",
		strings.Repeat("a", chat.MaxText), strings.Repeat("𐍈", chat.MaxText),
	}
	user := userIDs(1)[0]
	first := creation(now(), user)
	entries := []chat.Entry{first}
	for i, text := range texts {
		e := message(first, int64(i+2), user)
		e.Message.Text = text
		entries = append(entries, e)
	}
	commit(t, s, entries...)
	got := requireWhole(t, s, first.ConversationID, len(entries))
	for i, text := range texts {
		require.Equal(t, text, got[i+1].Message.Text)
	}
}

// A caller that knows nothing of a commit's outcome repeats it, first as it was.
func testRepeat(t *testing.T, h Harness) {
	s := h.open(t)
	users := userIDs(2)
	first := creation(now(), users...)
	sent, next := message(first, 2, users[0]), message(first, 3, users[1])
	commit(t, s, first, sent, next)
	before := requireWhole(t, s, first.ConversationID, 3)

	again := refusals(t, s, first, sent, next)
	require.True(t, isOneOf(again[0], chat.ErrClientIDUsed, chat.ErrSeqTaken))
	require.ErrorIs(t, again[1], chat.ErrNotAttempted)
	require.ErrorIs(t, again[2], chat.ErrNotAttempted)
	require.True(t, isOneOf(refusals(t, s, sent)[0], chat.ErrClientIDUsed, chat.ErrSeqTaken))
	moved := sent
	moved.Seq = 4
	require.ErrorIs(t, refusals(t, s, moved)[0], chat.ErrClientIDUsed)
	require.Equal(t, before, requireWhole(t, s, first.ConversationID, 3))
}

// testChanges: entries that change a message, the members or the conversation are kept with all they say.
func testChanges(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	users := userIDs(3)
	first := creation(now(), users[:2]...)
	first.Created.Type, first.Created.Title, first.Created.Description = chat.Group, "Ferns", "All about ferns"
	plain := message(first, 2, users[1])
	title, gone := "Mosses", ""
	want := []chat.Entry{first, plain}
	for i, change := range []chat.Entry{
		{Kind: chat.ConversationUpdated, Changed: &chat.ConversationPatch{Title: &title, AvatarURL: &gone}},
		{Kind: chat.MemberAdded, Member: &chat.NewMember{UserID: users[2], Role: chat.RoleMember}},
		{Kind: chat.MemberUpdated, Member: &chat.NewMember{UserID: users[2], Role: chat.RoleAdmin}},
		{Kind: chat.ReactionAdded, TargetID: plain.Message.ID, Emoji: "👍🏽"},
		{Kind: chat.ReactionRemoved, TargetID: plain.Message.ID, Emoji: "👍🏽"},
		{Kind: chat.MessagePinned, TargetID: plain.Message.ID},
		{Kind: chat.MessageUnpinned, TargetID: plain.Message.ID},
	} {
		change.ConversationID, change.Seq = first.ConversationID, int64(3+i)
		change.SenderID, change.ClientID, change.CreatedAt = users[0], chat.NewID[string](), first.CreatedAt+chat.Time(i)
		want = append(want, change)
	}
	commit(t, s, want[0])
	commit(t, s, want[1:]...)
	got, err := h.open(t).Entries(ctx, first.ConversationID, 0, 100)
	require.NoError(t, err)
	now := *plain.Message
	for _, e := range want[2:] {
		now = now.Apply(e)
	}
	want[1].Message = &now
	require.Equal(t, want, got)
}

func testNotices(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	users := userIDs(3)
	g := newGroup(users[0], users[1])
	var notices []chat.Entry
	add := func(notice bool, e chat.Entry) {
		commit(t, s, e)
		if notice {
			notices = append(notices, e)
		}
	}
	commit(t, s, g.first)
	add(true, g.add(users[2]))
	add(true, g.rename("Another"))
	add(false, g.promote(users[2], chat.RoleAdmin))
	add(true, g.remove(users[2]))
	said := message(g.first, g.LastSeq+1, users[0])
	add(false, said)
	add(true, chat.Entry{
		ConversationID: g.ID, Seq: said.Seq + 1, Kind: chat.MessagePinned, SenderID: users[1], ClientID: "pin", CreatedAt: said.CreatedAt + 1, TargetID: said.Message.ID,
	})

	for name, c := range map[string]struct {
		after, before int64
		limit         int
		want          []chat.Entry
	}{
		"all":                  {0, math.MaxInt64, 100, notices},
		"the last":             {0, math.MaxInt64, 2, notices[2:]},
		"above, without":       {notices[0].Seq, math.MaxInt64, 100, notices[1:]},
		"below, without":       {0, notices[2].Seq, 100, notices[:2]},
		"between, the last":    {0, notices[2].Seq, 1, notices[1:2]},
		"none between":         {notices[0].Seq, notices[1].Seq, 100, nil},
		"nothing is between":   {7, 3, 100, nil},
		"beyond what there is": {400, math.MaxInt64, 100, nil},
	} {
		got, err := s.Notices(ctx, g.ID, c.after, c.before, c.limit)
		require.NoError(t, err, name)
		require.Len(t, got, len(c.want), name)
		for i := range got {
			require.Equal(t, c.want[i], got[i], name)
		}
	}
	none, err := s.Notices(ctx, chat.NewID[chat.ConversationID](), 0, math.MaxInt64, 100)
	require.NoError(t, err)
	require.Empty(t, none)
}
