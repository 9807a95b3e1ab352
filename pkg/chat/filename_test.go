package chat_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
)

func TestCleanFileName(t *testing.T) {
	long := strings.Repeat("ä", chat.MaxFileName)
	for name, want := range map[string]string{
		"report.pdf":                "report.pdf",
		"Çalışma raporu (2).docx":   "Çalışma raporu (2).docx",
		"../../etc/passwd":          "passwd",
		`C:\Users\ann\notes.txt`:    "notes.txt",
		"a\x00b\r\nc\td.txt":        "ab c d.txt",
		"\u202efdp.exe":             "fdp.exe",
		"zero\u200bwidth\ufeff.txt": "zerowidth.txt",
		`"quoted"<b>.html`:          "quotedb.html",
		" . .hidden. . ":            "hidden",
		"..":                        "",
		"":                          "",
		"/":                         "",
		"bad\xffutf8":               "badutf8",
		"日本語.txt":                   "日本語.txt",
		long + "x.tar":              long[:2*(chat.MaxFileName-4)] + ".tar",
		long + "." + long:           long,
	} {
		got := chat.CleanFileName(name)
		require.Equal(t, want, got, "%q", name)
		require.LessOrEqual(t, utf8.RuneCountInString(got), chat.MaxFileName)
		require.Equal(t, got, chat.CleanFileName(got), "clean is clean")
	}
}
