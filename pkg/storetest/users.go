package storetest

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
)

func createUser(t testing.TB, s Store, name string) chat.User {
	t.Helper()
	u := newUser(name)
	require.NoError(t, s.CreateUser(during(t), u))
	return u
}

func testUsers(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	full := newUser("Zoë 王 👩‍👩‍👧")
	full.EmailVerified = true
	full.Bio = "one\ntwo \"three\" $four.five \u202eevif"
	full.AvatarURL = "https://example.org/a.webp"
	full.LastSeenAt = full.CreatedAt + 1
	bare := newUser("A")
	for _, u := range []chat.User{full, bare} {
		require.NoError(t, s.CreateUser(ctx, u))
		byID, err := s.User(ctx, u.ID)
		require.NoError(t, err)
		require.Equal(t, u, byID)
		byEmail, err := s.UserByEmail(ctx, u.Email)
		require.NoError(t, err)
		require.Equal(t, u, byEmail)
	}

	_, err := s.User(ctx, chat.NewID[chat.UserID]())
	require.ErrorIs(t, err, chat.ErrNotFound)
	_, err = s.UserByEmail(ctx, "nobody@example.org")
	require.ErrorIs(t, err, chat.ErrNotFound)
	_, err = s.UserByEmail(ctx, "")
	require.ErrorIs(t, err, chat.ErrNotFound)

	some, err := s.UsersByID(ctx, append(userIDs(998), bare.ID, full.ID))
	require.NoError(t, err)
	require.ElementsMatch(t, []chat.User{full, bare}, some)
	none, err := s.UsersByID(ctx, nil)
	require.NoError(t, err)
	require.Empty(t, none)
}

func testEmailTaken(t *testing.T, h Harness) {
	a, b := h.open(t), h.open(t)
	first := createUser(t, a, "First")
	second := newUser("Second")
	second.Email = first.Email
	require.ErrorIs(t, b.CreateUser(during(t), second), chat.ErrEmailTaken)
	_, err := b.User(during(t), second.ID)
	require.ErrorIs(t, err, chat.ErrNotFound)

	email := newUser("Many").Email
	var made atomic.Int64
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			u := newUser("Many")
			u.Email = email
			err := []Store{a, b}[i%2].CreateUser(during(t), u)
			if err == nil {
				made.Add(1)
			} else if !isOneOf(err, chat.ErrEmailTaken) {
				t.Errorf("create user: %v", err)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 1, made.Load())
}

func testUpdateUser(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	want := createUser(t, s, "Ann Lee")
	other := createUser(t, s, "Other")
	yes, no, contacts, everybody := true, false, chat.Contacts, chat.Everybody
	text := func(s string) *string { return &s }
	tests := []struct {
		name   string
		patch  chat.UserPatch
		change func(u *chat.User)
	}{
		{"nothing", chat.UserPatch{}, func(*chat.User) {}},
		{"name", chat.UserPatch{FullName: text("Bo Ek")}, func(u *chat.User) { u.FullName = "Bo Ek" }},
		{"bio", chat.UserPatch{Bio: text("ü")}, func(u *chat.User) { u.Bio = "ü" }},
		{"avatar", chat.UserPatch{AvatarURL: text("/m/1")}, func(u *chat.User) { u.AvatarURL = "/m/1" }},
		{"password", chat.UserPatch{PasswordHash: text("$2a$new")}, func(u *chat.User) { u.PasswordHash = "$2a$new" }},
		{"verified", chat.UserPatch{EmailVerified: true}, func(u *chat.User) { u.EmailVerified = true }},
		{"verified for good", chat.UserPatch{Bio: text("x")}, func(u *chat.User) { u.Bio = "x" }},
		{"audience", chat.UserPatch{LastSeen: &contacts}, func(u *chat.User) { u.LastSeen = chat.Contacts }},
		{"invisible", chat.UserPatch{Invisible: &yes}, func(u *chat.User) { u.Invisible = true }},
		{"visible to all", chat.UserPatch{Invisible: &no, LastSeen: &everybody}, func(u *chat.User) { u.PresenceSettings = chat.PresenceSettings{} }},
		{"all, to nothing", chat.UserPatch{Bio: text(""), AvatarURL: text("")}, func(u *chat.User) { u.Bio, u.AvatarURL = "", "" }},
	}
	for _, test := range tests {
		test.change(&want)
		got, err := s.UpdateUser(ctx, want.ID, test.patch)
		require.NoError(t, err, test.name)
		require.Equal(t, want, got, test.name)
		got, err = s.User(ctx, want.ID)
		require.NoError(t, err, test.name)
		require.Equal(t, want, got, test.name)
	}
	untouched, err := s.User(ctx, other.ID)
	require.NoError(t, err)
	require.Equal(t, other, untouched)

	_, err = s.UpdateUser(ctx, chat.NewID[chat.UserID](), chat.UserPatch{Bio: text("x")})
	require.ErrorIs(t, err, chat.ErrNotFound)

	require.Empty(t, found(t, s, chat.UserQuery{Prefix: "ann", Limit: 10}), "the old name is forgotten")
	require.Equal(t, []string{"Bo Ek"}, found(t, s, chat.UserQuery{Prefix: "ek", Limit: 10}))
}

