package storetest

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/parley-chat/parley/pkg/chat"
)

// change is an entry about the message of another.
func change(of chat.Entry, seq int64, kind chat.Kind, by chat.UserID) chat.Entry {
	return chat.Entry{
		ConversationID: of.ConversationID, Seq: seq, Kind: kind, SenderID: by, ClientID: string(chat.NewID[chat.MessageID]()),
		CreatedAt: of.CreatedAt + chat.Time(seq), TargetID: of.Message.ID,
	}
}

func edited(of chat.Entry, seq int64, by chat.UserID, text string, mentions ...chat.UserID) chat.Entry {
	e := change(of, seq, chat.MessageUpdated, by)
	e.Edit = &chat.Edit{Text: text, Mentions: mentions}
	return e
}

func reacted(of chat.Entry, seq int64, kind chat.Kind, by chat.UserID, emoji string) chat.Entry {
	e := change(of, seq, kind, by)
	e.Emoji = emoji
	return e
}

// requireMessage expects a message to be want wherever it can be read.
func requireMessage(t require.TestingT, tb testing.TB, s Store, want chat.Message) {
	found, err := s.MessagesByID(during(tb), []chat.MessageID{want.ID})
	require.NoError(t, err)
	require.Equal(t, []chat.Message{want}, found)
	page, err := s.Messages(during(tb), chat.MessageQuery{ConversationID: want.ConversationID, Before: want.Seq + 1, Limit: 1})
	require.NoError(t, err)
	require.Equal(t, []chat.Message{want}, page)
	entries, err := s.Entries(during(tb), want.ConversationID, want.Seq-1, 1)
	require.NoError(t, err)
	require.Equal(t, want, *entries[0].Message)
}

func testMessageState(t *testing.T, h Harness) {
	s := h.open(t)
	users := userIDs(3)
	first := creation(now(), users...)
	sent, other := message(first, 2, users[0]), message(first, 3, users[1])
	sent.Message.Attachments = []chat.Attachment{{ID: chat.NewID[chat.UploadID](), URL: "/a"}}
	sent.Message.ForwardedFrom = &chat.Forward{SenderID: users[2]}
	sent.Message.Mentions = []chat.UserID{users[1]}
	commit(t, s, first, sent, other)
	want := *sent.Message
	requireMessage(t, t, s, want)
	edit := edited(sent, 4, users[0], "two & <b>", users[2])
	edit.Edit.MentionsAll = true
	after := *sent.Message
	after.Text = "as the edit left it"
	edit.Message = &after
	for _, batch := range [][]chat.Entry{
		{edit},
		{
			reacted(sent, 5, chat.ReactionAdded, users[2], "👍🏽"), reacted(sent, 6, chat.ReactionAdded, users[1], "👍🏽"),
			reacted(sent, 7, chat.ReactionAdded, users[1], "$a.b"), change(sent, 8, chat.MessagePinned, users[1]),
		},
		{reacted(sent, 9, chat.ReactionRemoved, users[2], "👍🏽"), change(sent, 10, chat.MessageUnpinned, users[0])},
		{reacted(other, 11, chat.ReactionAdded, users[0], "🎉"), change(sent, 12, chat.MessagePinned, users[0])},
		{change(sent, 13, chat.MessageDeleted, users[0])},
		{edited(sent, 14, users[0], "back"), reacted(sent, 15, chat.ReactionAdded, users[1], "👍🏽")},
	} {
		commit(t, s, batch...)
		for _, e := range batch {
			want = want.Apply(e)
		}
		requireMessage(t, t, s, want)
	}
	require.NotZero(t, want.DeletedAt)
	requireMessage(t, t, h.open(t), other.Message.Apply(reacted(other, 11, chat.ReactionAdded, users[0], "🎉")))
	require.Zero(t, healTogether(t, first.CreatedAt, s), "nothing was left to healing")
}

