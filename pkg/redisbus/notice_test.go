package redisbus

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
)

func TestNoticesComeThrough(t *testing.T) {
	for _, age := range []time.Duration{0, time.Millisecond, time.Hour, maxGapAge} {
		id, gap, ok := decodeNotice(string(encodeNotice(age)))
		require.True(t, ok)
		require.True(t, chat.ValidID(id))
		require.Equal(t, age, gap.Age)
	}
	_, gap, ok := decodeNotice(string(encodeNotice(30 * 24 * time.Hour)))
	require.True(t, ok)
	require.Equal(t, maxGapAge, gap.Age)
}

func TestTagOfIsWhatAClusterHashes(t *testing.T) {
	for c, want := range map[bus.Channel]string{
		"parley:{12}:user:x": "12", "{a}{b}": "a", "plain": "plain", "{}x": "{}x", "{open": "{open", "a}{b}": "b",
	} {
		require.Equal(t, want, tagOf(c))
	}
}

func FuzzDecodeNotice(f *testing.F) {
	f.Add(string(encodeNotice(time.Second)))
	f.Add("")
	f.Add("x -1")
	f.Fuzz(func(t *testing.T, payload string) {
		id, gap, ok := decodeNotice(payload)
		if !ok {
			return
		}
		require.True(t, chat.ValidID(id))
		require.GreaterOrEqual(t, gap.Age, time.Duration(0))
		require.LessOrEqual(t, gap.Age, maxGapAge)
	})
}
