package chat_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/parley-chat/parley/pkg/chat"
)

func written() chat.Message {
	return chat.Message{
		ID: "m", ConversationID: "c", Seq: 2, SenderID: "ada", ClientID: "k", Text: "one", CreatedAt: 100,
		Attachments: []chat.Attachment{{ID: "u"}}, Mentions: []chat.UserID{"bob"}, ForwardedFrom: &chat.Forward{SenderID: "eve"},
	}.Normalize()
}

func change(seq int64, kind chat.Kind) chat.Entry {
	return chat.Entry{ConversationID: "c", Seq: seq, Kind: kind, SenderID: "bob", TargetID: "m", CreatedAt: chat.Time(1000 + seq)}
}

func reaction(seq int64, kind chat.Kind, emoji string, by chat.UserID) chat.Entry {
	e := change(seq, kind)
	e.Emoji, e.SenderID = emoji, by
	return e
}

func edit(seq int64, text string) chat.Entry {
	e := change(seq, chat.MessageUpdated)
	e.Edit = &chat.Edit{Text: text, MentionsAll: true}
	return e
}

func fold(m chat.Message, entries ...chat.Entry) chat.Message {
	for _, e := range entries {
		m = m.Apply(e)
	}
	return m
}

func TestApply(t *testing.T) {
	gone := chat.Message{ID: "m", ConversationID: "c", Seq: 2, SenderID: "ada", ClientID: "k", CreatedAt: 100, DeletedAt: 1004, Rev: 4}.Normalize()
	for name, test := range map[string]struct {
		entries []chat.Entry
		want    func(m *chat.Message)
	}{
		"nothing":           {nil, func(*chat.Message) {}},
		"another message's": {[]chat.Entry{func() chat.Entry { e := edit(3, "x"); e.TargetID = "n"; return e }()}, func(*chat.Message) {}},
		"edited": {[]chat.Entry{edit(3, "two"), edit(4, "three")}, func(m *chat.Message) {
			m.Text, m.Mentions, m.MentionsAll, m.EditedAt, m.Rev = "three", []chat.UserID{}, true, 1004, 4
		}},
		"an old edit again": {[]chat.Entry{edit(4, "three"), edit(3, "two")}, func(m *chat.Message) {
			m.Text, m.Mentions, m.MentionsAll, m.EditedAt, m.Rev = "three", []chat.UserID{}, true, 1004, 4
		}},
		"reactions": {[]chat.Entry{
			reaction(3, chat.ReactionAdded, "👍", "eve"), reaction(4, chat.ReactionAdded, "👍", "bob"), reaction(5, chat.ReactionAdded, "👍", "eve"),
			reaction(6, chat.ReactionAdded, "🎉", "bob"), reaction(7, chat.ReactionRemoved, "🎉", "bob"), reaction(8, chat.ReactionRemoved, "🎉", "eve"),
		}, func(m *chat.Message) {
			m.Reactions, m.Rev = map[string][]chat.UserID{"👍": {"bob", "eve"}}, 8
		}},
		"pinned twice": {[]chat.Entry{change(3, chat.MessagePinned), change(4, chat.MessagePinned)}, func(m *chat.Message) {
			m.PinnedAt, m.PinnedSeq, m.Rev = 1003, 3, 4
		}},
		"unpinned": {[]chat.Entry{change(3, chat.MessagePinned), change(4, chat.MessageUnpinned)}, func(m *chat.Message) { m.Rev = 4 }},
		"deleted":  {[]chat.Entry{reaction(3, chat.ReactionAdded, "👍", "eve"), change(4, chat.MessageDeleted)}, func(m *chat.Message) { *m = gone }},
		"deleted, then all else": {[]chat.Entry{
			change(4, chat.MessageDeleted), edit(5, "back"), change(6, chat.MessagePinned),
			reaction(7, chat.ReactionAdded, "👍", "eve"), change(8, chat.MessageDeleted),
		}, func(m *chat.Message) { *m = gone; m.Rev = 8 }},
	} {
		t.Run(name, func(t *testing.T) {
			want := written()
			test.want(&want)
			require.Equal(t, want, fold(written(), test.entries...))
		})
	}
}

// drawChanges is a run of entries about message m.
func drawChanges(t *rapid.T) []chat.Entry {
	kinds := []chat.Kind{
		chat.MessageUpdated, chat.MessageUpdated, chat.ReactionAdded, chat.ReactionAdded, chat.ReactionAdded,
		chat.ReactionRemoved, chat.MessagePinned, chat.MessageUnpinned,
	}
	if rapid.Bool().Draw(t, "deletes") {
		kinds = append(kinds, chat.MessageDeleted)
	}
	var entries []chat.Entry
	for seq := range rapid.Int64Range(0, 30).Draw(t, "entries") {
		e := reaction(3+seq, rapid.SampledFrom(kinds).Draw(t, "kind"), "", rapid.SampledFrom([]chat.UserID{"ada", "bob", "eve"}).Draw(t, "by"))
		switch e.Kind {
		case chat.MessageUpdated:
			e.Edit = &chat.Edit{Text: rapid.StringN(1, 3, 3).Draw(t, "text")}
		case chat.ReactionAdded, chat.ReactionRemoved:
			e.Emoji = rapid.SampledFrom([]string{"👍", "🎉"}).Draw(t, "emoji")
		default:
		}
		entries = append(entries, e)
	}
	return entries
}