// testAnyChanges compares the store's folding with the domain's, for any changes of two messages in any batches.
func testAnyChanges(t *testing.T, h Harness) {
	const enough = 5 * time.Second
	s, began := h.open(t), time.Now()
	rapid.Check(t, func(rt *rapid.T) {
		if time.Since(began) > enough {
			return // a slow store does fewer
		}
		users := userIDs(2)
		first := creation(now(), users...)
		messages := []chat.Entry{message(first, 2, users[0]), message(first, 3, users[1])}
		commit(t, s, first, messages[0], messages[1])
		want := []chat.Message{*messages[0].Message, *messages[1].Message}
		var batch []chat.Entry
		for seq := range rapid.Int64Range(1, 12).Draw(rt, "changes") {
			of := rapid.IntRange(0, 1).Draw(rt, "of")
			by := rapid.SampledFrom(users).Draw(rt, "by")
			kind := rapid.SampledFrom([]chat.Kind{
				chat.MessageUpdated, chat.ReactionAdded, chat.ReactionAdded, chat.ReactionRemoved, chat.MessagePinned, chat.MessageUnpinned, chat.MessageDeleted,
			}).Draw(rt, "kind")
			e := change(messages[of], seq+4, kind, by)
			switch kind {
			case chat.MessageUpdated:
				e.Edit = &chat.Edit{Text: fmt.Sprint(seq), Mentions: []chat.UserID{by}}
			case chat.ReactionAdded, chat.ReactionRemoved:
				e.Emoji = rapid.SampledFrom([]string{"👍", "🎉"}).Draw(rt, "emoji")
			default:
			}
			want[of] = want[of].Apply(e)
			batch = append(batch, e)
			if rapid.Bool().Draw(rt, "commits") {
				commit(t, s, batch...)
				batch = nil
			}
		}
		commit(t, s, batch...)
		for _, m := range want {
			requireMessage(rt, t, s, m)
		}
	})
}

func testDeletionScrubs(t *testing.T, h Harness) {
	s := h.open(t)
	users := userIDs(2)
	first := creation(now(), users...)
	sent, kept := message(first, 2, users[0]), message(first, 3, users[0])
	commit(t, s, first, sent, kept, edited(sent, 4, users[0], "secret", users[1]), edited(kept, 5, users[0], "kept"))
	commit(t, s, change(sent, 6, chat.MessageDeleted, users[0]))
	commit(t, s, edited(sent, 7, users[0], "late secret"))
	entries := requireWhole(t, s, first.ConversationID, 7)
	for _, at := range []int{3, 6} {
		require.Equal(t, chat.MessageUpdated, entries[at].Kind, "the entry itself stays")
		require.Empty(t, entries[at].Edit.Text)
		require.Empty(t, entries[at].Edit.Mentions)
	}
	require.Equal(t, "kept", entries[4].Edit.Text)
	require.Empty(t, entries[1].Message.Text)
}

func testChangesAndLists(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	users := userIDs(2)
	first := creation(now(), users...)
	sent, last := message(first, 2, users[0]), message(first, 3, users[0])
	commit(t, s, first, sent, last)
	commit(t, s, edited(last, 4, users[0], "new"), reacted(sent, 5, chat.ReactionAdded, users[1], "👍"))
	c, err := s.Conversation(ctx, first.ConversationID)
	require.NoError(t, err)
	require.Equal(t, chat.Head{LastSeq: 5, LastMessageID: last.Message.ID, LastActivityAt: last.CreatedAt}, c.Head)
	unread := func() int64 {
		counts, err := s.Unread(ctx, users[1], []chat.ReadPosition{{ConversationID: first.ConversationID, Seq: 1}})
		require.NoError(t, err)
		return counts[first.ConversationID]
	}
	require.EqualValues(t, 2, unread())
	commit(t, s, change(last, 6, chat.MessageDeleted, users[0]))
	require.EqualValues(t, 2, unread(), "a tombstone is as unread as the message was")
	c, err = s.Conversation(ctx, first.ConversationID)
	require.NoError(t, err)
	require.Equal(t, last.Message.ID, c.LastMessageID, "the list shows the tombstone")
	page, err := s.Messages(ctx, chat.MessageQuery{ConversationID: first.ConversationID, Limit: 10})
	require.NoError(t, err)
	require.Len(t, page, 2)
}

