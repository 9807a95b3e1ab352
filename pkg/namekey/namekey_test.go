package namekey_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/namekey"
)

func TestOf(t *testing.T) {
	for name, want := range map[string][]string{
		"":                 {""},
		"ann":              {"", "a", "an", "ann"},
		"an a":             {"", "a", "an", "an a"},
		"żółw":             {"", "ż", "żó", "żół", "żółw"},
		"bartholomew":      {"", "b", "ba", "bar", "bart", "barth", "bartho", "barthol", "bartholo"},
		"王 小":              {"", "王", "王 小", "小"},
		"maximilia stiegl": {"", "m", "ma", "max", "maxi", "maxim", "maximi", "maximil", "maximili", "s", "st", "sti", "stie", "stieg", "stiegl"},
	} {
		require.Equal(t, want, namekey.Of(name), name)
	}
}

// Whatever prefix a word of the name has, its key is among the name's.
func TestLookupFindsWhatMatches(t *testing.T) {
	names := []string{"ann lee", "anna-lena lee smith", "bartholomew the elder", "王 小明", "o", "a b c d e f g h i j"}
	prefixes := []string{"", "a", "an", "ann", "ann ", "ann l", "lee", "lee s", "smith", "bartholomew", "bartholomew the e", "the elders", "王", "王 小明", "小", "x", "b c d e f g"}
	for _, name := range names {
		for _, prefix := range prefixes {
			key, exact := namekey.Lookup(prefix)
			found := slices.Contains(namekey.Of(name), key)
			if namekey.Match(name, prefix) {
				require.True(t, found, "%q in %q", prefix, name)
			} else if exact {
				require.False(t, found, "%q not in %q", prefix, name)
			}
		}
	}
}
