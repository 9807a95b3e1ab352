package chat_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
)

func TestValidEmoji(t *testing.T) {
	for _, s := range []string{
		"👍", "👍🏽", "❤️", "❤", "🎉", "😀", "🇩🇪", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "👨‍👩‍👧‍👦", "👩🏽‍🚀", "🏳️‍🌈", "1️⃣", "#️⃣", "*⃣", "☕", "⭐", "©️", "🫠", "🤷🏿‍♀️", "✅", "➕", "👁️‍🗨️",
	} {
		require.True(t, chat.ValidEmoji(s), "%q", s)
	}
	for _, s := range []string{
		"", " ", "a", "1", "#", "é", "👍👍", "👍 ", "a👍", "🇩", "🇩🇪🇫🇷", "\u200d", "👍\u200d", "\u200d👍", "️", "🏽", "👍a", "<b>", "中", "1️", "🏴󠁧󠁢", "👍\x00", "\xf0\x9f", "👍️️",
		strings.Repeat("👨‍", 20) + "👨",
	} {
		require.False(t, chat.ValidEmoji(s), "%q", s)
	}
}

func TestStyledEmoji(t *testing.T) {
	for s, want := range map[string]string{
		"❤": "❤️", "❤️": "❤️", "👍️": "👍", "👍": "👍", "👍🏽": "👍🏽", "✅️": "✅", "☕️": "☕", "1⃣": "1️⃣", "1️⃣": "1️⃣", "🇩🇪": "🇩🇪", "⛹🏽": "⛹🏽",
		"🏳‍🌈": "🏳️‍🌈", "👁‍🗨️": "👁️‍🗨️", "🕵🏻‍♂": "🕵🏻‍♂️", "🏴󠁧󠁢󠁳󠁣󠁴󠁿": "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "👨‍👩‍👧‍👦": "👨‍👩‍👧‍👦", "👩‍❤‍👨": "👩‍❤️‍👨",
	} {
		require.True(t, chat.ValidEmoji(s), "%+q", s)
		require.Equal(t, want, chat.StyledEmoji(s), "%+q", s)
	}
}

func FuzzValidEmoji(f *testing.F) {
	for _, s := range []string{"👍🏽", "🇩🇪", "1️⃣", "👨‍👩‍👧‍👦", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "a", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !chat.ValidEmoji(s) {
			return
		}
		require.True(t, utf8.ValidString(s))
		require.LessOrEqual(t, len(s), 64)
		require.NotContains(t, s, "<")
		styled := chat.StyledEmoji(s)
		require.Equal(t, styled, chat.StyledEmoji(styled), "there is one spelling")
		require.False(t, chat.ValidEmoji(s+s) && len(s)*2 <= 64, "two are not one")
	})
}

func TestMentions(t *testing.T) {
	a, b := chat.NewID[chat.UserID](), chat.NewID[chat.UserID]()
	tag := func(id chat.UserID) string { return "<@" + string(id) + ">" }
	for _, test := range []struct {
		text string
		want []chat.UserID
		all  bool
	}{
		{"", nil, false},
		{"@ada <@> <@ada> all", nil, false},
		{tag(b) + tag(a) + "x" + tag(b), []chat.UserID{b, a}, false},
		{"hear <@all>, " + tag(a), []chat.UserID{a}, true},
		{"<<@all>>", nil, true},
		{strings.ToLower(tag(a)), nil, false},
		{"<@ALL> <@ all> <@all", nil, false},
		{"<@" + string(a) + string(b) + ">", nil, false},
		{"<@9ZZZZZZZZZZZZZZZZZZZZZZZZZ>", nil, false},
	} {
		users, all := chat.Mentions(test.text)
		require.Equal(t, test.want, users, test.text)
		require.Equal(t, test.all, all, test.text)
	}
}

func FuzzMentions(f *testing.F) {
	id := string(chat.NewID[chat.UserID]())
	for _, s := range []string{"<@" + id + ">", "<@all>", "<@" + id, "\xff<@all>", "<@<@all>>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		users, all := chat.Mentions(text)
		seen := map[chat.UserID]bool{}
		for _, u := range users {
			require.True(t, chat.ValidID(u))
			require.False(t, seen[u])
			seen[u] = true
			require.Contains(t, text, "<@"+string(u)+">")
		}
		require.Equal(t, strings.Contains(text, "<@all>"), all)
	})
}
