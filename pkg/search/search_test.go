package search_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/search"
)

func TestSplit(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "",
		"Hello, World!":                 "hello world",
		"Crème BRÛLÉE":                  "creme brulee",
		"Łódź Øre Straße Œuvre þing":    "lodz ore strasse oeuvre thing",
		"İstanbul ısı":                  "istanbul isi",
		"don't O’Brien":                 "dont obrien",
		"foo_bar.baz https://e.org/a-b": "foo bar baz https e org a b",
		"Ｆｕｌｌ ﬁne x²":                   "full fine x 2",
		"Σίσυφος ΣΊΣΥΦΟΣ":               "σισυφοσ σισυφοσ",
		"ёлка Ёлка":                     "елка елка",
		"שָׁלוֹם مُحَمَّد":              "שלום محمد",
		"東京都":                           "東 京 都",
		"がか ガ ｶﾞ":                       "が か ガ ガ",
		"スマートフォン":                       "ス マ ー ト フ ォ ン",
		"tokyo東京tower":                  "tokyo 東 京 tower",
		"ดี":                            "ดี",
		"สวัสดี":                        "ส วั ส ดี",
		"한국어 조선말":                       "한국어 조선말",
		"हिन्दी":                        "हिन्दी",
		"👍🏽 👍 👩‍👩‍👧 🇩🇪":                 "👍 👍 👩👩👧 🇩🇪",
		"\xff\xfea\x00b\xf0":            "a b",
		"3.14 1,000 v2":                 "3 14 1 000 v2",
		strings.Repeat("ab", 30) + " c": strings.Repeat("ab", 30) + " c",
	} {
		var terms []string
		for _, w := range search.Split(text) {
			require.NotEmpty(t, text[w.Start:w.End])
			terms = append(terms, w.Term)
		}
		require.Equal(t, want, strings.Join(terms, " "), "%q", text)
	}
}

func TestKeys(t *testing.T) {
	require.Equal(t, []string{"a", "th", "the", "theo", "theory"}, search.Keys("the Theory", "a the"))
	require.Equal(t, []string{"ab", "abc", "abcd", "abcdab", "abcdabcd", "abcdabcdabcd", "abcdabcdabcdabcd"}, search.Keys(strings.Repeat("abcd", 9)))
	require.Equal(t, []string{"京", "京都", "東", "東京", "都"}, search.Keys("東京都"))
	require.Equal(t, []string{"京", "東"}, search.Keys("東 京"), "they don't stand in a row")
	require.Empty(t, search.Keys("", "?!"))
}

// marked is the text with what was found in brackets.
func marked(text string, found []search.Highlight) string {
	units := utf16.Encode([]rune(text))
	var b strings.Builder
	at := 0
	for _, h := range found {
		b.WriteString(string(utf16.Decode(units[at:h.Start])) + "[" + string(utf16.Decode(units[h.Start:h.Start+h.Length])) + "]")
		at = h.Start + h.Length
	}
	return b.String() + string(utf16.Decode(units[at:]))
}