func testPins(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	user := userIDs(1)[0]
	first := creation(now(), user)
	entries := []chat.Entry{first}
	var messages []chat.Entry
	for i := range 5 {
		messages = append(messages, message(first, int64(2+i), user))
	}
	commit(t, s, append(entries, messages...)...)
	for i, of := range []int{3, 0, 4, 1, 2} {
		commit(t, s, change(messages[of], int64(7+i), chat.MessagePinned, user))
	}
	commit(t, s, change(messages[4], 12, chat.MessageUnpinned, user), change(messages[1], 13, chat.MessageDeleted, user),
		change(messages[3], 14, chat.MessageUnpinned, user), change(messages[3], 15, chat.MessagePinned, user))
	pins := func(limit int) (ids []chat.MessageID) {
		found, err := s.Pins(ctx, first.ConversationID, limit)
		require.NoError(t, err)
		for _, m := range found {
			require.NotZero(t, m.PinnedAt)
			ids = append(ids, m.ID)
		}
		return ids
	}
	want := []chat.MessageID{messages[3].Message.ID, messages[2].Message.ID, messages[0].Message.ID}
	require.Equal(t, want, pins(10))
	require.Equal(t, want[:2], pins(2))
	none, err := s.Pins(ctx, chat.NewID[chat.ConversationID](), 10)
	require.NoError(t, err)
	require.Empty(t, none)
}

func testUnreadMentions(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	users := userIDs(3)
	me, other := users[0], users[1]
	a, b := creation(now(), users...), creation(now(), users...)
	mentioning := func(first chat.Entry, seq int64, by chat.UserID, all bool, who ...chat.UserID) chat.Entry {
		e := message(first, seq, by)
		e.Message.Mentions, e.Message.MentionsAll = who, all
		return e
	}
	toAll := mentioning(a, 3, other, true, me)
	edits := message(a, 6, other)
	commit(t, s, a, b, mentioning(a, 2, other, false, me, users[2]), toAll, mentioning(a, 4, me, true, me), mentioning(a, 5, other, false, users[2]), edits,
		mentioning(b, 2, other, false, users[2]))
	count := func(user chat.UserID, seq int64) map[chat.ConversationID]int64 {
		got, err := s.UnreadMentions(ctx, user, []chat.ReadPosition{
			{ConversationID: a.ConversationID, Seq: seq}, {ConversationID: b.ConversationID, Seq: 1}, {ConversationID: chat.NewID[chat.ConversationID]()},
		})
		require.NoError(t, err)
		return got
	}
	type counts = map[chat.ConversationID]int64
	require.Equal(t, counts{a.ConversationID: 2}, count(me, 1))
	require.Equal(t, counts{a.ConversationID: 1}, count(me, 2))
	require.Equal(t, counts{}, count(me, 3))
	require.Equal(t, counts{a.ConversationID: 4, b.ConversationID: 1}, count(users[2], 1))
	require.Equal(t, counts{a.ConversationID: 1}, count(other, 1), "one's own don't count")
	commit(t, s, edited(edits, 7, other, "now", me))
	require.Equal(t, counts{a.ConversationID: 3}, count(me, 1), "an edit adds one")
	commit(t, s, edited(edits, 8, other, "not"), change(toAll, 9, chat.MessageDeleted, other))
	require.Equal(t, counts{a.ConversationID: 1}, count(me, 1), "an edit and a deletion take them away")
}

func testChangesRace(t *testing.T, h Harness) {
	nodes, first, want := changesRace(t, h)
	healTogether(t, first.CreatedAt, nodes...)
	for _, s := range nodes {
		requireMessage(t, t, s, want)
	}
}

