package service_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/frame"
)

func TestSend(t *testing.T) {
	w := newWorld(t)
	id := w.direct(t, w.ada, w.bob)
	in := service.NewMessage{ClientID: "k-1", Text: "Grüße 👋 <b>", UploadIDs: []chat.UploadID{"u1"}}
	first, limit, err := w.messages.Send(t.Context(), w.ada, id, in)
	require.NoError(t, err)
	require.True(t, first.Created)
	require.True(t, limit.Allowed)
	require.EqualValues(t, 2, first.Message.Seq)
	require.Equal(t, in.Text, first.Message.Text)
	require.Equal(t, "/u/u1", first.Message.Attachments[0].URL)
	require.NotNil(t, first.Message.Mentions)
	require.NotNil(t, first.Message.Reactions)

	again, _, err := w.messages.Send(t.Context(), w.ada, id, service.NewMessage{ClientID: "k-1", Text: "another text"})
	require.NoError(t, err)
	require.False(t, again.Created)
	require.Equal(t, first.Message, again.Message)
	for _, v := range []service.Viewer{w.ada, w.bob} {
		require.Equal(t, []string{"conversation.created 1", "message.created 2"}, w.published.heard(t, v.UserID), "a repeat is not told")
	}

	reply, _, err := w.messages.Send(t.Context(), w.bob, id, service.NewMessage{ClientID: "k-1", Text: "yes", ReplyTo: &first.Message.ID})
	require.NoError(t, err)
	require.True(t, reply.Created, "the key is the sender's own")
	require.Equal(t, first.Message.ID, *reply.Message.ReplyTo)
}

func TestSendRefusals(t *testing.T) {
	w := newWorld(t)
	id := w.direct(t, w.ada, w.bob)
	nowhere, notAnID := chat.NewID[chat.MessageID](), chat.MessageID("../..")
	for name, in := range map[string]service.NewMessage{
		"no clientId":       {Text: "a"},
		"bad clientId":      {ClientID: "a b", Text: "a"},
		"reserved clientId": {ClientID: "~created", Text: "a"},
		"long clientId":     {ClientID: strings.Repeat("k", chat.MaxClientID+1), Text: "a"},
		"nothing":           {ClientID: "k"},
		"white space":       {ClientID: "k", Text: " \n\t "},
		"too long":          {ClientID: "k", Text: strings.Repeat("ä", chat.MaxText+1)},
		"too many uploads":  {ClientID: "k", UploadIDs: make([]chat.UploadID, chat.MaxAttachments+1)},
		"foreign upload":    {ClientID: "k", UploadIDs: []chat.UploadID{"foreign"}},
		"reply to nothing":  {ClientID: "k", Text: "a", ReplyTo: &nowhere},
		"reply to no id":    {ClientID: "k", Text: "a", ReplyTo: &notAnID},
	} {
		t.Run(name, func(t *testing.T) {
			_, limit, err := w.messages.Send(t.Context(), w.ada, id, in)
			requireCode(t, service.CodeValidation, err)
			require.Nil(t, limit, "what is refused does not count")
		})
	}
	longest, _, err := w.messages.Send(t.Context(), w.ada, id, service.NewMessage{ClientID: "k", Text: strings.Repeat("ä", chat.MaxText)})
	require.NoError(t, err)
	require.EqualValues(t, 2, longest.Message.Seq)
}

func TestSendOverTheLimit(t *testing.T) {
	w := newWorld(t)
	id := w.direct(t, w.ada, w.bob)
	w.quota.left.Store(1)
	w.send(t, w.ada, id, "allowed")
	_, limit, err := w.messages.Send(t.Context(), w.ada, id, service.NewMessage{ClientID: "k", Text: "one too many"})
	requireCode(t, service.CodeRateLimited, err)
	require.False(t, limit.Allowed)
	require.Equal(t, []string{"conversation.created 1", "message.created 2"}, w.published.heard(t, w.bob.UserID))
}

