package storetest

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/parley-chat/parley/pkg/chat"
)

func testFindMembers(t *testing.T, h Harness) {
	const size = 25
	s := h.open(t)
	names := []string{"Ada Lovelace", "Grace Hopper", "Édith Clarke", "Adalbert Great", "Konstantin Adamowitsch"}
	var users []chat.UserID
	byName := map[string][]chat.UserID{}
	for i := range size {
		name := names[i%len(names)]
		u := createUser(t, s, name)
		users = append(users, u.ID)
		byName[name] = append(byName[name], u.ID)
	}
	g := newGroup(users[:10]...)
	entries := []chat.Entry{g.first}
	for _, u := range users[10:] {
		entries = append(entries, g.add(u))
	}
	entries = append(entries, g.remove(users[7]), g.add(users[7]), g.remove(users[11]))
	commit(t, s, entries...)
	createUser(t, s, "Ada Stranger")
	check := func(prefix string, limit int, names ...string) {
		t.Helper()
		var want []chat.Member
		for _, m := range g.list() {
			if slices.ContainsFunc(names, func(n string) bool { return slices.Contains(byName[n], m.UserID) }) {
				want = append(want, m)
			}
		}
		require.Equal(t, want, membersByPage(t, s, chat.MemberQuery{ConversationID: g.ID, Prefix: prefix, Limit: limit}), "%q by %d", prefix, limit)
	}
	for _, limit := range []int{1, 3, 100} {
		check("", limit, names...)
		check("ada", limit, names[0], names[3], names[4])
		check("ada l", limit, names[0])
		check("edith", limit, names[2])
		check("konstantin adam", limit, names[4])
		check("x", limit)
	}
	// Of a name that very many have, stores look for it among the members, and not for members among those who have it.
	var creating errgroup.Group
	creating.SetLimit(8)
	for range 1001 {
		creating.Go(func() error {
			u := newUser("Adam Konstantin Stranger")
			return s.CreateUser(during(t), u)
		})
	}
	require.NoError(t, creating.Wait())
	for _, limit := range []int{3, 100} {
		check("ada", limit, names[0], names[3], names[4])
		check("konstant", limit, names[4])
		check("konstantin adam", limit, names[4])
		check("stranger", limit)
	}
}

// membersByPage are all members that a question finds, page by page.
func membersByPage(t *testing.T, s Store, q chat.MemberQuery) (found []chat.Member) {
	t.Helper()
	for {
		page, err := s.FindMembers(during(t), q)
		require.NoError(t, err)
		require.LessOrEqual(t, len(page), q.Limit)
		found = append(found, page...)
		if len(page) < q.Limit {
			return found
		}
		q.After = page[len(page)-1].Cursor()
	}
}
