package e2e_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/loadtest/client"
)

// pair is two people with two devices each, on different gateways.
type pair struct {
	ann, bob       *client.Session
	annAt, bobAt   []*listener
	conversationID string
}

func newPair(t *testing.T) pair {
	t.Helper()
	c := shared(t)
	p := pair{ann: signUp(t, c.API(1), "ann"), bob: signUp(t, c.API(2), "bob")}
	p.conversationID = direct(t, p.ann, p.bob)
	for i := range 2 {
		p.annAt = append(p.annAt, listenAt(t, p.ann, c.API(1+i), c.Gateway(1+i)))
		p.bobAt = append(p.bobAt, listenAt(t, p.bob, c.API(2-i), c.Gateway(2+i)))
	}
	return p
}

// hear waits until all of the devices have heard a frame that is as wanted.
func hear(devices []*listener, kind string, wanted func(client.Frame) bool) {
	for _, device := range devices {
		device.t.Helper()
		device.frame(soon, 0, kind, func(f client.Frame) bool { return f.Type == kind && wanted(f) })
	}
}

// deaf expects that none of the devices has heard a frame of a kind, once a later message has come.
func (p pair) deaf(t *testing.T, devices []*listener, kinds ...string) {
	t.Helper()
	fence := say(t, p.bob, p.conversationID, "a fence")
	for _, device := range devices {
		device.delivery(fence.ID)
		require.False(t, slices.ContainsFunc(device.all(), func(f client.Frame) bool { return slices.Contains(kinds, f.Type) }))
	}
}

// TestSettingsAreOnesOwn: what one sets for a conversation shows on one's other devices, whatever node they are on, and on
// nobody else's; a new message brings it out of the archive, unless it is muted.
func TestSettingsAreOnesOwn(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	set := func(settings map[string]any) {
		t.Helper()
		_, err := p.bob.Configure(t.Context(), p.conversationID, settings)
		require.NoError(t, err)
	}
	set(map[string]any{"archived": true, "pinned": true})
	hear(p.bobAt, "conversation.settings", func(f client.Frame) bool { return f.Archived && f.Pinned && f.MutedUntil == nil })
	say(t, p.ann, p.conversationID, "out of the archive")
	shown, err := p.bob.Conversation(t.Context(), p.conversationID)
	require.NoError(t, err)
	require.False(t, shown.Archived)
	require.True(t, shown.Pinned)
	total, err := p.bob.Unread(t.Context())
	require.NoError(t, err)
	require.Equal(t, client.UnreadTotal{UnreadCounts: client.UnreadCounts{Unread: 1, Conversations: 1}}, total)

	set(map[string]any{"archived": true, "mutedUntil": "9999-12-31T23:59:59.999Z"})
	hear(p.bobAt, "conversation.settings", func(f client.Frame) bool { return f.Archived && f.MutedUntil != nil })
	say(t, p.ann, p.conversationID, "into the archive")
	shown, err = p.bob.Conversation(t.Context(), p.conversationID)
	require.NoError(t, err)
	require.True(t, shown.Archived)
	total, err = p.bob.Unread(t.Context())
	require.NoError(t, err)
	require.Equal(t, client.UnreadTotal{Muted: client.UnreadCounts{Unread: 2, Conversations: 1}}, total)

	set(map[string]any{"markedUnread": true})
	hear(p.bobAt, "conversation.settings", func(f client.Frame) bool { return f.MarkedUnread })
	_, err = p.bob.Read(t.Context(), p.conversationID, shown.LastSeq)
	require.NoError(t, err)
	hear(p.bobAt, "conversation.settings", func(f client.Frame) bool { return !f.MarkedUnread && f.MutedUntil != nil })
	total, err = p.bob.Unread(t.Context())
	require.NoError(t, err)
	require.Zero(t, total)
	p.deaf(t, p.annAt, "conversation.settings")

	found, err := p.bob.FindConversations(t.Context(), p.ann.User().FullName)
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Equal(t, p.conversationID, found[0].ID)
}

// TestDeliveredIsToldToTheOthers: what one device has got, the other person's devices hear of, and read of a later look.
func TestDeliveredIsToldToTheOthers(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	m := say(t, p.ann, p.conversationID, "did it arrive?")
	for range 2 { // again is no news
		require.NoError(t, p.bob.Delivered(t.Context(), map[string]int64{p.conversationID: m.Seq}))
	}
	hear(p.annAt, "delivered", func(f client.Frame) bool {
		return f.ConversationID == p.conversationID && f.UserID == p.bob.User().ID && f.Seq == m.Seq
	})
	shown, err := p.ann.Conversation(t.Context(), p.conversationID)
	require.NoError(t, err)
	for _, member := range shown.Members {
		if member.UserID == p.bob.User().ID {
			require.Equal(t, m.Seq, member.DeliveredSeq)
			require.Less(t, member.ReadSeq, m.Seq)
		}
	}
}