func testChangesRaceUnhealed(t *testing.T, h Harness) {
	nodes, _, want := changesRace(t, h)
	requireMessage(t, t, nodes[1], want)
	require.Zero(t, healTogether(t, 0, nodes...))
}

// changesRace has two nodes change one message, and tells the conversation's first entry and what the message has to be.
func changesRace(t *testing.T, h Harness) (nodes []Store, first chat.Entry, want chat.Message) {
	const each = 8
	nodes = []Store{h.open(t), h.open(t)}
	users := userIDs(6)
	first = creation(now(), users...)
	sent := message(first, 2, users[0])
	commit(t, nodes[0], first, sent)
	var all sync.WaitGroup
	for i, user := range users {
		all.Go(func() {
			for n := range each {
				kind := []chat.Kind{chat.ReactionAdded, chat.ReactionRemoved}[n%2]
				send(t, nodes[i%2], reacted(sent, 0, kind, user, []string{"👍", "🎉"}[i%2]))
			}
			send(t, nodes[i%2], reacted(sent, 0, chat.ReactionAdded, user, "✅"))
		})
	}
	all.Wait()
	want = *sent.Message
	for _, e := range requireWhole(t, nodes[0], first.ConversationID, 2+len(users)*(each+1)) {
		want = want.Apply(e)
	}
	slices.Sort(users)
	require.Equal(t, map[string][]chat.UserID{"✅": users}, want.Reactions)
	return nodes, first, want
}

func testHealMessages(t *testing.T, h Harness) {
	a, b := h.open(t), h.open(t)
	since := now()
	users := userIDs(2)
	first := creation(since, users...)
	sent, gone := message(first, 2, users[0]), message(first, 3, users[0])
	changes := []chat.Entry{
		edited(sent, 4, users[0], "two", users[1]), reacted(sent, 5, chat.ReactionAdded, users[1], "👍"), change(sent, 6, chat.MessagePinned, users[1]),
	}
	deletion := change(gone, 7, chat.MessageDeleted, users[0])
	commit(t, a, append([]chat.Entry{first, sent, gone}, append(changes, deletion)...)...)
	states := []chat.Message{*sent.Message}
	for _, e := range changes {
		states = append(states, states[len(states)-1].Apply(e))
	}
	want := states[len(states)-1]
	for _, state := range states[:len(states)-1] {
		h.Forget(t, state)
		h.Forget(t, *gone.Message)
		require.Positive(t, healTogether(t, since, a, b))
		requireMessage(t, t, b, want)
		requireMessage(t, t, a, gone.Message.Apply(deletion))
		require.Zero(t, healTogether(t, since, a, b), "nothing is left to do")
	}
}

func testChangeMends(t *testing.T, h Harness) {
	s := h.open(t)
	users := userIDs(2)
	first := creation(now(), users...)
	sent := message(first, 2, users[0])
	edit, reaction := edited(sent, 3, users[0], "two"), reacted(sent, 4, chat.ReactionAdded, users[1], "👍")
	commit(t, s, first, sent, edit)
	h.Forget(t, *sent.Message)
	commit(t, s, reaction)
	requireMessage(t, t, s, sent.Message.Apply(edit).Apply(reaction))
}

// A client that got no answer repeats the change.
func testRepeatMends(t *testing.T, h Harness) {
	s := h.open(t)
	users := userIDs(2)
	first := creation(now(), users...)
	sent := message(first, 2, users[0])
	deletion := change(sent, 3, chat.MessageDeleted, users[0])
	commit(t, s, first, sent, deletion)
	h.Forget(t, *sent.Message)
	again := deletion
	again.Seq = 4
	require.ErrorIs(t, refusals(t, s, again)[0], chat.ErrClientIDUsed)
	requireMessage(t, t, s, sent.Message.Apply(deletion))
}
