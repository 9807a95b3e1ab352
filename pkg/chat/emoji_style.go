package chat

import (
	"slices"
	"unicode"
)

// pictured are the pictographs that Unicode calls Emoji_Presentation: they are pictures by themselves. The others are text until
// an emojiStyle or a skin tone follows. The last range has all that is to come there.
var pictured = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x231a, 0x231b, 1},
		{0x23e9, 0x23ec, 1},
		{0x23f0, 0x23f3, 3},
		{0x25fd, 0x25fe, 1},
		{0x2614, 0x2615, 1},
		{0x2648, 0x2653, 1},
		{0x267f, 0x2693, 20},
		{0x26a1, 0x26aa, 9},
		{0x26ab, 0x26bd, 18},
		{0x26be, 0x26c4, 6},
		{0x26c5, 0x26ce, 9},
		{0x26d4, 0x26ea, 22},
		{0x26f2, 0x26f3, 1},
		{0x26f5, 0x26fa, 5},
		{0x26fd, 0x26fd, 1},
		{0x2705, 0x2705, 1},
		{0x270a, 0x270b, 1},
		{0x2728, 0x2728, 1},
		{0x274c, 0x274e, 2},
		{0x2753, 0x2755, 1},
		{0x2757, 0x2757, 1},
		{0x2795, 0x2797, 1},
		{0x27b0, 0x27bf, 15},
		{0x2b1b, 0x2b1c, 1},
		{0x2b50, 0x2b55, 5},
	},
	R32: []unicode.Range32{
		{0x1f004, 0x1f004, 1},
		{0x1f0cf, 0x1f0cf, 1},
		{0x1f18e, 0x1f18e, 1},
		{0x1f191, 0x1f19a, 1},
		{0x1f201, 0x1f201, 1},
		{0x1f21a, 0x1f21a, 1},
		{0x1f22f, 0x1f22f, 1},
		{0x1f232, 0x1f236, 1},
		{0x1f238, 0x1f23a, 1},
		{0x1f250, 0x1f251, 1},
		{0x1f300, 0x1f320, 1},
		{0x1f32d, 0x1f335, 1},
		{0x1f337, 0x1f37c, 1},
		{0x1f37e, 0x1f393, 1},
		{0x1f3a0, 0x1f3ca, 1},
		{0x1f3cf, 0x1f3d3, 1},
		{0x1f3e0, 0x1f3f0, 1},
		{0x1f3f4, 0x1f3f4, 1},
		{0x1f3f8, 0x1f3fa, 1},
		{0x1f400, 0x1f43e, 1},
		{0x1f440, 0x1f440, 1},
		{0x1f442, 0x1f4fc, 1},
		{0x1f4ff, 0x1f53d, 1},
		{0x1f54b, 0x1f54e, 1},
		{0x1f550, 0x1f567, 1},
		{0x1f57a, 0x1f57a, 1},
		{0x1f595, 0x1f596, 1},
		{0x1f5a4, 0x1f5a4, 1},
		{0x1f5fb, 0x1f64f, 1},
		{0x1f680, 0x1f6c5, 1},
		{0x1f6cc, 0x1f6cc, 1},
		{0x1f6d0, 0x1f6d2, 1},
		{0x1f6d5, 0x1f6d8, 1},
		{0x1f6dc, 0x1f6df, 1},
		{0x1f6eb, 0x1f6ec, 1},
		{0x1f6f4, 0x1f6fc, 1},
		{0x1f7e0, 0x1f7eb, 1},
		{0x1f7f0, 0x1f7f0, 1},
		{0x1f90c, 0x1f93a, 1},
		{0x1f93c, 0x1f945, 1},
		{0x1f947, 0x1f9ff, 1},
		{0x1fa70, 0x1faff, 1},
	},
}

// StyledEmoji is the one spelling of an emoji, UTS #51's fully-qualified: with the emoji style where a character is text without it,
// and nowhere else. So "❤" and "❤️" are one reaction. s is valid (ValidEmoji).
func StyledEmoji(s string) string {
	bare := slices.DeleteFunc([]rune(s), func(r rune) bool { return r == emojiStyle })
	styled := make([]rune, 0, 2*len(bare))
	for i, r := range bare {
		styled = append(styled, r)
		toned := i+1 < len(bare) && bare[i+1] >= firstTone && bare[i+1] <= lastTone
		key := i+1 < len(bare) && bare[i+1] == keycap
		if key || unicode.Is(pictographs, r) && !unicode.Is(pictured, r) && !toned {
			styled = append(styled, emojiStyle)
		}
	}
	return string(styled)
}
