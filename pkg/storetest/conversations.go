package storetest

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
)

func testConversations(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	users := userIDs(3)
	first := creation(now(), users...)
	first.Created.AvatarURL = "/g"
	commit(t, s, first)
	want := first.Conversation()
	got, err := s.Conversation(ctx, first.ConversationID)
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.Equal(t, 3, got.MemberCount)
	require.Empty(t, got.LastMessageID)

	second, third := message(first, 2, users[0]), message(first, 3, users[1])
	commit(t, s, second)
	want.Head = second.Head()
	got, err = s.Conversation(ctx, first.ConversationID)
	require.NoError(t, err)
	require.Equal(t, want, got)
	commit(t, s, third, message(first, 4, users[1]), message(first, 5, users[2]))
	got, err = s.Conversation(ctx, first.ConversationID)
	require.NoError(t, err)
	require.EqualValues(t, 5, got.LastSeq)
	require.NotEqual(t, third.Message.ID, got.LastMessageID)

	direct := creation(now(), users[0], users[1])
	direct.ConversationID = chat.DirectID(users[0], users[1])
	direct.Created.Type, direct.Created.Title = chat.Direct, ""
	hello := message(direct, 2, users[0])
	commit(t, s, direct, hello)
	want = direct.Conversation()
	want.Head = hello.Head()

	some, err := s.ConversationsByID(ctx, []chat.ConversationID{direct.ConversationID, chat.NewID[chat.ConversationID](), first.ConversationID})
	require.NoError(t, err)
	require.ElementsMatch(t, []chat.Conversation{want, got}, some)
	none, err := s.ConversationsByID(ctx, nil)
	require.NoError(t, err)
	require.Empty(t, none)
	_, err = s.Conversation(ctx, chat.NewID[chat.ConversationID]())
	require.ErrorIs(t, err, chat.ErrNotFound)
}

func testOtherKinds(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	since := now()
	users := userIDs(2)
	first := creation(since, users...)
	second, fifth := message(first, 2, users[0]), message(first, 5, users[0])
	head := func(e chat.Entry, last chat.Entry) chat.Head {
		return last.Head().Then(e.Head())
	}
	third, sixth := noted(first, 3, users[1]), noted(first, 6, users[1])
	commit(t, s, first)
	commit(t, s, second)
	commit(t, s, third)
	requireDerived(t, s, first, head(third, second))
	commit(t, s, noted(first, 4, users[1]), fifth, sixth)
	requireDerived(t, s, first, head(sixth, fifth))

	before := head(third, second)
	h.Rewind(t, first.ConversationID, &before)
	last := noted(first, 7, users[1])
	commit(t, s, last)
	requireDerived(t, s, first, head(last, fifth))
	for _, to := range []*chat.Head{nil, &before} {
		h.Rewind(t, first.ConversationID, to)
		healTogether(t, since, s)
		requireDerived(t, s, first, head(last, fifth))
	}

	messages, err := s.Messages(ctx, chat.MessageQuery{ConversationID: first.ConversationID, Limit: 10})
	require.NoError(t, err)
	require.Equal(t, []chat.Message{*second.Message, *fifth.Message}, messages)
	unread, err := s.Unread(ctx, users[1], []chat.ReadPosition{{ConversationID: first.ConversationID, Seq: 1}})
	require.NoError(t, err)
	require.EqualValues(t, 2, unread[first.ConversationID])
	entries := requireWhole(t, s, first.ConversationID, 7)
	require.Equal(t, last, entries[6])
}

func testConversationPages(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	me, other := chat.NewID[chat.UserID](), chat.NewID[chat.UserID]()
	at := now()
	var want []chat.Conversation
	for i := range 7 {
		// Some have the same time.
		first, _ := conversationOf(t, s, at+chat.Time(i/2*10), i%2, me, other)
		c, err := s.Conversation(ctx, first.ConversationID)
		require.NoError(t, err)
		want = append(want, c)
	}
	conversationOf(t, s, at, 1, other)
	slices.SortFunc(want, func(a, b chat.Conversation) int {
		if a.LastActivityAt != b.LastActivityAt {
			return int(b.LastActivityAt - a.LastActivityAt)
		}
		return strings.Compare(string(b.ID), string(a.ID))
	})
	for _, limit := range []int{1, 3, 100} {
		var got []chat.Conversation
		var after chat.ConversationCursor
		for {
			page, err := s.ConversationsOf(ctx, me, after, limit)
			require.NoError(t, err)
			require.LessOrEqual(t, len(page), limit)
			got = append(got, page...)
			if len(page) < limit {
				break
			}
			last := page[len(page)-1]
			after = chat.ConversationCursor{LastActivityAt: last.LastActivityAt, ID: last.ID}
		}
		require.Equal(t, want, got, "limit %d", limit)
	}
	none, err := s.ConversationsOf(ctx, chat.NewID[chat.UserID](), chat.ConversationCursor{}, 10)
	require.NoError(t, err)
	require.Empty(t, none)
}
