package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
)

func testMemberSettings(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	users := userIDs(2)
	first, _ := conversationOf(t, s, now(), 3, users...)
	id := first.ConversationID
	want, err := s.Member(ctx, id, users[0])
	require.NoError(t, err)
	until, seq, yes, no, never := now(), int64(3), true, false, chat.Time(0)
	for _, step := range []struct {
		patch  chat.MemberPatch
		change func(m *chat.Member)
	}{
		{chat.MemberPatch{}, func(*chat.Member) {}},
		{chat.MemberPatch{MutedUntil: &until}, func(m *chat.Member) { m.MutedUntil = until }},
		{chat.MemberPatch{ArchivedSeq: &seq, Pinned: &yes}, func(m *chat.Member) { m.ArchivedSeq, m.Pinned = seq, true }},
		{chat.MemberPatch{MarkedUnread: &yes}, func(m *chat.Member) { m.MarkedUnread = true }},
		{chat.MemberPatch{MutedUntil: &never, Pinned: &no, MarkedUnread: &no}, func(m *chat.Member) { m.MutedUntil, m.Pinned, m.MarkedUnread = 0, false, false }},
	} {
		step.change(&want)
		got, err := s.UpdateMember(ctx, id, users[0], step.patch)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	mine, err := s.Memberships(ctx, users[0])
	require.NoError(t, err)
	require.Equal(t, []chat.Member{want}, mine)
	other, err := s.Member(ctx, id, users[1])
	require.NoError(t, err)
	require.Zero(t, other.MemberSettings, "the other's stay")
	_, err = s.UpdateMember(ctx, id, chat.NewID[chat.UserID](), chat.MemberPatch{Pinned: &yes})
	require.ErrorIs(t, err, chat.ErrNotFound)
}

func testAdvanceDelivered(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	users := userIDs(2)
	a, _ := conversationOf(t, s, now(), 9, users...)
	b, _ := conversationOf(t, s, now(), 9, users...)
	foreign, _ := conversationOf(t, s, now(), 2, users[1])
	at := func(id chat.ConversationID, seq int64) chat.ReadPosition {
		return chat.ReadPosition{ConversationID: id, Seq: seq}
	}
	for _, step := range []struct {
		to           []chat.ReadPosition
		wantA, wantB int64
	}{
		{nil, 0, 0},
		{[]chat.ReadPosition{at(a.ConversationID, 5), at(b.ConversationID, 2)}, 5, 2},
		{[]chat.ReadPosition{at(a.ConversationID, 3), at(b.ConversationID, 7), at(foreign.ConversationID, 2)}, 5, 7},
		{[]chat.ReadPosition{at(chat.NewID[chat.ConversationID](), 1), at(a.ConversationID, 9)}, 9, 7},
	} {
		require.NoError(t, s.AdvanceDelivered(ctx, users[0], step.to))
		for id, want := range map[chat.ConversationID]int64{a.ConversationID: step.wantA, b.ConversationID: step.wantB} {
			m, err := s.Member(ctx, id, users[0])
			require.NoError(t, err)
			require.Equal(t, want, m.DeliveredSeq)
			require.EqualValues(t, 1, m.ReadSeq)
		}
	}
	m, err := s.Member(ctx, foreign.ConversationID, users[1])
	require.NoError(t, err)
	require.Zero(t, m.DeliveredSeq)
}
