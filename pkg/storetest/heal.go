package storetest

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
)

// requireDerived expects all that is derived from the log of first to be there.
func requireDerived(t testing.TB, s Store, first chat.Entry, last chat.Head) {
	t.Helper()
	want := first.Conversation()
	want.Head = last
	got, err := s.Conversation(during(t), first.ConversationID)
	require.NoError(t, err)
	require.Equal(t, want, got)
	members, err := s.MembersOf(during(t), []chat.ConversationID{first.ConversationID}, 100)
	require.NoError(t, err)
	require.ElementsMatch(t, first.Members(), members[first.ConversationID])
}

// healTogether heals on every node at once.
func healTogether(t *testing.T, since chat.Time, nodes ...Store) (healed int) {
	t.Helper()
	counts := make([]int, len(nodes))
	var all sync.WaitGroup
	for i, s := range nodes {
		all.Go(func() {
			n, err := s.Heal(during(t), since)
			if err != nil {
				t.Errorf("heal: %v", err)
			}
			counts[i] = n
		})
	}
	all.Wait()
	for _, n := range counts {
		healed += n
	}
	return healed
}

func testHealMissing(t *testing.T, h Harness) {
	a, b := h.open(t), h.open(t)
	since := now()
	first := creation(since, userIDs(3)...)
	commit(t, a, first)
	busy, messages := conversationOf(t, a, since, 3, userIDs(2)...)
	whole, wholeMessages := conversationOf(t, a, since, 1, userIDs(2)...)
	for _, id := range []chat.ConversationID{first.ConversationID, busy.ConversationID} {
		h.Rewind(t, id, nil)
		_, err := a.Conversation(during(t), id)
		require.ErrorIs(t, err, chat.ErrNotFound)
		_, err = a.Member(during(t), id, first.SenderID)
		require.ErrorIs(t, err, chat.ErrNotFound)
	}
	require.GreaterOrEqual(t, healTogether(t, since, a, b), 2)
	for range 2 {
		requireDerived(t, b, first, first.Head())
		requireDerived(t, b, busy, headOf(messages))
		requireDerived(t, b, whole, headOf(wholeMessages))
		require.Zero(t, healTogether(t, since, a, b), "nothing is left to do")
	}
}

// headOf is the head after messages.
func headOf(messages []chat.Message) chat.Head {
	last := messages[len(messages)-1]
	return chat.Head{LastSeq: last.Seq, LastMessageID: last.ID, LastActivityAt: last.CreatedAt}
}

func testHealBehind(t *testing.T, h Harness) {
	a, b := h.open(t), h.open(t)
	since := now()
	first, messages := conversationOf(t, a, since, 5, userIDs(2)...)
	_, moved, err := a.AdvanceRead(during(t), first.SenderID, chat.ReadPosition{ConversationID: first.ConversationID, Seq: 4})
	require.NoError(t, err)
	require.True(t, moved)
	for _, to := range []chat.Head{first.Head(), headOf(messages[:1]), headOf(messages[:4])} {
		h.Rewind(t, first.ConversationID, &to)
		c, err := a.Conversation(during(t), first.ConversationID)
		require.NoError(t, err)
		require.Equal(t, to, c.Head)
		require.Positive(t, healTogether(t, since, a, b))
		c, err = b.Conversation(during(t), first.ConversationID)
		require.NoError(t, err)
		require.Equal(t, headOf(messages), c.Head)
		require.Zero(t, healTogether(t, since, a, b))
	}
	m, err := a.Member(during(t), first.ConversationID, first.SenderID)
	require.NoError(t, err)
	require.EqualValues(t, 4, m.ReadSeq, "healing undoes nothing")
}

func testHealSince(t *testing.T, h Harness) {
	s := h.open(t)
	at := now()
	first, messages := conversationOf(t, s, at, 2, userIDs(2)...)
	before := first.Head()
	h.Rewind(t, first.ConversationID, &before)
	last := headOf(messages)
	healed, err := s.Heal(during(t), last.LastActivityAt+1)
	require.NoError(t, err)
	require.Zero(t, healed)
	healed, err = s.Heal(during(t), last.LastActivityAt)
	require.NoError(t, err)
	require.Equal(t, 1, healed)
	requireDerived(t, s, first, last)
}

func testCommitMends(t *testing.T, h Harness) {
	s := h.open(t)
	missing, _ := conversationOf(t, s, now(), 2, userIDs(2)...)
	behind, _ := conversationOf(t, s, now(), 2, userIDs(2)...)
	h.Rewind(t, missing.ConversationID, nil)
	head := behind.Head()
	h.Rewind(t, behind.ConversationID, &head)
	for _, first := range []chat.Entry{missing, behind} {
		next := message(first, 4, first.SenderID)
		commit(t, s, next)
		requireDerived(t, s, first, next.Head())
	}
}

func testLastEntryAt(t *testing.T, h Harness) {
	s := h.open(t)
	at, err := s.LastEntryAt(during(t))
	require.NoError(t, err)
	require.Zero(t, at)
	_, messages := conversationOf(t, s, now(), 2, userIDs(2)...)
	commit(t, s, creation(messages[0].CreatedAt-1000, userIDs(2)...))
	at, err = s.LastEntryAt(during(t))
	require.NoError(t, err)
	require.Equal(t, messages[len(messages)-1].CreatedAt, at)
}
