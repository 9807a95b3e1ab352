package sqlitestore_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
)

// BenchmarkFindMembers looks for names in groups of several sizes, on a server of 20,000 people, half of whom have a name that is
// asked for; the first thousand have the same word, and are in no group.
func BenchmarkFindMembers(b *testing.B) {
	const people = 20_000
	ctx := context.Background()
	s := open(b, filepath.Join(b.TempDir(), "parley.db"))
	users := make([]chat.NewMember, people)
	for i := range users {
		name := fmt.Sprintf("N%05d %s", i, []string{"Even", "Odd"}[i%2])
		if i <= 1000 {
			name = fmt.Sprintf("Far%05d Away", i)
		}
		u := chat.User{ID: chat.NewID[chat.UserID](), FullName: name, Email: fmt.Sprint(i)}
		require.NoError(b, s.CreateUser(ctx, u))
		users[i] = chat.NewMember{UserID: u.ID, Role: chat.RoleMember}
	}
	for _, size := range []int{100, 1000, 10_000} {
		first := begin(chat.NewID[chat.ConversationID]())
		first.Created = &chat.Creation{Type: chat.Group, Title: "All", Members: users[people-size:]}
		_, err := s.Commit(ctx, []chat.Entry{first})
		require.NoError(b, err)
		for what, asked := range map[string]struct {
			prefix string
			found  int
		}{"one": {fmt.Sprintf("n%05d", people-1), 1}, "half": {"od", 50}, "none of those who are many": {"away", 0}} {
			b.Run(fmt.Sprintf("members=%d/%s", size, what), func(b *testing.B) {
				for b.Loop() {
					found, err := s.FindMembers(ctx, chat.MemberQuery{ConversationID: first.ConversationID, Prefix: asked.prefix, Limit: 50})
					require.NoError(b, err)
					require.Len(b, found, asked.found)
				}
			})
		}
	}
}
