package e2e_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/e2e/cluster"
	"github.com/parley-chat/parley/e2e/ferret"
	"github.com/parley-chat/parley/loadtest/client"
)

// entry waits for the entry of a conversation that is as wanted.
func (l *listener) entry(conversation, what string, wanted func(client.Event) bool) client.Delivery {
	l.t.Helper()
	var found client.Delivery
	eventually(l.t, soon, func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, d := range l.delivered {
			if d.ConversationID == conversation && wanted(d.Event) {
				found = d
				return true
			}
		}
		return false
	}, "%s", what)
	return found
}

// changesBothWays is what can be done to messages, through one API node and seen live at the other's gateway.
func changesBothWays(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	ann, bob := signUp(t, c.API(1), "ann"), signUp(t, c.API(2), "bob")
	conversation := direct(t, ann, bob)
	ears := []*listener{
		listenAt(t, ann, c.API(1), c.Gateway(1)), listenAt(t, bob, c.API(2), c.Gateway(2)), listenAt(t, bob, c.API(1), c.Gateway(3)),
	}
	m := say(t, ann, conversation, "one")
	hear := func(kind string) {
		t.Helper()
		for _, ear := range ears {
			d := ear.entry(conversation, kind+" at "+ear.Node(), func(e client.Event) bool { return e.Type == kind })
			require.Equal(t, client.Live, d.Source)
		}
	}
	same := func(want client.Message) {
		t.Helper()
		for _, s := range []*client.Session{ann, bob} {
			got, err := s.Message(t.Context(), conversation, m.ID)
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
		written, err := ann.Conversation(t.Context(), conversation)
		require.NoError(t, err)
		for _, ear := range ears {
			eventually(t, soon, func() bool { return int64(len(ear.Log(conversation))) == written.LastSeq }, "the whole log")
			require.Equal(t, want, client.Fold(ear.Log(conversation)).Messages[m.ID])
		}
	}

	edited, err := ann.Edit(t.Context(), conversation, m.ID, "two <@"+bob.User().ID+">")
	require.NoError(t, err)
	hear("message.updated")
	same(edited)
	one, err := bob.Conversation(t.Context(), conversation)
	require.NoError(t, err)
	require.Equal(t, [2]int64{1, 1}, [2]int64{one.Unread, one.Mentions})

	_, err = bob.React(t.Context(), conversation, m.ID, "👍🏽")
	require.NoError(t, err)
	both, err := ann.React(t.Context(), conversation, m.ID, "👍🏽")
	require.NoError(t, err)
	hear("reaction.added")
	same(both)
	less, err := bob.Unreact(t.Context(), conversation, m.ID, "👍🏽")
	require.NoError(t, err)
	hear("reaction.removed")
	same(less)

	pinned, err := bob.Pin(t.Context(), conversation, m.ID)
	require.NoError(t, err)
	hear("message.pinned")
	same(pinned)
	pins, err := ann.Pins(t.Context(), conversation)
	require.NoError(t, err)
	require.Equal(t, []client.Message{pinned}, pins)

	require.Equal(t, http.StatusForbidden, refusal(t, bob.Delete(t.Context(), conversation, m.ID)).Status)
	require.NoError(t, ann.Delete(t.Context(), conversation, m.ID))
	hear("message.deleted")
	gone, err := bob.Message(t.Context(), conversation, m.ID)
	require.NoError(t, err)
	require.NotNil(t, gone.DeletedAt)
	require.Empty(t, gone.Text)
	same(gone)
	pins, err = ann.Pins(t.Context(), conversation)
	require.NoError(t, err)
	require.Empty(t, pins)
	log, err := bob.AllEvents(t.Context(), conversation, 0)
	require.NoError(t, err)
	for _, e := range log {
		if e.Message != nil {
			require.Empty(t, e.Message.Text, "no entry tells what was deleted: %s", e.Type)
		}
	}
}

func TestChangesAcrossNodes(t *testing.T) { changesBothWays(t, shared(t)) }

func TestChangesOverMongo(t *testing.T) {
	changesBothWays(t, own(t, "PARLEY_DATABASE_URL="+ferret.Start(t)+"parley"))
}

// What is changed while Redis is away is live within two seconds as well.
func TestChangesWithoutRedis(t *testing.T) {
	c := own(t, "PARLEY_MESSAGE_RATE=0")
	ann, bob := signUp(t, c.Base(), "ann"), signUp(t, c.Base(), "bob")
	conversation := direct(t, ann, bob)
	ear := listenAt(t, bob, c.Base(), c.Gateway(2))
	m := say(t, ann, conversation, "one")
	ear.delivery(m.ID)
	require.NoError(t, c.Kill("redis"))
	edited, err := ann.Edit(t.Context(), conversation, m.ID, "two")
	require.NoError(t, err)
	d := ear.entry(conversation, "the edit", func(e client.Event) bool { return e.Type == "message.updated" })
	require.Equal(t, client.Live, d.Source)
	require.Equal(t, "two", d.Message.Text)
	_, err = ann.React(t.Context(), conversation, m.ID, "🎉")
	require.NoError(t, err)
	ear.entry(conversation, "the reaction", func(e client.Event) bool { return e.Type == "reaction.added" && e.Emoji == "🎉" })
	require.Equal(t, edited.Text, client.Fold(ear.Log(conversation)).Messages[m.ID].Text)
}
