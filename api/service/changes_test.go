package service_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
)

// group writes the first entry of a group: ada owns it, bob is an admin, eve a member.
func (w *world) group(t *testing.T) chat.ConversationID {
	t.Helper()
	id := chat.NewID[chat.ConversationID]()
	results, err := w.store.Commit(t.Context(), []chat.Entry{{
		ConversationID: id, Seq: 1, Kind: chat.ConversationCreated, SenderID: w.ada.UserID, ClientID: chat.SystemClientID("created"), CreatedAt: chat.TimeOf(time.Now()),
		Created: &chat.Creation{Type: chat.Group, Title: "Crew", Members: []chat.NewMember{
			{UserID: w.ada.UserID, Role: chat.RoleOwner}, {UserID: w.bob.UserID, Role: chat.RoleAdmin}, {UserID: w.eve.UserID, Role: chat.RoleMember},
		}},
	}})
	require.NoError(t, err)
	require.NoError(t, results[0])
	return id
}

func (w *world) read(t *testing.T, v service.Viewer, m chat.Message) chat.Message {
	t.Helper()
	found, err := w.messages.Message(t.Context(), v, m.ConversationID, m.ID)
	require.NoError(t, err)
	return found
}

func TestEdit(t *testing.T) {
	w := newWorld(t)
	id := w.direct(t, w.ada, w.bob)
	m := w.send(t, w.ada, id, "one")
	edited, limit, err := w.messages.Edit(t.Context(), w.ada, id, m.ID, "two <@"+string(w.bob.UserID)+"> <@"+string(w.eve.UserID)+">")
	require.NoError(t, err)
	require.True(t, limit.Allowed)
	require.NotZero(t, edited.EditedAt)
	require.Equal(t, []chat.UserID{w.bob.UserID}, edited.Mentions, "eve is no member")
	require.Equal(t, edited, w.read(t, w.bob, m))

	again, limit, err := w.messages.Edit(t.Context(), w.ada, id, m.ID, edited.Text)
	require.NoError(t, err)
	require.Nil(t, limit, "what changes nothing does not count")
	require.Equal(t, edited, again)
	require.Equal(t, []string{"conversation.created 1", "message.created 2", "message.updated 3"}, w.published.heard(t, w.bob.UserID))

	page, err := w.conversations.Events(t.Context(), w.bob, id, 2, 10)
	require.NoError(t, err)
	require.Equal(t, edited.Text, page.Events[0].Message.Text)

	for name, text := range map[string]string{
		"nothing": "", "white space": " \n", "invisible": "\u200b\u2060", "too long": strings.Repeat("ä", chat.MaxText+1), "a zero": "a\x00b",
		"a crowd": crowd(chat.MaxMentions + 1),
	} {
		_, _, err := w.messages.Edit(t.Context(), w.ada, id, m.ID, text)
		requireCode(t, service.CodeValidation, err)
		_, _, err = w.messages.Send(t.Context(), w.ada, id, service.NewMessage{ClientID: "k", Text: text})
		requireCode(t, service.CodeValidation, err)
		require.Equal(t, edited, w.read(t, w.ada, m), name)
	}
	decomposed := "e\u0301 \x1b[31m\u0085 \u202etfel\u202c\r\n\t𝔘 \U000e0041"
	kept, _, err := w.messages.Edit(t.Context(), w.ada, id, m.ID, decomposed)
	require.NoError(t, err)
	require.Equal(t, decomposed, kept.Text, "text stays as it was written")
	_, _, err = w.messages.Edit(t.Context(), w.bob, id, m.ID, "mine")
	requireCode(t, service.CodeForbidden, err)
	_, _, err = w.messages.Edit(t.Context(), w.eve, id, m.ID, "mine")
	requireCode(t, service.CodeNotFound, err)
	w.quota.left.Store(0)
	_, _, err = w.messages.Edit(t.Context(), w.ada, id, m.ID, "three")
	requireCode(t, service.CodeRateLimited, err)
}

// crowd mentions n people.
func crowd(n int) string {
	var text strings.Builder
	for range n {
		fmt.Fprintf(&text, "<@%s>", chat.NewID[chat.UserID]())
	}
	return text.String()
}