// TestReceiptsOfAGroup: each member's devices hear how far the others have got and read, whatever gateways they are on, and every node
// tells the same positions, from which clients make the ticks: a message is read when the last one has read it.
func TestReceiptsOfAGroup(t *testing.T) {
	t.Parallel()
	c := shared(t)
	ann, bob, cyd := signUp(t, c.API(1), "ann"), signUp(t, c.API(2), "bob"), signUp(t, c.API(1), "cyd")
	group, err := ann.Group(t.Context(), "Readers", bob.User().ID, cyd.User().ID)
	require.NoError(t, err)
	anns := []*listener{listenAt(t, ann, c.API(1), c.Gateway(1)), listenAt(t, ann, c.API(2), c.Gateway(2))}
	cyds := []*listener{listenAt(t, cyd, c.API(2), c.Gateway(3))}
	var last int64
	for range 20 { // a burst is acknowledged at once
		last = say(t, ann, group.ID, "look here").Seq
	}
	heard := func(kind string, who *client.Session, by ...*listener) {
		t.Helper()
		hear(by, kind, func(f client.Frame) bool {
			return f.ConversationID == group.ID && f.UserID == who.User().ID && f.Seq == last
		})
	}
	// reached is how far the last of the others has got, and how far the last of them has read.
	reached := func() (positions [2]int64) {
		t.Helper()
		positions = [2]int64{last, last}
		for _, node := range []string{c.API(1), c.API(2)} {
			shown, err := ann.Via(reach(t, node)).Conversation(t.Context(), group.ID)
			require.NoError(t, err)
			for _, m := range shown.Members {
				if m.UserID != ann.User().ID {
					positions[0], positions[1] = min(positions[0], max(m.DeliveredSeq, m.ReadSeq)), min(positions[1], m.ReadSeq)
				}
			}
		}
		return positions
	}
	require.NoError(t, bob.Delivered(t.Context(), map[string]int64{group.ID: last}))
	heard("delivered", bob, append(cyds, anns...)...)
	require.Less(t, reached()[0], last, "cyd has it not yet")
	_, err = bob.Read(t.Context(), group.ID, last)
	require.NoError(t, err)
	heard("read", bob, append(cyds, anns...)...)
	require.NoError(t, cyd.Delivered(t.Context(), map[string]int64{group.ID: last}))
	heard("delivered", cyd, anns...)
	got := reached()
	require.Equal(t, last, got[0])
	require.Less(t, got[1], last, "cyd has not read it")
	_, err = cyd.Via(reach(t, c.API(2))).Read(t.Context(), group.ID, last)
	require.NoError(t, err)
	heard("read", cyd, append(cyds, anns...)...)
	require.Equal(t, [2]int64{last, last}, reached())
}

// TestBlockingCutsBothWays: neither can write to the other through any node, only the one who blocked knows of it, and
// afterwards all is as before.
func TestBlockingCutsBothWays(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	require.NoError(t, p.bob.Block(t.Context(), p.ann.User().ID))
	hear(p.bobAt, "user.blocked", func(f client.Frame) bool { return f.UserID == p.ann.User().ID })
	for _, s := range []*client.Session{p.ann, p.bob} {
		_, _, err := s.Send(t.Context(), p.conversationID, client.NewMessage{ClientID: "blocked", Text: "hello?"})
		require.Equal(t, http.StatusForbidden, refusal(t, err).Status)
		require.Equal(t, "blocked", refusal(t, err).Code)
	}
	group, err := p.bob.Group(t.Context(), "Elsewhere")
	require.NoError(t, err)
	require.Equal(t, "blocked", refusal(t, p.bob.AddMembers(t.Context(), group.ID, p.ann.User().ID)).Code)
	require.NoError(t, p.bob.Unblock(t.Context(), p.ann.User().ID))
	hear(p.bobAt, "user.unblocked", func(f client.Frame) bool { return f.UserID == p.ann.User().ID })
	m := say(t, p.ann, p.conversationID, "hello again")
	for _, device := range p.bobAt {
		device.delivery(m.ID)
		require.Equal(t, []string{"hello again"}, device.texts(p.conversationID))
	}
	p.deaf(t, p.annAt, "user.blocked", "user.unblocked")
}
