// Command parley-history writes a long past into a conversation of a running all-in-one, straight into its file: what a
// test of a hundred thousand messages begins with. See parley-history --help.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/sqlitestore"
)

// batch is how many messages one transaction holds: it must not keep the server waiting for long.
const batch = 2000

func main() {
	err := run(context.Background())
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "parley-history:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	f := flag.NewFlagSet("history", flag.ContinueOnError)
	file := f.String("database", "", "the all-in-one's database `file`")
	conversation := f.String("conversation", "", "the `id` of the conversation")
	senders := f.String("senders", "", "the `ids` of those who write, with commas between them; they take turns")
	after := f.Int64("after", 1, "the `seq` of the conversation's last entry so far")
	count := f.Int64("count", 100_000, "how many messages to write")
	if err := f.Parse(os.Args[1:]); err != nil {
		return err //nolint:wrapcheck // which the set has printed
	}
	store, err := sqlitestore.Open(ctx, *file)
	if err != nil {
		return err //nolint:wrapcheck // says what it is
	}
	defer func() { _ = store.Close(ctx) }()
	past := history{chat.ConversationID(*conversation), strings.Split(*senders, ","), time.Now().Add(-time.Duration(*count+60) * time.Minute)}
	for seq, end := *after+1, *after+*count; seq <= end; seq += batch {
		if err := write(ctx, store, past.entries(seq, min(seq+batch-1, end))); err != nil {
			return err
		}
	}
	return nil
}

// history is a conversation in which somebody says something every minute.
type history struct {
	conversation chat.ConversationID
	senders      []string
	began        time.Time
}

func (h history) entries(from, to int64) []chat.Entry {
	var entries []chat.Entry
	for seq := from; seq <= to; seq++ {
		at := chat.TimeOf(h.began.Add(time.Duration(seq) * time.Minute))
		sender := chat.UserID(h.senders[seq%int64(len(h.senders))])
		// Of different heights, as messages are, and of few words, which is what a search index takes long for.
		text := fmt.Sprintf("Number %d%s", seq, strings.Repeat("\nand on", int(seq*7%13)))
		clientID := fmt.Sprintf("history-%d", seq)
		entries = append(entries, chat.Entry{
			ConversationID: h.conversation, Seq: seq, Kind: chat.MessageCreated, SenderID: sender, ClientID: clientID, CreatedAt: at,
			Message: &chat.Message{
				ID: chat.NewID[chat.MessageID](), ConversationID: h.conversation, Seq: seq, SenderID: sender, ClientID: clientID, Text: text, CreatedAt: at,
			},
		})
	}
	return entries
}

func write(ctx context.Context, store *sqlitestore.Store, entries []chat.Entry) error {
	refusals, err := store.Commit(ctx, entries)
	if err != nil {
		return err //nolint:wrapcheck // says what it is
	}
	return errors.Join(refusals...)
}