func TestMatch(t *testing.T) {
	const none = "-"
	tests := []struct{ query, text, want string }{
		{"hel", "Hello, help the HELM!", "[Hel]lo, [hel]p the [HEL]M!"},
		{"lo", "Hello", none},
		{"h", "Hello", none},
		{"h", "vitamin H", "vitamin [H]"},
		{"creme bru", "Une CRÈME brûlée", "Une [CRÈME] [brû]lée"},
		{"brû", "Une creme brulee", "Une creme [bru]lee"},
		{"bru creme", "Une crème brûlée", "Une [crème] [brû]lée"},
		{"strass", "Straße", "[Straß]e"},
		{"stras", "Straße", "[Straß]e"},
		{"fine", "ﬁne", "[ﬁne]"},
		{"hello nobody", "Hello world", none},
		{`"hello world"`, "Hello, world. Hello big world", "[Hello, world]. Hello big world"},
		{`"hello wor"`, "Hello, world", none},
		{`say "the cat" ta`, "They say the cat's tail: the cats", none},
		{`say "the cat" ta`, "They say the cat has a tail", "They [say] [the cat] has a [ta]il"},
		{`“the cat`, "cat the", none},
		{"東京", "私は東京都に住む 京東", "私は[東京]都に住む 京東"},
		{"京", "東京", "東[京]"},
		{"東京", "東 京", none},
		{"京都 東", "東京都", "[東][京都]"},
		{"フォン", "スマートフォンケース", "スマート[フォン]ケース"},
		{"ドイツ", "トイツ", none},
		{"สวัส", "สวัสดีครับ", "[สวัส]ดีครับ"},
		{"ครับ", "สวัสดีครับ", "สวัสดี[ครับ]"},
		{"ด", "สวัสดี", "สวัส[ดี]"},
		{"한국", "한국어로", "[한국]어로"},
		{"tower", "👩‍👩‍👧 tokyo東京tower 𝒳", "👩‍👩‍👧 tokyo東京[tower] 𝒳"},
		{"👍", "ok 👍🏽!", "ok [👍🏽]!"},
		{"example", "see https://www.example.org/x", "see https://www.[example].org/x"},
		{"example.org/x", "see https://www.example.org/x", "see https://www.[example].[org]/[x]"},
		{"e\u0301cole", "École", "[École]"},
		{"ecol", "E\u0301cole", "[E\u0301col]e"},
	}
	for _, test := range tests {
		q := search.Parse(test.query)
		found, ok := q.Match(test.text)
		got := none
		if ok {
			got = marked(test.text, found)
			requireKeys(t, q, test.text)
		}
		require.Equal(t, test.want, got, "%q in %q", test.query, test.text)
	}
	found, ok := search.Parse("report final").Match("the final one", "Report.pdf")
	require.True(t, ok)
	require.Equal(t, []search.Highlight{{Start: 4, Length: 5}}, found)
	require.True(t, search.Parse(` "" ?`).Empty())
	require.LessOrEqual(t, len(search.Parse(strings.Repeat("東京", 50)).Keys()), 12)
}

// requireKeys expects a text to have all keys of a query that it matches.
func requireKeys(t require.TestingT, q search.Query, text string) {
	keys := search.Keys(text)
	for _, key := range q.Keys() {
		_, ok := slices.BinarySearch(keys, key)
		require.True(t, ok, "%q is no key of %q: %q", key, text, keys)
	}
}

func FuzzSearch(f *testing.F) {
	f.Add("hel", "Hello World")
	f.Add(`"crème brû`, "東京Straße สวัสดี 👩‍👩‍👧")
	f.Add("㍿ ½", "㍿株式会社 1⁄2 ﾞ")
	f.Fuzz(func(t *testing.T, query, text string) {
		end := 0
		for _, w := range search.Split(text) {
			require.NotEmpty(t, w.Term)
			require.GreaterOrEqual(t, w.Start, end)
			require.Greater(t, w.End, w.Start)
			end = w.End
		}
		require.LessOrEqual(t, end, len(text))
		q := search.Parse(query)
		if found, ok := q.Match(text); ok {
			requireKeys(t, q, text)
			units, at := len(utf16.Encode([]rune(text))), 0
			for _, h := range found {
				require.GreaterOrEqual(t, h.Start, at)
				require.Positive(t, h.Length)
				at = h.Start + h.Length
			}
			require.LessOrEqual(t, at, units)
		}
		// A text is found by itself, unless its quotes make phrases of it.
		if !strings.ContainsAny(text, "\"“”„«»") {
			itself := search.Parse(text)
			_, ok := itself.Match(text)
			require.True(t, ok, "%q finds itself", text)
			requireKeys(t, itself, text)
		}
	})
}

func BenchmarkKeys(b *testing.B) {
	for name, text := range map[string]string{"latin": "Shall we meet at the café on Thursday, or later?", "japanese": "木曜日にカフェで会いましょうか、それとも後で"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				search.Keys(text)
			}
		})
	}
}