// found are the names that q finds.
func found(t testing.TB, s Store, q chat.UserQuery) []string {
	t.Helper()
	users, err := s.FindUsers(during(t), q)
	require.NoError(t, err)
	var names []string
	for _, u := range users {
		names = append(names, u.FullName)
	}
	return names
}

func testDirectorySearch(t *testing.T, h Harness) {
	s := h.open(t)
	names := []string{
		"Ångström Müller", "anna-lena Lee", "Ann Lee Smith", "Bartholomew Featherstonehaugh", "Bartholomäus F",
		"O'Hara .* %_$", "王小明", "Żółć", "ﬁona", "ANN", "a\\b", "Łukasz Ørsted",
	}
	for _, name := range names {
		createUser(t, s, name)
	}
	me := createUser(t, s, "Annabel Me")
	tests := []struct {
		prefix string
		want   []string
	}{
		{"ann", []string{"ANN", "Ann Lee Smith", "anna-lena Lee"}},
		{"an", []string{"ANN", "Ann Lee Smith", "Ångström Müller", "anna-lena Lee"}},
		{"lee", []string{"Ann Lee Smith", "anna-lena Lee"}},
		{"ann lee", []string{"Ann Lee Smith"}},
		{"nn", nil},
		{"lena", []string{"anna-lena Lee"}},
		{"luk", []string{"Łukasz Ørsted"}},
		{"ors", []string{"Łukasz Ørsted"}},
		{"ohara", []string{"O'Hara .* %_$"}},
		{"mull", []string{"Ångström Müller"}},
		{"zo", []string{"Żółć"}},
		{"fi", []string{"ﬁona"}},
		{"小", []string{"王小明"}},
		{"小 明", []string{"王小明"}},
		{"王 小 明", []string{"王小明"}},
		{"bartholom", []string{"Bartholomäus F", "Bartholomew Featherstonehaugh"}},
		{"bartholomew feather", []string{"Bartholomew Featherstonehaugh"}},
		{"featherstonehaugh", []string{"Bartholomew Featherstonehaugh"}},
		{"featherstonehow", nil},
		{".*", nil},
		{"%", nil},
		{"_", nil},
		{"$", nil},
		{"a\\", nil},
		{"a b", []string{"a\\b"}},
		{"a.", nil},
		{"bartholom.w", nil},
		{strings.Repeat("x", 300), nil},
	}
	for _, test := range tests {
		q := chat.UserQuery{Prefix: test.prefix, Without: me.ID, Limit: 50}
		require.ElementsMatch(t, test.want, found(t, s, q), "%q", test.prefix)
	}
	require.Len(t, found(t, s, chat.UserQuery{Limit: 50}), len(names)+1)
	require.Contains(t, found(t, s, chat.UserQuery{Prefix: "ann", Limit: 50}), me.FullName)
	require.NotContains(t, found(t, s, chat.UserQuery{Without: me.ID, Limit: 50}), me.FullName)
}

func testDirectoryPages(t *testing.T, h Harness) {
	s := h.open(t)
	var want []chat.User
	for _, name := range []string{"Same Name", "same name", "Sáme Name", "b same", "ä same", "Zed Same", "SAME", "same", "王 same"} {
		want = append(want, createUser(t, s, name))
	}
	slices.SortFunc(want, func(a, b chat.User) int {
		if c := strings.Compare(chat.FoldName(a.FullName), chat.FoldName(b.FullName)); c != 0 {
			return c
		}
		return strings.Compare(string(a.ID), string(b.ID))
	})
	for _, prefix := range []string{"", "s", "same"} {
		for _, limit := range []int{1, 2, 4, 100} {
			q := chat.UserQuery{Prefix: prefix, Limit: limit}
			var got []chat.User
			for {
				page, err := s.FindUsers(during(t), q)
				require.NoError(t, err)
				require.LessOrEqual(t, len(page), limit)
				got = append(got, page...)
				if len(page) < limit {
					break
				}
				last := page[len(page)-1]
				q.AfterName, q.AfterID = chat.FoldName(last.FullName), last.ID
			}
			require.Equal(t, want, got, "prefix %q, limit %d", prefix, limit)
		}
	}
}

func testLastSeen(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	a, b, other := createUser(t, s, "A"), createUser(t, s, "B"), createUser(t, s, "C")
	at := now()
	seen := func(u chat.User) chat.Time {
		got, err := s.User(ctx, u.ID)
		require.NoError(t, err)
		return got.LastSeenAt
	}
	require.NoError(t, s.SetLastSeen(ctx, at, append(userIDs(300), a.ID, b.ID)...))
	require.Equal(t, at, seen(a))
	require.Equal(t, at, seen(b))
	require.Zero(t, seen(other))

	require.NoError(t, s.SetLastSeen(ctx, at-1, a.ID))
	require.Equal(t, at, seen(a), "never back")
	require.NoError(t, s.SetLastSeen(ctx, at+1, a.ID))
	require.Equal(t, at+1, seen(a))
	require.Equal(t, at, seen(b))
	require.NoError(t, s.SetLastSeen(ctx, at))

	hidden := true
	_, err := s.UpdateUser(ctx, a.ID, chat.UserPatch{Invisible: &hidden})
	require.NoError(t, err)
	require.NoError(t, s.SetLastSeen(ctx, at+9, a.ID, b.ID))
	require.Equal(t, at+1, seen(a), "nobody is told that they are there")
	require.Equal(t, at+9, seen(b))
}
