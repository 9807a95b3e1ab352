package storetest

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/parley-chat/parley/pkg/chat"
)

// Corpus is a made-up chat of many messages, the same each time: words as in a language, few of them often and most of them
// hardly ever; few large conversations and many small ones; two years.
type Corpus struct {
	messages, users, conversations int
	words                          []string
}

const (
	corpusWords = 60_000
	corpusStart = chat.Time(1_700_000_000_000)
	corpusTime  = 2 * 365 * 24 * time.Hour
	// corpusBatch is how many messages are committed together.
	corpusBatch = 1_000
	// busy is in each tenth conversation, the largest among them; quiet in each four hundredth.
	busy, quiet = 0, 1
	// yonder is a word that many say, but nobody where busy is.
	yonder = "yonder"
)

// NewCorpus is one of so many messages.
func NewCorpus(messages int) *Corpus {
	c := &Corpus{messages: messages, users: min(max(messages/2000, 50), 500), conversations: min(max(messages/500, 40), 2000)}
	c.words = make([]string, corpusWords)
	for i, n := range rand.New(rand.NewPCG(1, 1)).Perm(corpusWords) {
		c.words[i] = syllables(n)
	}
	return c
}

// syllables is a word for n: two or three syllables.
func syllables(n int) string {
	const consonants, vowels = "bdfghklmnprstvwz", "aeiou"
	var b strings.Builder
	for n += len(consonants) * len(vowels); n > 0; n /= len(consonants) * len(vowels) {
		b.WriteByte(consonants[n%len(consonants)])
		b.WriteByte(vowels[n/len(consonants)%len(vowels)])
	}
	return b.String()
}

// corpusID is the n-th id of a kind.
func corpusID[T ~string](kind byte, at chat.Time, n int) T {
	var id ulid.ULID
	_ = id.SetTime(uint64(at)) // far from where it ends
	id[6] = kind
	binary.BigEndian.PutUint64(id[8:], uint64(n))
	return T(id.String())
}

func corpusUser(n int) chat.UserID { return corpusID[chat.UserID]('u', corpusStart, n) }

func corpusConversation(n int) chat.ConversationID {
	return corpusID[chat.ConversationID]('c', corpusStart, n)
}

// Fill commits the corpus to a store that has nothing of it.
func (c *Corpus) Fill(ctx context.Context, s Store) error {
	r := rand.New(rand.NewPCG(2, 2))
	which, word := rand.NewZipf(r, 1.2, 40, uint64(c.conversations-1)), rand.NewZipf(r, 1.05, 3, corpusWords-1)
	members := make([][]chat.NewMember, c.conversations)
	seqs := make([]int64, c.conversations)
	var batch []chat.Entry
	flush := func() error {
		results, err := s.Commit(ctx, batch)
		for _, refused := range results {
			if err == nil {
				err = refused
			}
		}
		batch = batch[:0]
		return err
	}
	for n := range members {
		members[n] = c.members(r, n)
		seqs[n] = 1
		batch = append(batch, chat.Entry{
			ConversationID: corpusConversation(n), Seq: 1, Kind: chat.ConversationCreated, SenderID: members[n][0].UserID,
			ClientID: chat.SystemClientID("created"), CreatedAt: corpusStart, Created: &chat.Creation{Type: chat.Group, Title: c.words[n], Members: members[n]},
		})
	}
	step := corpusTime / time.Duration(c.messages)
	for n := range c.messages {
		to := int(which.Uint64())
		seqs[to]++
		at := corpusStart.Add(time.Duration(n+1) * step)
		m := c.message(r, word, to, at, n)
		m.Seq, m.SenderID = seqs[to], members[to][r.IntN(len(members[to]))].UserID
		batch = append(batch, chat.Entry{
			ConversationID: m.ConversationID, Seq: m.Seq, Kind: chat.MessageCreated, SenderID: m.SenderID, ClientID: m.ClientID, CreatedAt: at, Message: &m,
		})
		if len(batch) >= corpusBatch || n == c.messages-1 {
			if err := flush(); err != nil {
				return fmt.Errorf("corpus: %w", err)
			}
		}
	}
	return nil
}

func (c *Corpus) members(r *rand.Rand, n int) []chat.NewMember {
	in := map[int]bool{}
	if n%10 == 0 {
		in[busy] = true
	}
	if n%400 == 10 {
		in[quiet] = true
	}
	for range 3 + r.IntN(30) {
		in[2+r.IntN(c.users-2)] = true
	}
	var members []chat.NewMember
	for user := range c.users {
		if in[user] {
			members = append(members, chat.NewMember{UserID: corpusUser(user), Role: chat.RoleMember})
		}
	}
	members[0].Role = chat.RoleOwner
	return members
}

func (c *Corpus) message(r *rand.Rand, word *rand.Zipf, to int, at chat.Time, n int) chat.Message {
	var words []string
	for range 3 + r.IntN(12) {
		words = append(words, c.words[word.Uint64()])
	}
	if to%10 != 0 && r.IntN(10) == 0 {
		words = append(words, yonder)
	}
	if r.IntN(33) == 0 {
		words = append(words, "https://example.org/"+words[0])
	}
	m := chat.Message{
		ID: corpusID[chat.MessageID]('m', at, n), ConversationID: corpusConversation(to), ClientID: fmt.Sprint(n), Text: strings.Join(words, " "), CreatedAt: at,
	}
	switch r.IntN(50) {
	case 0, 1:
		m.Attachments = []chat.Attachment{{ID: corpusID[chat.UploadID]('f', at, n), Name: words[1] + ".jpg", Mime: "image/jpeg"}}
	case 2:
		m.Attachments = []chat.Attachment{{ID: corpusID[chat.UploadID]('f', at, n), Name: words[1] + ".pdf", Mime: "application/pdf"}}
	}
	return m
}