func TestDelete(t *testing.T) {
	w := newWorld(t)
	id := w.group(t)
	mine, admins, members := w.send(t, w.ada, id, "owner's"), w.send(t, w.bob, id, "admin's"), w.send(t, w.eve, id, "member's")
	for _, m := range []chat.Message{mine, admins} {
		_, err := w.messages.Delete(t.Context(), w.eve, id, m.ID)
		requireCode(t, service.CodeForbidden, err)
	}
	_, _, err := w.messages.Edit(t.Context(), w.bob, id, mine.ID, "no")
	requireCode(t, service.CodeForbidden, err)
	_, _, err = w.messages.React(t.Context(), w.eve, id, members.ID, "👍")
	require.NoError(t, err)
	for range 2 {
		_, err = w.messages.Delete(t.Context(), w.eve, id, members.ID)
		require.NoError(t, err)
	}
	_, err = w.messages.Delete(t.Context(), w.bob, id, mine.ID)
	require.NoError(t, err, "an admin deletes the owner's")
	gone := w.read(t, w.ada, members)
	require.NotZero(t, gone.DeletedAt)
	require.Empty(t, gone.Text)
	require.Empty(t, gone.Reactions)

	_, _, err = w.messages.Edit(t.Context(), w.eve, id, members.ID, "back")
	requireCode(t, service.CodeForbidden, err)
	_, _, err = w.messages.React(t.Context(), w.ada, id, members.ID, "👍")
	requireCode(t, service.CodeForbidden, err)
	_, _, err = w.messages.Pin(t.Context(), w.ada, id, members.ID)
	requireCode(t, service.CodeForbidden, err)
	same, limit, err := w.messages.Unreact(t.Context(), w.eve, id, members.ID, "👍")
	require.NoError(t, err)
	require.Nil(t, limit)
	require.Equal(t, gone, same)
	last, err := w.store.LastSeq(t.Context(), id)
	require.NoError(t, err)
	require.EqualValues(t, 7, last, "repeats leave no entries")
}

func TestReactions(t *testing.T) {
	w := newWorld(t)
	id := w.direct(t, w.ada, w.bob)
	m := w.send(t, w.ada, id, "one")
	for _, v := range []service.Viewer{w.ada, w.bob, w.ada} {
		_, _, err := w.messages.React(t.Context(), v, id, m.ID, "👍🏽")
		require.NoError(t, err)
	}
	after, _, err := w.messages.Unreact(t.Context(), w.ada, id, m.ID, "👍🏽")
	require.NoError(t, err)
	require.Equal(t, map[string][]chat.UserID{"👍🏽": {w.bob.UserID}}, after.Reactions)
	require.Equal(t, after, w.read(t, w.bob, m))
	require.Equal(t, []string{"conversation.created 1", "message.created 2", "reaction.added 3", "reaction.added 4", "reaction.removed 5"}, w.published.heard(t, w.bob.UserID))

	for _, emoji := range []string{"", "a", "👍👍", "<b>", "1"} {
		_, _, err := w.messages.React(t.Context(), w.ada, id, m.ID, emoji)
		requireCode(t, service.CodeValidation, err)
	}
	_, _, err = w.messages.React(t.Context(), w.eve, id, m.ID, "👍")
	requireCode(t, service.CodeNotFound, err)
	for i := range chat.MaxReactions - 1 {
		_, _, err := w.messages.React(t.Context(), w.ada, id, m.ID, string(rune('😀'+i)))
		require.NoError(t, err)
	}
	_, _, err = w.messages.React(t.Context(), w.ada, id, m.ID, "🎉")
	requireCode(t, service.CodeConflict, err)
	_, _, err = w.messages.React(t.Context(), w.ada, id, m.ID, "👍🏽")
	require.NoError(t, err, "one that is there takes more")
}

// TestReactionsInAnyStyle: an emoji with the emoji style and without is one; those that were kept apart before there was such a rule are left
// as they are.
func TestReactionsInAnyStyle(t *testing.T) {
	w := newWorld(t)
	id := w.direct(t, w.ada, w.bob)
	m := w.send(t, w.ada, id, "one")
	react := func(v service.Viewer, emoji string) map[string][]chat.UserID {
		t.Helper()
		after, _, err := w.messages.React(t.Context(), v, id, m.ID, emoji)
		require.NoError(t, err)
		return after.Reactions
	}
	unreact := func(v service.Viewer, emoji string) map[string][]chat.UserID {
		t.Helper()
		after, _, err := w.messages.Unreact(t.Context(), v, id, m.ID, emoji)
		require.NoError(t, err)
		return after.Reactions
	}
	react(w.ada, "❤")
	require.Equal(t, map[string][]chat.UserID{"❤️": {w.ada.UserID}}, react(w.ada, "❤️"))
	require.Len(t, react(w.bob, "❤")["❤️"], 2)
	react(w.bob, "✅️")
	require.Equal(t, map[string][]chat.UserID{"✅": {w.bob.UserID}, "❤️": {w.bob.UserID}}, unreact(w.ada, "❤"))
	unreact(w.bob, "❤")
	unreact(w.bob, "✅️")

	last, err := w.store.LastSeq(t.Context(), id)
	require.NoError(t, err)
	results, err := w.store.Commit(t.Context(), []chat.Entry{{
		ConversationID: id, Seq: last + 1, Kind: chat.ReactionAdded, SenderID: w.bob.UserID, ClientID: "old", CreatedAt: 1, TargetID: m.ID, Emoji: "❤",
	}})
	require.NoError(t, err)
	require.NoError(t, results[0])
	require.Len(t, react(w.ada, "❤️")["❤"], 2, "old ones go on as they began")
	require.Equal(t, map[string][]chat.UserID{"❤": {w.ada.UserID}}, unreact(w.bob, "❤️"))
}