func TestHistory(t *testing.T) {
	w := newWorld(t)
	id := w.direct(t, w.ada, w.bob)
	empty, err := w.messages.History(t.Context(), w.ada, id, service.HistoryQuery{Limit: 10})
	require.NoError(t, err)
	require.NotNil(t, empty.Messages)
	require.Equal(t, service.HistoryPage{Messages: []chat.Message{}, Notices: []frame.Event{}, People: map[chat.UserID]string{}}, empty)

	var all []chat.Message // seq 2 to 11
	for n := range 10 {
		all = append(all, w.send(t, w.ada, id, fmt.Sprint(n)))
	}
	for name, c := range map[string]struct {
		q             service.HistoryQuery
		from, to      int64 // seqs; 0 for none
		before, after bool
	}{
		"latest":               {service.HistoryQuery{Limit: 3}, 9, 11, true, false},
		"all":                  {service.HistoryQuery{Limit: 10}, 2, 11, false, false},
		"before":               {service.HistoryQuery{Before: "9", Limit: 3}, 6, 8, true, true},
		"before by id":         {service.HistoryQuery{Before: string(all[7].ID), Limit: 3}, 6, 8, true, true},
		"before, to the start": {service.HistoryQuery{Before: "4", Limit: 3}, 2, 3, false, true},
		"before the first":     {service.HistoryQuery{Before: "2", Limit: 3}, 0, 0, false, true},
		"before nothing":       {service.HistoryQuery{Before: "0", Limit: 3}, 0, 0, false, true},
		"before what is not":   {service.HistoryQuery{Before: "99", Limit: 3}, 9, 11, true, false},
		"after":                {service.HistoryQuery{After: "3", Limit: 3}, 4, 6, true, true},
		"after the start":      {service.HistoryQuery{After: "0", Limit: 3}, 2, 4, false, true},
		"after, to the end":    {service.HistoryQuery{After: "9", Limit: 3}, 10, 11, true, false},
		"after the last":       {service.HistoryQuery{After: "11", Limit: 3}, 0, 0, true, false},
		"around":               {service.HistoryQuery{Around: "6", Limit: 5}, 4, 8, true, true},
		"around by id":         {service.HistoryQuery{Around: string(all[4].ID), Limit: 5}, 4, 8, true, true},
		"around the first":     {service.HistoryQuery{Around: "2", Limit: 5}, 2, 6, false, true},
		"after all":            {service.HistoryQuery{After: "9223372036854775807", Limit: 5}, 0, 0, true, false},
		"around the end":       {service.HistoryQuery{Around: "9223372036854775807", Limit: 5}, 9, 11, true, false},
		"around the last":      {service.HistoryQuery{Around: "11", Limit: 5}, 9, 11, true, false},
		"around, limit one":    {service.HistoryQuery{Around: "6", Limit: 1}, 6, 6, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			page, err := w.messages.History(t.Context(), w.bob, id, c.q)
			require.NoError(t, err)
			var want []chat.Message
			if c.from > 0 {
				want = all[c.from-2 : c.to-1]
			}
			require.Equal(t, append([]chat.Message{}, want...), page.Messages)
			require.Equal(t, [2]bool{c.before, c.after}, [2]bool{page.HasMoreBefore, page.HasMoreAfter})
		})
	}
	for name, q := range map[string]service.HistoryQuery{
		"two":          {Before: "3", After: "5", Limit: 3},
		"not a seq":    {Before: "x", Limit: 3},
		"negative":     {After: "-1", Limit: 3},
		"unknown id":   {Around: string(chat.NewID[chat.MessageID]()), Limit: 3},
		"out of range": {Around: "99999999999999999999", Limit: 3},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.messages.History(t.Context(), w.bob, id, q)
			requireCode(t, service.CodeValidation, err)
		})
	}
}

