package storetest

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/search"
)

// asked is one question: what somebody types, and the rest of it.
type asked struct {
	q string
	chat.SearchQuery
}

const (
	// pageSize and rounds are as the API asks for the first page.
	pageSize = 20
	rounds   = 5
)

// Bench asks a store that holds the corpus, each time something else of a kind, and reports how long half of the answers and all but
// a twentieth of them took, and how many messages they had.
func (c *Corpus) Bench(b *testing.B, s Store) {
	from := func(kind func(*rand.Rand) asked, user int) func(*rand.Rand) asked {
		return func(r *rand.Rand) asked {
			a := kind(r)
			a.UserID = corpusUser(user)
			return a
		}
	}
	for _, person := range []struct {
		name string
		user int
	}{{"busy", busy}, {"quiet", quiet}} {
		for _, kind := range c.kinds() {
			b.Run(person.name+"/"+kind.name, func(b *testing.B) { c.bench(b, s, from(kind.ask, person.user)) })
		}
	}
}

func (c *Corpus) bench(b *testing.B, s Store, ask func(*rand.Rand) asked) {
	r := rand.New(rand.NewPCG(3, 3))
	var took []time.Duration
	var found int
	for b.Loop() {
		a := ask(r)
		start := time.Now()
		n, err := a.firstPage(b.Context(), s)
		took = append(took, time.Since(start))
		require.NoError(b, err)
		found += n
	}
	slices.Sort(took)
	at := func(share float64) float64 { return took[int(share*float64(len(took)-1))].Seconds() * 1000 }
	b.ReportMetric(at(.5), "p50-ms")
	b.ReportMetric(at(.95), "p95-ms")
	b.ReportMetric(float64(found)/float64(len(took)), "found")
}

// firstPage searches as the API does: what the keys find is held against the words.
func (a asked) firstPage(ctx context.Context, s Store) (found int, err error) {
	query := search.Parse(a.q)
	q := a.SearchQuery
	q.Keys = append(query.Keys(), q.Keys...)
	for range rounds {
		q.Limit = max(pageSize+1-found, pageSize)
		page, err := s.SearchMessages(ctx, q)
		if err != nil {
			return found, err
		}
		for _, hit := range page.Hits {
			if _, matches := query.Match(hit.Message.Text, hit.Message.FileNames()...); matches {
				found++
			}
		}
		if found > pageSize || page.Next == "" || len(page.Hits) < q.Limit {
			break
		}
		q.From = page.Next
	}
	return min(found, pageSize), nil
}

type kind struct {
	name string
	ask  func(*rand.Rand) asked
}

func (c *Corpus) kinds() []kind {
	// Ranks: the first few words are in each third message or so, the last in a few of a million.
	word := func(r *rand.Rand, low, high int) string { return c.words[low+r.IntN(high-low)] }
	frequent := func(r *rand.Rand) string { return word(r, 0, 10) }
	usual := func(r *rand.Rand) string { return word(r, 300, 2_000) }
	rare := func(r *rand.Rand) string { return word(r, 20_000, 50_000) }
	with := func(word func(*rand.Rand) string, change func(*rand.Rand, *asked)) func(*rand.Rand) asked {
		return func(r *rand.Rand) asked {
			a := asked{q: word(r)}
			if change != nil {
				change(r, &a)
			}
			return a
		}
	}
	none := func(*rand.Rand) string { return "" }
	sender := func(r *rand.Rand, a *asked) { a.Keys = []string{chat.SenderKey(corpusUser(2 + r.IntN(c.users-2)))} }
	has := func(content chat.Content) func(*rand.Rand, *asked) {
		return func(_ *rand.Rand, a *asked) { a.Keys = []string{content.Key()} }
	}
	month := func(r *rand.Rand, a *asked) {
		a.After = corpusStart.Add(time.Duration(r.Int64N(int64(corpusTime * 9 / 10))))
		a.Before = a.After.Add(30 * 24 * time.Hour)
	}
	in := func(_ *rand.Rand, a *asked) { a.ConversationID = corpusConversation(10) }
	return []kind{
		{"frequent word", with(frequent, nil)},
		{"usual word", with(usual, nil)},
		{"rare word", with(rare, nil)},
		{"unknown word", with(func(*rand.Rand) string { return "xxxyyy" }, nil)},
		{"word of others", with(func(*rand.Rand) string { return yonder }, nil)},
		{"prefix of 2", with(func(r *rand.Rand) string { return usual(r)[:2] }, nil)},
		{"prefix of 4", with(func(r *rand.Rand) string { return rare(r)[:4] }, nil)},
		{"two frequent words", with(func(r *rand.Rand) string { return frequent(r) + " " + frequent(r) }, nil)},
		{"two usual words", with(func(r *rand.Rand) string { return usual(r) + " " + usual(r) }, nil)},
		{"phrase", with(func(r *rand.Rand) string { return `"` + frequent(r) + " " + frequent(r) + `"` }, nil)},
		{"from", with(none, sender)},
		{"from, frequent word", with(frequent, sender)},
		{"from, usual word", with(usual, sender)},
		{"in, frequent word", with(frequent, in)},
		{"in, rare word", with(rare, in)},
		{"has image", with(none, has(chat.HasImage))},
		{"has file, frequent word", with(frequent, has(chat.HasFile))},
		{"has link, usual word", with(usual, has(chat.HasLink))},
		{"month, frequent word", with(frequent, month)},
		{"month, rare word", with(rare, month)},
	}
}
