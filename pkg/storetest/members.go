package storetest

import (
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
)

func testMembers(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	users := userIDs(30)
	big, small, solo := creation(now(), users...), creation(now(), users[3], users[1]), creation(now(), users[5])
	commit(t, s, big, small, solo)

	member, err := s.Member(ctx, small.ConversationID, users[1])
	require.NoError(t, err)
	require.Equal(t, small.Members()[1], member)
	for _, who := range []chat.UserID{users[2], chat.NewID[chat.UserID]()} {
		_, err = s.Member(ctx, small.ConversationID, who)
		require.ErrorIs(t, err, chat.ErrNotFound)
	}
	_, err = s.Member(ctx, chat.NewID[chat.ConversationID](), users[1])
	require.ErrorIs(t, err, chat.ErrNotFound)

	joined := func(e chat.Entry) []chat.Member {
		members := e.Members()
		slices.SortFunc(members, func(a, b chat.Member) int {
			if a.UserID < b.UserID {
				return -1
			}
			return 1
		})
		return members
	}
	ids := []chat.ConversationID{big.ConversationID, chat.NewID[chat.ConversationID](), solo.ConversationID, small.ConversationID}
	for _, limit := range []int{1, 2, 10, 30, 100} {
		want := map[chat.ConversationID][]chat.Member{}
		for _, e := range []chat.Entry{big, small, solo} {
			members := joined(e)
			want[e.ConversationID] = members[:min(limit, len(members))]
		}
		got, err := s.MembersOf(ctx, ids, limit)
		require.NoError(t, err)
		require.Equal(t, want, got, "limit %d", limit)
	}
	none, err := s.MembersOf(ctx, nil, 10)
	require.NoError(t, err)
	require.Empty(t, none)

	among, err := s.MembersAmong(ctx, small.ConversationID, []chat.UserID{users[1], users[2], users[3], chat.NewID[chat.UserID]()})
	require.NoError(t, err)
	require.ElementsMatch(t, small.Members(), among)
	among, err = s.MembersAmong(ctx, small.ConversationID, nil)
	require.NoError(t, err)
	require.Empty(t, among)
	_, err = s.MembersAmong(ctx, small.ConversationID, make([]chat.UserID, 1001))
	require.Error(t, err)

	memberships, err := s.Memberships(ctx, users[5])
	require.NoError(t, err)
	want := []chat.Member{big.Members()[5], solo.Members()[0]}
	slices.SortFunc(want, func(a, b chat.Member) int {
		if a.ConversationID < b.ConversationID {
			return -1
		}
		return 1
	})
	require.Equal(t, want, memberships)
	memberships, err = s.Memberships(ctx, chat.NewID[chat.UserID]())
	require.NoError(t, err)
	require.Empty(t, memberships)
}

func testAdvanceRead(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	users := userIDs(2)
	first, _ := conversationOf(t, s, now(), 9, users...)
	id := first.ConversationID
	for _, step := range []struct {
		to, want int64
		moved    bool
	}{{5, 5, true}, {3, 5, false}, {5, 5, false}, {0, 5, false}, {9, 9, true}} {
		seq, moved, err := s.AdvanceRead(ctx, users[0], chat.ReadPosition{ConversationID: id, Seq: step.to})
		require.NoError(t, err)
		require.Equal(t, step.want, seq, "%+v", step)
		require.Equal(t, step.moved, moved, "%+v", step)
		m, err := s.Member(ctx, id, users[0])
		require.NoError(t, err)
		require.Equal(t, step.want, m.ReadSeq)
	}
	m, err := s.Member(ctx, id, users[1])
	require.NoError(t, err)
	require.EqualValues(t, 1, m.ReadSeq, "the other's stays")
	for _, at := range []chat.ReadPosition{{ConversationID: id, Seq: 2}, {ConversationID: chat.NewID[chat.ConversationID](), Seq: 2}} {
		_, _, err = s.AdvanceRead(ctx, chat.NewID[chat.UserID](), at)
		require.ErrorIs(t, err, chat.ErrNotFound)
	}
}

func testAdvanceReadRace(t *testing.T, h Harness) {
	const steps = 40
	nodes := []Store{h.open(t), h.open(t)}
	user := userIDs(1)[0]
	first := creation(now(), user)
	commit(t, nodes[0], first)
	var all sync.WaitGroup
	for i := range steps {
		all.Go(func() {
			at := chat.ReadPosition{ConversationID: first.ConversationID, Seq: int64(i*17%steps + 2)}
			seq, _, err := nodes[i%2].AdvanceRead(during(t), user, at)
			if err != nil || seq < at.Seq {
				t.Errorf("to %d: at %d, %v", at.Seq, seq, err)
			}
		})
	}
	all.Wait()
	m, err := nodes[0].Member(during(t), first.ConversationID, user)
	require.NoError(t, err)
	require.EqualValues(t, steps+1, m.ReadSeq)
}

func testUnread(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	users := userIDs(2)
	me, other := users[0], users[1]
	a, b, c := creation(now(), users...), creation(now(), users...), creation(now(), users...)
	commit(t, s, a, b, c,
		message(a, 2, other), message(a, 3, me), message(a, 4, other), message(a, 5, other),
		message(b, 2, me), message(b, 3, me),
		message(c, 2, other))
	from := func(seqA, seqB, seqC int64) []chat.ReadPosition {
		return []chat.ReadPosition{
			{ConversationID: a.ConversationID, Seq: seqA},
			{ConversationID: b.ConversationID, Seq: seqB},
			{ConversationID: c.ConversationID, Seq: seqC},
			{ConversationID: chat.NewID[chat.ConversationID](), Seq: 0},
		}
	}
	type counts = map[chat.ConversationID]int64
	for _, test := range []struct {
		from []chat.ReadPosition
		want counts
	}{
		{from(0, 0, 0), counts{a.ConversationID: 3, c.ConversationID: 1}},
		{from(1, 1, 1), counts{a.ConversationID: 3, c.ConversationID: 1}},
		{from(2, 1, 2), counts{a.ConversationID: 2}},
		{from(4, 3, 2), counts{a.ConversationID: 1}},
		{from(5, 3, 2), counts{}},
		{from(9, 9, 1), counts{c.ConversationID: 1}},
		{nil, counts{}},
	} {
		got, err := s.Unread(ctx, me, test.from)
		require.NoError(t, err)
		require.Len(t, got, len(test.want))
		for id, n := range test.want {
			require.Equal(t, n, got[id])
		}
	}
	got, err := s.Unread(ctx, other, from(1, 1, 1))
	require.NoError(t, err)
	require.Equal(t, counts{a.ConversationID: 1, b.ConversationID: 2}, got)
}