// Whoever folds in parts, in any order of parts' arrival that keeps seqs ascending, with repeats, comes to the same.
func TestApplyIsIdempotentAndPure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entries := drawChanges(t)
		want := fold(written(), entries...)
		again := written()
		for i, e := range entries {
			before := again
			kept := fold(before)
			again = again.Apply(e)
			require.Equal(t, kept, before, "the message that was folded into is as it was")
			back := rapid.IntRange(0, i).Draw(t, "back")
			again = fold(again, entries[back:i+1]...)
		}
		require.Equal(t, want, again)
	})
}

// A client that loads a message later than it follows the log applies entries again that are in it already: without knowing
// Rev it comes to the same state, too.
func TestFoldingASuffixAgainConverges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entries := drawChanges(t)
		want := fold(written(), entries...)
		from := rapid.IntRange(0, len(entries)).Draw(t, "from")
		client := want
		client.Rev = 0
		client = fold(client, entries[from:]...)
		client.Rev = want.Rev
		require.Equal(t, want, client)
	})
}

func TestMentionKeys(t *testing.T) {
	require.Equal(t, []chat.UserID{"a", "b"}, chat.Message{Mentions: []chat.UserID{"b", "a", "b"}}.MentionKeys())
	require.Equal(t, []chat.UserID{chat.MentionAll}, chat.Message{Mentions: []chat.UserID{"b"}, MentionsAll: true}.MentionKeys())
	require.Empty(t, chat.Message{}.MentionKeys())
}

func TestHeadsMoveTogether(t *testing.T) {
	messages := func(seq int64, kind chat.Kind) chat.Entry {
		e := change(seq, kind)
		if kind == chat.MessageCreated {
			e.Message = &chat.Message{ID: "m"}
		}
		return e
	}
	h := messages(1, chat.ConversationCreated).Head()
	require.Equal(t, chat.Head{LastSeq: 1, LastActivityAt: 1001}, h)
	h = h.Then(messages(2, chat.MessageCreated).Head())
	require.Equal(t, chat.Head{LastSeq: 2, LastMessageID: "m", LastActivityAt: 1002}, h)
	edited := edit(3, "two")
	edited.Message = &chat.Message{ID: "other"}
	h = h.Then(edited.Head()).Then(messages(4, chat.ReactionAdded).Head())
	require.Equal(t, chat.Head{LastSeq: 4, LastMessageID: "m", LastActivityAt: 1002}, h)
	h = h.Then(messages(5, chat.MemberAdded).Head())
	require.Equal(t, chat.Head{LastSeq: 5, LastMessageID: "m", LastActivityAt: 1005}, h)
}

func TestWithMessages(t *testing.T) {
	entries := []chat.Entry{edit(3, "two"), change(4, chat.MessagePinned), edit(5, "three")}
	asked := 0
	find := func(_ context.Context, ids []chat.MessageID) ([]chat.Message, error) {
		asked++
		require.Equal(t, []chat.MessageID{"m"}, ids)
		return []chat.Message{written()}, nil
	}
	whole, err := chat.WithMessages(t.Context(), entries, find)
	require.NoError(t, err)
	require.Equal(t, 1, asked)
	require.Nil(t, entries[0].Message, "the entries given stay as they are")
	require.Equal(t, "two", whole[0].Message.Text, "an edit that is not folded in yet shows")
	require.Nil(t, whole[1].Message)
	require.Equal(t, "three", whole[2].Message.Text)
	later := func(context.Context, []chat.MessageID) ([]chat.Message, error) {
		return []chat.Message{fold(written(), edit(3, "two"), change(4, chat.MessageDeleted))}, nil
	}
	whole, err = chat.WithMessages(t.Context(), entries[:1], later)
	require.NoError(t, err)
	require.NotZero(t, whole[0].Message.DeletedAt, "what became of it since shows, too")
	_, err = chat.WithMessages(t.Context(), slices.Clone(entries[1:2]), nil)
	require.NoError(t, err, "nothing to ask")
	broken := errors.New("broken")
	_, err = chat.WithMessages(t.Context(), entries, func(context.Context, []chat.MessageID) ([]chat.Message, error) { return nil, broken })
	require.ErrorIs(t, err, broken)
}