func TestPins(t *testing.T) {
	w := newWorld(t)
	direct, group := w.direct(t, w.ada, w.bob), w.group(t)
	one, two := w.send(t, w.ada, direct, "one"), w.send(t, w.bob, direct, "two")
	for _, m := range []chat.Message{two, one, two} {
		pinned, _, err := w.messages.Pin(t.Context(), w.bob, direct, m.ID)
		require.NoError(t, err)
		require.NotZero(t, pinned.PinnedAt)
	}
	pins, err := w.messages.Pins(t.Context(), w.ada, direct)
	require.NoError(t, err)
	require.Equal(t, []string{"one", "two"}, []string{pins[0].Text, pins[1].Text})
	for range 2 {
		_, err = w.messages.Unpin(t.Context(), w.ada, direct, one.ID)
		require.NoError(t, err)
	}
	_, err = w.messages.Delete(t.Context(), w.bob, direct, two.ID)
	require.NoError(t, err)
	pins, err = w.messages.Pins(t.Context(), w.ada, direct)
	require.NoError(t, err)
	require.Equal(t, []chat.Message{}, pins)
	require.Equal(t, []string{"message.pinned 4", "message.pinned 5", "message.unpinned 6", "message.deleted 7"}, w.published.heard(t, w.ada.UserID)[3:])

	m := w.send(t, w.eve, group, "mine")
	_, _, err = w.messages.Pin(t.Context(), w.eve, group, m.ID)
	requireCode(t, service.CodeForbidden, err)
	_, _, err = w.messages.Pin(t.Context(), w.bob, group, m.ID)
	require.NoError(t, err)
	_, err = w.messages.Unpin(t.Context(), w.eve, group, m.ID)
	requireCode(t, service.CodeForbidden, err)
	_, err = w.messages.Pins(t.Context(), service.Viewer{UserID: chat.NewID[chat.UserID]()}, group)
	requireCode(t, service.CodeNotFound, err)
	for n := range chat.MaxPins - 1 {
		_, _, err = w.messages.Pin(t.Context(), w.ada, group, w.send(t, w.ada, group, fmt.Sprint(n)).ID)
		require.NoError(t, err)
	}
	_, _, err = w.messages.Pin(t.Context(), w.ada, group, w.send(t, w.ada, group, "one too many").ID)
	requireCode(t, service.CodeConflict, err)
}

// Whatever is done to a message at once, by whomever, on whatever node: deletion is the end of it.
func TestEditsAndDeletionsAtOnce(t *testing.T) {
	w := newWorld(t)
	id := w.direct(t, w.ada, w.bob)
	for range 5 {
		m := w.send(t, w.ada, id, "secret")
		done := make(chan error)
		for n := range 8 {
			go func() {
				_, _, err := w.messages.Edit(context.Background(), w.ada, id, m.ID, fmt.Sprintf("secret %d", n))
				done <- err
			}()
		}
		go func() {
			_, err := w.messages.Delete(context.Background(), w.ada, id, m.ID)
			done <- err
		}()
		for range 9 {
			if err := <-done; err != nil {
				requireCode(t, service.CodeForbidden, err)
			}
		}
		gone := w.read(t, w.bob, m)
		require.NotZero(t, gone.DeletedAt)
		require.Empty(t, gone.Text)
		entries, err := w.store.Entries(t.Context(), id, m.Seq-1, 100)
		require.NoError(t, err)
		for _, e := range entries {
			if e.Edit != nil {
				require.Empty(t, e.Edit.Text, "its edits are empty, those after it too")
			}
		}
	}
}
