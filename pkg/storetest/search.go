package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/search"
)

// said is a message with a text.
func said(first chat.Entry, seq int64, sender chat.UserID, text string) chat.Entry {
	e := message(first, seq, sender)
	e.Message.Text = text
	return e
}

func keysOf(query string) []string { return search.Parse(query).Keys() }

// searchAll follows q over all pages and expects each to keep to the limit.
func searchAll(t require.TestingT, tb testing.TB, s Store, q chat.SearchQuery) []chat.Message {
	var found []chat.Message
	for {
		page, err := s.SearchMessages(during(tb), q)
		require.NoError(t, err)
		require.LessOrEqual(t, len(page.Hits), q.Limit)
		for _, h := range page.Hits {
			require.NotEmpty(t, h.Position)
			found = append(found, h.Message)
		}
		if page.Next == "" {
			return found
		}
		if n := len(page.Hits); n > 1 {
			again := q
			again.From, again.Limit = page.Hits[0].Position, 1
			behind, err := s.SearchMessages(during(tb), again)
			require.NoError(t, err)
			require.Equal(t, page.Hits[1].Message, behind.Hits[0].Message, "each hit's position is right behind it")
		}
		q.From = page.Next
	}
}

func textsOf(messages []chat.Message) []string {
	texts := []string{}
	for _, m := range messages {
		texts = append(texts, m.Text)
	}
	return texts
}

// requireFound expects a search of the user's to find these texts.
func requireFound(t *testing.T, s Store, user chat.UserID, query string, want ...string) {
	t.Helper()
	if want == nil {
		want = []string{}
	}
	got := textsOf(searchAll(t, t, s, chat.SearchQuery{UserID: user, Keys: keysOf(query), Limit: 10}))
	require.Equal(t, want, got, "%q", query)
}

func testSearch(t *testing.T, h Harness) {
	s := h.open(t)
	users := userIDs(3)
	a, b, others := creation(now(), users[0], users[1]), creation(now()+10, users[0], users[2]), creation(now(), users[1], users[2])
	photo := said(a, 5, users[1], "")
	photo.Message.Attachments = []chat.Attachment{{ID: chat.NewID[chat.UploadID](), Mime: "image/webp"}, {ID: chat.NewID[chat.UploadID](), Mime: "application/pdf", Name: "Größenplan_2026.pdf"}}
	entries := []chat.Entry{
		a, said(a, 2, users[0], "Crème brûlée, please"), said(a, 3, users[1], "The creamery: https://example.org/x"), said(a, 4, users[0], "東京都 สวัสดี"), photo,
		b, said(b, 2, users[2], "ICE CREAM"), said(b, 3, users[0], `a "quoted" C:\path * OR NOT (x`),
		others, said(others, 2, users[1], "secret cream"),
	}
	commit(t, s, entries...)
	requireFound(t, s, users[0], "cre", "ICE CREAM", "The creamery: https://example.org/x", "Crème brûlée, please")
	requireFound(t, s, users[0], "cream", "ICE CREAM", "The creamery: https://example.org/x")
	requireFound(t, s, users[2], "CREAM", "ICE CREAM", "secret cream")
	requireFound(t, s, users[1], "creme bru", "Crème brûlée, please")
	requireFound(t, s, users[0], "secret")
	requireFound(t, s, users[0], "京都", "東京都 สวัสดี")
	requireFound(t, s, users[0], "วัส", "東京都 สวัสดี")
	requireFound(t, s, users[0], `quoted "path" not or`, `a "quoted" C:\path * OR NOT (x`)
	requireFound(t, s, users[1], "grossen 2026 pdf", "")
	requireFound(t, s, chat.NewID[chat.UserID](), "cre")

	q := chat.SearchQuery{UserID: users[0], Keys: keysOf("cre"), Limit: 10}
	find := func(change func(*chat.SearchQuery)) []string {
		q := q
		change(&q)
		return textsOf(searchAll(t, t, s, q))
	}
	require.Equal(t, []string{"ICE CREAM"}, find(func(q *chat.SearchQuery) { q.ConversationID = b.ConversationID }))
	require.Empty(t, find(func(q *chat.SearchQuery) { q.ConversationID = others.ConversationID }))
	require.Equal(t, []string{"The creamery: https://example.org/x"}, find(func(q *chat.SearchQuery) { q.Keys = append(q.Keys, chat.SenderKey(users[1])) }))
	require.Equal(t, []string{"The creamery: https://example.org/x"}, find(func(q *chat.SearchQuery) { q.Keys = []string{chat.HasLink.Key()} }))
	require.Equal(t, []string{""}, find(func(q *chat.SearchQuery) { q.Keys = []string{chat.HasImage.Key(), chat.HasFile.Key()} }))
	require.Equal(t, []string{"The creamery: https://example.org/x", "Crème brûlée, please"}, find(func(q *chat.SearchQuery) { q.Before = entries[6].CreatedAt }))
	require.Equal(t, []string{"ICE CREAM"}, find(func(q *chat.SearchQuery) { q.After = entries[6].CreatedAt }))
	require.Empty(t, find(func(q *chat.SearchQuery) { q.After, q.Before = entries[6].CreatedAt+1, entries[6].CreatedAt+2 }))

	for _, wrong := range []chat.SearchPosition{"x", "-1", "99999999999999999999", "1:2:3"} {
		q.From = wrong
		_, err := s.SearchMessages(during(t), q)
		require.ErrorIs(t, err, chat.ErrPosition, "%q", wrong)
	}
}