func TestEvents(t *testing.T) {
	w := newWorld(t)
	id := w.direct(t, w.ada, w.bob)
	for n := range 4 {
		w.send(t, w.ada, id, fmt.Sprint(n))
	}
	for name, c := range map[string]struct {
		after int64
		limit int
		seqs  []int64
		reset bool
	}{
		"all":          {0, 10, []int64{1, 2, 3, 4, 5}, false},
		"a page":       {1, 2, []int64{2, 3}, false},
		"exactly full": {3, 2, []int64{4, 5}, false},
		"nothing new":  {5, 10, nil, false},
		"ahead":        {6, 10, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			page, err := w.conversations.Events(t.Context(), w.bob, id, c.after, c.limit)
			require.NoError(t, err)
			var seqs []int64
			for _, e := range page.Events {
				seqs = append(seqs, e.Seq)
			}
			require.Equal(t, c.seqs, seqs)
			require.EqualValues(t, 5, page.LastSeq)
			require.Equal(t, c.reset, page.Reset)
		})
	}
}

func TestSync(t *testing.T) {
	w := newWorld(t)
	withBob, withEve := w.direct(t, w.ada, w.bob), w.direct(t, w.ada, w.eve)
	w.send(t, w.bob, withBob, "hello")

	t.Run("a new client gets all conversations", func(t *testing.T) {
		got, err := w.conversations.Sync(t.Context(), w.ada, nil)
		require.NoError(t, err)
		require.Len(t, got.Conversations, 2)
		require.Empty(t, got.Events)
	})
	t.Run("a client gets what it misses", func(t *testing.T) {
		got, err := w.conversations.Sync(t.Context(), w.ada, map[chat.ConversationID]int64{withBob: 1, withEve: 1})
		require.NoError(t, err)
		require.Len(t, got.Conversations, 1)
		require.Equal(t, withBob, got.Conversations[0].ID)
		require.Len(t, got.Events[withBob], 1)
		require.Equal(t, "hello", got.Events[withBob][0].Message.Text)
		require.Equal(t, map[chat.UserID]int64{w.ada.UserID: 1, w.eve.UserID: 1}, got.Reads[withEve])
	})
	t.Run("a client that is up to date gets nothing", func(t *testing.T) {
		got, err := w.conversations.Sync(t.Context(), w.ada, map[chat.ConversationID]int64{withBob: 2, withEve: 1})
		require.NoError(t, err)
		require.Empty(t, got.Conversations)
		require.Empty(t, got.Events)
		require.Empty(t, got.Removed)
		require.Empty(t, got.Reset)
	})
	t.Run("a client that is ahead of the log starts again", func(t *testing.T) {
		got, err := w.conversations.Sync(t.Context(), w.ada, map[chat.ConversationID]int64{withBob: 99, withEve: 1})
		require.NoError(t, err)
		require.Equal(t, []chat.ConversationID{withBob}, got.Reset)
	})
	t.Run("a client far behind reloads", func(t *testing.T) {
		for n := range chat.MaxSyncEvents {
			w.send(t, w.bob, withBob, fmt.Sprint(n))
		}
		got, err := w.conversations.Sync(t.Context(), w.ada, map[chat.ConversationID]int64{withBob: 1, withEve: 1})
		require.NoError(t, err)
		require.Equal(t, []chat.ConversationID{withBob}, got.Reset)
		require.NotContains(t, got.Events, withBob)
		got, err = w.conversations.Sync(t.Context(), w.ada, map[chat.ConversationID]int64{withBob: 2, withEve: 1})
		require.NoError(t, err)
		require.Len(t, got.Events[withBob], chat.MaxSyncEvents)
	})
	t.Run("nonsense is refused", func(t *testing.T) {
		for _, cursors := range []map[chat.ConversationID]int64{{withBob: -1}, {"nonsense": 1}} {
			_, err := w.conversations.Sync(t.Context(), w.ada, cursors)
			requireCode(t, service.CodeValidation, err)
		}
	})
}
