package client

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func entry(seq int64, id string) Delivery {
	return Delivery{Event: Event{Type: "message.created", ConversationID: "c", Seq: seq, Message: &Message{ID: id, Seq: seq}}, At: time.Now()}
}

func seqs(deliveries []Delivery) []int64 {
	var all []int64
	for _, d := range deliveries {
		all = append(all, d.Seq)
	}
	return all
}

func TestLogAppliesEachEntryOnceInOrder(t *testing.T) {
	cases := map[string]struct {
		offered   []int64
		applied   []int64
		known     int
		gapAtEnd  bool
		conflicts int
	}{
		"in order":         {offered: []int64{1, 2, 3}, applied: []int64{1, 2, 3}},
		"duplicate":        {offered: []int64{1, 2, 2, 1, 3}, applied: []int64{1, 2, 3}, known: 2},
		"reordered":        {offered: []int64{3, 1, 2}, applied: []int64{1, 2, 3}},
		"held duplicate":   {offered: []int64{3, 3, 1, 2, 3}, applied: []int64{1, 2, 3}, known: 2},
		"a hole":           {offered: []int64{1, 3, 4}, applied: []int64{1}, gapAtEnd: true},
		"the start misses": {offered: []int64{2}, gapAtEnd: true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var l log
			var applied []int64
			known := 0
			for _, seq := range c.offered {
				got, was := l.offer(entry(seq, fmt.Sprint("m", seq)))
				applied = append(applied, seqs(got)...)
				if was {
					known++
				}
			}
			require.Equal(t, c.applied, applied)
			require.Equal(t, c.known, known)
			require.Equal(t, c.gapAtEnd, l.gap())
			require.Zero(t, l.conflicts)
			require.Len(t, l.snapshot(), len(c.applied))
		})
	}
}

func TestLogTellsWhenAnEntryComesAgainAsAnother(t *testing.T) {
	var l log
	l.offer(entry(1, "a"))
	l.offer(entry(1, "b"))
	l.offer(entry(3, "c"))
	l.offer(entry(3, "d"))
	require.Equal(t, 2, l.conflicts)
	require.Equal(t, "a", l.snapshot()[0].Message.ID, "what was shown first stays")
}

func TestLogBoundsWhatItHolds(t *testing.T) {
	var l log
	for seq := int64(2); seq < maxHeld+100; seq++ {
		l.offer(entry(seq, fmt.Sprint(seq)))
	}
	require.Len(t, l.held, maxHeld)
	applied, _ := l.offer(entry(1, "1"))
	require.Len(t, applied, maxHeld+1)
	require.False(t, l.gap())
}

func TestLogIsWholeAfterAnyOrder(t *testing.T) {
	for range 50 {
		var l log
		var applied []int64
		for _, i := range rand.Perm(200) {
			seq := int64(i/2) + 1 // each twice
			got, _ := l.offer(entry(seq, fmt.Sprint(seq)))
			applied = append(applied, seqs(got)...)
		}
		require.Len(t, applied, 100)
		require.IsIncreasing(t, applied)
	}
}

func TestLogTakesNoImpossibleEntries(t *testing.T) {
	var l log
	l.offer(entry(0, "zero"))
	l.offer(entry(-1, "below"))
	require.Equal(t, 2, l.conflicts)
	require.Empty(t, l.snapshot())
}

// FuzzLog offers entries in whatever order, each byte a seq: what was applied is 1, 2, 3, …, as far as there is no hole.
func FuzzLog(f *testing.F) {
	f.Add([]byte{1, 2, 3})
	f.Add([]byte{3, 3, 1, 0, 2, 9})
	f.Fuzz(func(t *testing.T, offered []byte) {
		var l log
		came := map[int64]bool{}
		applied := int64(0)
		for _, b := range offered {
			seq := int64(b)
			came[seq] = seq > 0
			got, _ := l.offer(entry(seq, fmt.Sprint(seq)))
			for _, d := range got {
				applied++
				require.Equal(t, applied, d.Seq)
			}
		}
		require.Equal(t, applied, l.last())
		require.False(t, came[applied+1], "what could be applied was")
		for seq := range came {
			require.True(t, !came[seq] || seq <= applied || l.gap())
		}
	})
}