func testSearchChanges(t *testing.T, h Harness) {
	s, other := h.open(t), h.open(t)
	users := userIDs(3)
	g := newGroup(users...)
	sent := said(g.first, 2, users[0], "the old words")
	commit(t, s, g.first, sent)
	requireFound(t, s, users[1], "old words", "the old words")
	commit(t, other, reacted(sent, 3, chat.ReactionAdded, users[1], "🎉"), change(sent, 4, chat.MessagePinned, users[1]))
	requireFound(t, s, users[1], "old words", "the old words")
	commit(t, other, edited(sent, 5, users[0], "the new words"))
	requireFound(t, s, users[1], "old")
	requireFound(t, s, users[1], "new words", "the new words")
	g.LastSeq = 5
	commit(t, s, g.remove(users[1]))
	requireFound(t, s, users[1], "new")
	require.Empty(t, searchAll(t, t, s, chat.SearchQuery{UserID: users[1], ConversationID: g.ID, Keys: keysOf("new"), Limit: 5}))
	requireFound(t, s, users[2], "new", "the new words")
	commit(t, other, g.add(users[1]))
	requireFound(t, s, users[1], "new", "the new words")
	commit(t, other, change(sent, 8, chat.MessageDeleted, users[0]))
	for _, query := range []string{"new", "old", "the", "words"} {
		requireFound(t, s, users[0], query)
	}
	require.Empty(t, searchAll(t, t, s, chat.SearchQuery{UserID: users[0], Keys: []string{chat.SenderKey(users[0])}, Limit: 5}))
	again := said(g.first, 9, users[0], "more words")
	g.LastSeq = 9
	commit(t, s, again)
	requireFound(t, s, users[2], "words", "more words")
	commit(t, s, g.end())
	requireFound(t, s, users[2], "words")
}

// testSearchPages holds pages of any size, over many conversations and equal times, to a list in memory.
func testSearchPages(t *testing.T, h Harness) {
	const conversations, each = 12, 6
	s := h.open(t)
	users := userIDs(2)
	start := now()
	words := []string{"apple", "apricot", "banana", "bandana"}
	var all []chat.Message
	for c := range conversations {
		member := users[0]
		if c%3 == 2 {
			member = users[1]
		}
		first := creation(start, member, chat.NewID[chat.UserID]())
		entries := []chat.Entry{first}
		for i := range each {
			e := said(first, int64(i+2), member, fmt.Sprintf("%s %s %d", words[(c+i)%4], words[(c*i)%4], i))
			e.CreatedAt = start + chat.Time((c*7+i)%5)
			e.Message.CreatedAt = e.CreatedAt
			entries = append(entries, e)
			if member == users[0] {
				all = append(all, *e.Message)
			}
		}
		commit(t, s, entries...)
	}
	rapid.Check(t, func(rt *rapid.T) {
		query := rapid.SampledFrom([]string{"ap", "apple", "ban", "banana", "apple ban", "ba", "nothing"}).Draw(rt, "query")
		q := chat.SearchQuery{UserID: users[0], Keys: keysOf(query), Limit: rapid.IntRange(1, 12).Draw(rt, "limit")}
		if rapid.Bool().Draw(rt, "bounds") {
			q.After = start + chat.Time(rapid.IntRange(0, 4).Draw(rt, "after"))
			q.Before = start + chat.Time(rapid.IntRange(0, 5).Draw(rt, "before"))
		}
		if rapid.Bool().Draw(rt, "one conversation") {
			q.ConversationID = rapid.SampledFrom(all).Draw(rt, "of").ConversationID
		}
		var want []chat.Message
		for _, m := range all {
			_, matches := search.Parse(query).Match(m.Text)
			in := q.ConversationID == "" || m.ConversationID == q.ConversationID
			if matches && in && m.CreatedAt >= q.After && (q.Before == 0 || m.CreatedAt < q.Before) {
				want = append(want, m)
			}
		}
		got := searchAll(rt, t, s, q)
		require.ElementsMatch(rt, textsAndIDs(want), textsAndIDs(got))
		require.True(rt, slices.IsSortedFunc(got, func(a, b chat.Message) int { return int(b.CreatedAt - a.CreatedAt) }), "newest first")
		again := searchAll(rt, t, s, q)
		require.Equal(rt, got, again, "the order is stable")
	})
}

