package service_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
)

func (w *world) mentions(t *testing.T, v service.Viewer, id chat.ConversationID) [2]int64 {
	t.Helper()
	view, err := w.conversations.Get(t.Context(), v, id)
	require.NoError(t, err)
	return [2]int64{view.Unread, view.Mentions}
}

func at(v service.Viewer) string { return "<@" + string(v.UserID) + ">" }

func TestMentions(t *testing.T) {
	w := newWorld(t)
	id := w.group(t)
	stranger := w.signUp(t, "Mallory")
	m := w.send(t, w.eve, id, at(w.bob)+at(stranger)+" hello "+at(w.bob)+at(w.eve))
	require.Equal(t, []chat.UserID{w.bob.UserID, w.eve.UserID}, m.Mentions)
	require.False(t, m.MentionsAll)
	require.Equal(t, [2]int64{1, 1}, w.mentions(t, w.bob, id))
	require.Equal(t, [2]int64{1, 0}, w.mentions(t, w.ada, id))
	require.Equal(t, [2]int64{0, 0}, w.mentions(t, w.eve, id), "one's own")

	_, _, err := w.messages.Send(t.Context(), w.eve, id, service.NewMessage{ClientID: "k", Text: "<@all>"})
	requireCode(t, service.CodeForbidden, err)
	_, _, err = w.messages.Edit(t.Context(), w.eve, id, m.ID, "<@all>")
	requireCode(t, service.CodeForbidden, err)
	all := w.send(t, w.bob, id, "<@all> "+at(w.ada))
	require.True(t, all.MentionsAll)
	require.Equal(t, [2]int64{2, 1}, w.mentions(t, w.ada, id), "twice in one message is one")
	require.Equal(t, [2]int64{1, 1}, w.mentions(t, w.eve, id))

	_, _, err = w.messages.Edit(t.Context(), w.eve, id, m.ID, "hello "+at(w.ada))
	require.NoError(t, err)
	require.Equal(t, [2]int64{2, 2}, w.mentions(t, w.ada, id))
	require.Equal(t, [2]int64{1, 0}, w.mentions(t, w.bob, id), "an edit takes a mention away")
	_, err = w.messages.Delete(t.Context(), w.bob, id, m.ID)
	require.NoError(t, err)
	require.Equal(t, [2]int64{2, 1}, w.mentions(t, w.ada, id), "a tombstone is unread, and mentions nobody")
	_, err = w.conversations.MarkRead(t.Context(), w.ada, chat.ReadPosition{ConversationID: id, Seq: all.Seq})
	require.NoError(t, err)
	require.Equal(t, [2]int64{0, 0}, w.mentions(t, w.ada, id))
}

func TestBlocksAndMessages(t *testing.T) {
	w := newWorld(t)
	group, direct := w.group(t), w.direct(t, w.ada, w.eve)
	mine := w.send(t, w.ada, direct, "mine")
	_, _, err := w.messages.React(t.Context(), w.ada, direct, mine.ID, "👍")
	require.NoError(t, err)
	require.NoError(t, w.store.CreateBlock(t.Context(), chat.Block{UserID: w.eve.UserID, BlockedID: w.ada.UserID, CreatedAt: 1}))
	m := w.send(t, w.ada, group, at(w.eve)+at(w.bob))
	require.Equal(t, []chat.UserID{w.bob.UserID}, m.Mentions, "eve wants nothing from ada")
	m = w.send(t, w.eve, group, at(w.ada))
	require.Equal(t, []chat.UserID{w.ada.UserID}, m.Mentions, "who blocks may be answered")

	_, _, err = w.messages.Edit(t.Context(), w.ada, direct, mine.ID, "a way around it")
	requireCode(t, service.CodeBlocked, err)
	_, _, err = w.messages.React(t.Context(), w.ada, direct, mine.ID, "🎉")
	requireCode(t, service.CodeBlocked, err)
	_, _, err = w.messages.Pin(t.Context(), w.ada, direct, mine.ID)
	requireCode(t, service.CodeBlocked, err)
	_, _, err = w.messages.Unreact(t.Context(), w.ada, direct, mine.ID, "👍")
	require.NoError(t, err)
	_, err = w.messages.Delete(t.Context(), w.ada, direct, mine.ID)
	require.NoError(t, err, "one's own can be taken back")
}

func TestForward(t *testing.T) {
	w := newWorld(t)
	group, direct, secret := w.group(t), w.direct(t, w.ada, w.eve), w.direct(t, w.bob, w.eve)
	sent, _, err := w.messages.Send(t.Context(), w.bob, group, service.NewMessage{ClientID: "o", Text: "see " + at(w.eve), UploadIDs: []chat.UploadID{"u1"}})
	require.NoError(t, err)
	forward := func(key string, from chat.Message, by service.Viewer, to chat.ConversationID) (service.Sent, error) {
		ref := service.MessageRef{ConversationID: from.ConversationID, MessageID: from.ID}
		sent, _, err := w.messages.Send(t.Context(), by, to, service.NewMessage{ClientID: key, ForwardOf: &ref})
		return sent, err
	}
	copied, err := forward("f", sent.Message, w.ada, direct)
	require.NoError(t, err)
	require.Equal(t, sent.Message.Text, copied.Message.Text)
	require.Equal(t, sent.Message.Attachments, copied.Message.Attachments)
	require.Equal(t, w.bob.UserID, copied.Message.ForwardedFrom.SenderID)
	require.Empty(t, copied.Message.Mentions, "a copy mentions nobody")
	again, err := forward("g", copied.Message, w.eve, secret)
	require.NoError(t, err)
	require.Equal(t, w.bob.UserID, again.Message.ForwardedFrom.SenderID, "whose words they are stays")
	_, _, err = w.messages.Edit(t.Context(), w.eve, secret, again.Message.ID, "I never said that")
	requireCode(t, service.CodeForbidden, err)

	hidden := w.send(t, w.eve, secret, "psst")
	_, err = forward("h", hidden, w.ada, direct)
	requireCode(t, service.CodeValidation, err)
	elsewhere := hidden
	elsewhere.ConversationID = direct
	_, err = forward("h", elsewhere, w.ada, direct)
	requireCode(t, service.CodeValidation, err)

	_, err = w.messages.Delete(t.Context(), w.bob, group, sent.Message.ID)
	require.NoError(t, err)
	_, err = forward("h", sent.Message, w.ada, direct)
	requireCode(t, service.CodeValidation, err)
	first, err := forward("f", sent.Message, w.ada, direct)
	require.NoError(t, err, "a repeat gets the first result, though the original is gone")
	require.False(t, first.Created)
	require.Equal(t, copied.Message, first.Message)

	ref := service.MessageRef{ConversationID: direct, MessageID: copied.Message.ID}
	for name, in := range map[string]service.NewMessage{
		"with text":    {ClientID: "k", ForwardOf: &ref, Text: "x"},
		"with uploads": {ClientID: "k", ForwardOf: &ref, UploadIDs: []chat.UploadID{"u1"}},
		"as reply":     {ClientID: "k", ForwardOf: &ref, ReplyTo: &copied.Message.ID},
		"of nonsense":  {ClientID: "k", ForwardOf: &service.MessageRef{ConversationID: "../..", MessageID: "x"}},
	} {
		_, _, err := w.messages.Send(t.Context(), w.ada, direct, in)
		requireCode(t, service.CodeValidation, err)
		require.Error(t, err, name)
	}
}
