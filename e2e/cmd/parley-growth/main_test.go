package main

import (
	"flag"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSizes(t *testing.T) {
	parse := func(text string) ([]int, error) {
		var got []int
		f := flag.NewFlagSet("growth", flag.ContinueOnError)
		f.SetOutput(io.Discard)
		sizes(f, &got, "rooms", "10,100", "members")
		if text == "" {
			return got, f.Parse(nil)
		}
		return got, f.Parse([]string{"--rooms=" + text[1:]})
	}
	for text, want := range map[string][]int{"": {10, 100}, "=": nil, "=5": {5}, "=1,30000": {1, 30000}} {
		got, err := parse(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"=0", "=-1", "=x", "=5,5", "=5,", "=,5", "=1e3"} {
		_, err := parse(text)
		require.Error(t, err, text)
	}
}