func textsAndIDs(messages []chat.Message) []string {
	list := make([]string, len(messages))
	for i, m := range messages {
		list[i] = m.Text + " " + string(m.ID)
	}
	return list
}

// testSearchCrowd writes more messages of one millisecond than a store may have reckoned with.
func testSearchCrowd(t *testing.T, h Harness) {
	const n = 150
	s := h.open(t)
	user := userIDs(1)[0]
	first := creation(now(), user)
	entries := []chat.Entry{first}
	for i := range n {
		e := said(first, int64(i+2), user, "crowd")
		e.CreatedAt = first.CreatedAt
		e.Message.CreatedAt = first.CreatedAt
		entries = append(entries, e)
	}
	commit(t, s, entries...)
	q := chat.SearchQuery{UserID: user, Keys: keysOf("crowd"), Limit: 40}
	require.Len(t, searchAll(t, t, s, q), n)
	q.After, q.Before = first.CreatedAt, first.CreatedAt+1
	require.Len(t, searchAll(t, t, s, q), n)
	q.After, q.Before = first.CreatedAt+1, 0
	require.Empty(t, searchAll(t, t, s, q))
}

func testReindex(t *testing.T, h Harness) {
	s, other := h.open(t), h.open(t)
	ann := createUser(t, s, "Łucja 王小明")
	first := creation(now(), ann.ID)
	entries := []chat.Entry{first}
	for i := range 25 {
		entries = append(entries, said(first, int64(i+2), ann.ID, fmt.Sprintf("older %d", i)))
	}
	commit(t, s, entries...)
	commit(t, s, change(entries[1], 27, chat.MessageDeleted, ann.ID), edited(entries[2], 28, ann.ID, "edited"))
	h.Unindex(t)
	require.Empty(t, searchAll(t, t, s, chat.SearchQuery{UserID: ann.ID, Keys: keysOf("older"), Limit: 50}))
	require.Empty(t, found(t, s, chat.UserQuery{Prefix: "luc", Limit: 5}))
	commit(t, s, said(first, 29, ann.ID, "newer"), edited(entries[3], 30, ann.ID, "changed meanwhile"))
	calls := 0
	for {
		n, err := []Store{s, other}[calls%2].Reindex(during(t), 10)
		require.NoError(t, err)
		if n == 0 {
			break
		}
		calls++
		require.Less(t, calls, 50)
	}
	require.Greater(t, calls, 2, "bit by bit")
	require.Len(t, searchAll(t, t, s, chat.SearchQuery{UserID: ann.ID, Keys: keysOf("older"), Limit: 50}), 22)
	requireFound(t, s, ann.ID, "edited", "edited")
	requireFound(t, s, ann.ID, "changed", "changed meanwhile")
	requireFound(t, s, ann.ID, "newer", "newer")
	require.Equal(t, []string{ann.FullName}, found(t, s, chat.UserQuery{Prefix: "luc", Limit: 5}))
	n, err := s.Reindex(during(t), 10)
	require.NoError(t, err)
	require.Zero(t, n)
	texts := textsOf(searchAll(t, t, s, chat.SearchQuery{UserID: ann.ID, Keys: []string{chat.SenderKey(ann.ID)}, Limit: 7}))
	require.Len(t, texts, 25, strings.Join(texts, "\n"))
}
