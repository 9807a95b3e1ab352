package sqlitestore

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
)

// TestALongWalk looks for what somebody said between thousands of messages of others that have the same word, some of them in a
// conversation that has the same hash as one of theirs: each is found once, however long the pages are, and no question walks on for ever.
func TestALongWalk(t *testing.T) {
	const others, own = 3000, 40
	ctx := t.Context()
	s, err := Open(ctx, filepath.Join(t.TempDir(), "parley.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close(context.WithoutCancel(ctx))) })
	require.NoError(t, s.Migrate(ctx))
	s.maxWalk = 1000

	mine := make([]chat.ConversationID, narrow+1)
	seqs := map[chat.ConversationID]int64{}
	var entries []chat.Entry
	begin := func(id chat.ConversationID, member chat.UserID) {
		seqs[id] = 1
		entries = append(entries, chat.Entry{
			ConversationID: id, Seq: 1, Kind: chat.ConversationCreated, SenderID: member, ClientID: chat.SystemClientID("created"), CreatedAt: 1,
			Created: &chat.Creation{Type: chat.Group, Members: []chat.NewMember{{UserID: member, Role: chat.RoleOwner}}},
		})
	}
	say := func(id chat.ConversationID, by chat.UserID, at int) string {
		seqs[id]++
		text := fmt.Sprint("yonder ", at)
		entries = append(entries, chat.Entry{
			ConversationID: id, Seq: seqs[id], Kind: chat.MessageCreated, SenderID: by, ClientID: fmt.Sprint(at), CreatedAt: chat.Time(at),
			Message: &chat.Message{ID: chat.NewID[chat.MessageID](), Text: text},
		})
		return text
	}
	for i := range mine {
		mine[i] = chat.NewID[chat.ConversationID]()
		begin(mine[i], "ann")
	}
	elsewhere, twin := chat.NewID[chat.ConversationID](), chat.NewID[chat.ConversationID]()
	for conversationHash(twin) != conversationHash(mine[0]) {
		twin = chat.NewID[chat.ConversationID]()
	}
	begin(elsewhere, "bob")
	begin(twin, "bob")
	var said []string
	for at := range others {
		if at < own/2 || at%(2*others/own) == 0 {
			said = append(said, say(mine[at%len(mine)], "ann", 10+2*at))
		}
		say([]chat.ConversationID{elsewhere, twin}[at%10/9], "bob", 11+2*at)
	}
	results, err := s.Commit(ctx, entries)
	require.NoError(t, err)
	for _, refused := range results {
		require.NoError(t, refused)
	}
	slices.Reverse(said)
	for _, limit := range []int{1, 7, 25, 400} {
		var found []string
		q := chat.SearchQuery{UserID: "ann", Keys: []string{"yonder"}, Limit: limit}
		for questions := 1; ; questions++ {
			require.Less(t, questions, 2*own)
			page, err := s.SearchMessages(ctx, q)
			require.NoError(t, err)
			require.LessOrEqual(t, len(page.Hits), limit)
			for _, hit := range page.Hits {
				found = append(found, hit.Message.Text)
			}
			if page.Next == "" {
				require.GreaterOrEqual(t, questions, others/1000, "one walks over so many at most")
				break
			}
			q.From = page.Next
		}
		require.Equal(t, said, found, "by %d", limit)
	}
}
