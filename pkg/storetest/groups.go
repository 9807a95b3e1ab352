package storetest

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
)

func testGroup(t *testing.T, h Harness) {
	s := h.open(t)
	users := userIDs(5)
	g := newGroup(users[:2]...)
	commit(t, s, g.first, g.add(users[2]), g.rename("Ferns"))
	g.require(t, s)
	commit(t, s, g.promote(users[1], chat.RoleAdmin), g.add(users[3]), g.add(users[4]), g.remove(users[2]))
	g.require(t, s)
	said := message(g.first, g.LastSeq+1, users[1])
	g.Head = g.Then(said.Head())
	commit(t, s, said, g.promote(users[3], chat.RoleOwner))
	g.require(t, s)
	require.Equal(t, chat.RoleAdmin, g.members[users[0]].Role, "who hands over is an admin")
	description, gone := "All about them", ""
	commit(t, s, g.next(chat.ConversationUpdated, func(e *chat.Entry) {
		e.Changed = &chat.ConversationPatch{Description: &description, AvatarURL: &gone}
	}))
	g.require(t, s)
	require.Equal(t, "Ferns", g.Title, "what is not named stays")
	entries := requireWhole(t, s, g.ID, int(g.LastSeq))
	require.Equal(t, g.Revision, entries[len(entries)-1].Revision)
}

func testRevisionTaken(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	users := userIDs(3)
	g := newGroup(users[:2]...)
	commit(t, s, g.first, g.rename("A"))
	late := chat.Entry{
		ConversationID: g.ID, Seq: g.LastSeq + 1, Kind: chat.MemberAdded, SenderID: users[1], ClientID: "late", CreatedAt: now(),
		Revision: 1, Member: &chat.NewMember{UserID: users[2], Role: chat.RoleMember},
	}
	behind := late
	behind.Seq, behind.Revision, behind.ClientID = late.Seq+1, 2, "behind"
	results, err := s.Commit(ctx, []chat.Entry{late, behind})
	require.NoError(t, err)
	require.Equal(t, []error{chat.ErrConflict, chat.ErrNotAttempted}, results)
	g.require(t, s)
	requireWhole(t, s, g.ID, 2)
	commit(t, s, g.add(users[2]))
	g.require(t, s)
}

func testRevisionRace(t *testing.T, h Harness) {
	const rounds = 10
	nodes := []Store{h.open(t), h.open(t), h.open(t)}
	g := newGroup(userIDs(1)...)
	commit(t, nodes[0], g.first)
	for round := range int64(rounds) {
		var all sync.WaitGroup
		results := make([]error, len(nodes))
		for i, s := range nodes {
			all.Go(func() {
				e := chat.Entry{
					ConversationID: g.ID, Seq: round + 2, Kind: chat.MemberAdded, SenderID: g.first.SenderID, CreatedAt: now(), Revision: round + 1,
					ClientID: chat.NewID[string](), Member: &chat.NewMember{UserID: userIDs(1)[0], Role: chat.RoleMember},
				}
				for { // as a node that has read the last seq anew
					got, err := s.Commit(during(t), []chat.Entry{e})
					if err != nil {
						t.Errorf("commit: %v", err)
						return
					}
					results[i] = got[0]
					if !errors.Is(got[0], chat.ErrSeqTaken) {
						return
					}
					e.Seq++
				}
			})
		}
		all.Wait()
		slices.SortFunc(results, func(a, b error) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		require.Equal(t, []error{nil, chat.ErrConflict, chat.ErrConflict}, results)
	}
	c, err := nodes[0].Conversation(during(t), g.ID)
	require.NoError(t, err)
	require.Equal(t, 1+rounds, c.MemberCount)
	require.EqualValues(t, rounds, c.Revision)
}

func testLeft(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	users := userIDs(3)
	g := newGroup(users...)
	commit(t, s, g.first, g.remove(users[1]))
	g.require(t, s)
	gone := users[1]
	_, err := s.Member(ctx, g.ID, gone)
	require.ErrorIs(t, err, chat.ErrNotFound)
	_, _, err = s.AdvanceRead(ctx, gone, chat.ReadPosition{ConversationID: g.ID, Seq: 2})
	require.ErrorIs(t, err, chat.ErrNotFound)
	pinned := true
	_, err = s.UpdateMember(ctx, g.ID, gone, chat.MemberPatch{Pinned: &pinned})
	require.ErrorIs(t, err, chat.ErrNotFound)
	until, err := s.MembersUntil(ctx, g.ID, 2)
	require.NoError(t, err)
	require.Equal(t, []chat.UserID{gone}, until)
	among, err := s.MembersAmong(ctx, g.ID, users[:2])
	require.NoError(t, err)
	require.Equal(t, []chat.Member{g.members[users[0]]}, among)
	memberships, err := s.Memberships(ctx, gone)
	require.NoError(t, err)
	require.Empty(t, memberships)
	conversations, err := s.ConversationsOf(ctx, gone, chat.ConversationCursor{}, 10)
	require.NoError(t, err)
	require.Empty(t, conversations)
	found, err := s.FindMembers(ctx, chat.MemberQuery{ConversationID: g.ID, Limit: 10})
	require.NoError(t, err)
	require.Equal(t, g.list(), found)
}

func testRejoin(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	users := userIDs(2)
	g := newGroup(users...)
	commit(t, s, g.first, message(g.first, 2, users[0]))
	g.LastSeq = 2
	pinned := true
	_, err := s.UpdateMember(ctx, g.ID, users[1], chat.MemberPatch{Pinned: &pinned})
	require.NoError(t, err)
	require.NoError(t, s.AdvanceDelivered(ctx, users[1], []chat.ReadPosition{{ConversationID: g.ID, Seq: 2}}))
	commit(t, s, g.remove(users[1]), g.add(users[1]))
	m, err := s.Member(ctx, g.ID, users[1])
	require.NoError(t, err)
	require.Equal(t, g.members[users[1]], m)
	require.EqualValues(t, 4, m.ReadSeq)
	commit(t, s, g.remove(users[1]))
	commit(t, s, g.add(users[1]), g.remove(users[1]), g.add(users[1]))
	m, err = s.Member(ctx, g.ID, users[1])
	require.NoError(t, err)
	require.Equal(t, g.members[users[1]], m)
}

func testDeletedGroup(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	since := now()
	users := userIDs(3)
	g := newGroup(users...)
	commit(t, s, g.first, g.remove(users[2]), g.end())
	gone := func() {
		t.Helper()
		_, err := s.Conversation(ctx, g.ID)
		require.ErrorIs(t, err, chat.ErrNotFound)
		some, err := s.ConversationsByID(ctx, []chat.ConversationID{g.ID})
		require.NoError(t, err)
		require.Empty(t, some)
		members, err := s.MembersOf(ctx, []chat.ConversationID{g.ID}, 10)
		require.NoError(t, err)
		require.Empty(t, members)
		until, err := s.MembersUntil(ctx, g.ID, 3)
		require.NoError(t, err)
		require.ElementsMatch(t, users[:2], until)
		for _, u := range users {
			list, err := s.ConversationsOf(ctx, u, chat.ConversationCursor{}, 10)
			require.NoError(t, err)
			require.Empty(t, list)
		}
	}
	gone()
	require.Zero(t, healTogether(t, since, s))
	h.Rewind(t, g.ID, nil)
	require.Positive(t, healTogether(t, since, s))
	gone()
	require.Zero(t, healTogether(t, since, s))
}

func testRooms(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	users := userIDs(4)
	big, small := newGroup(users[:2]...), newGroup(users[0], users[2])
	big.first.Room = true
	big.Conversation = big.first.Conversation()
	require.EqualValues(t, 1, big.RoomSeq)
	commit(t, s, big.first, small.first)
	big.require(t, s)
	seats := func(who ...chat.UserID) []chat.Member {
		t.Helper()
		got, err := s.RoomSeats(ctx, who)
		require.NoError(t, err)
		return got
	}
	require.ElementsMatch(t, big.list(), seats(users...))
	enter := small.next(chat.MemberAdded, func(e *chat.Entry) {
		e.Member, e.Room = &chat.NewMember{UserID: users[3], Role: chat.RoleMember}, true
	})
	commit(t, s, enter, big.add(users[3]))
	require.EqualValues(t, 2, small.RoomSeq)
	small.require(t, s)
	require.ElementsMatch(t, append(big.list(), small.list()...), seats(users...))
	again := small.next(chat.MemberRemoved, func(e *chat.Entry) {
		e.Member, e.Room = &chat.NewMember{UserID: users[3], Role: chat.RoleMember}, true
	})
	commit(t, s, again, big.remove(users[1]))
	small.require(t, s)
	require.ElementsMatch(t, append(big.list(), small.list()...), seats(users...))
	require.ElementsMatch(t, []chat.Member{big.members[users[3]]}, seats(users[1], users[3]))
	require.Empty(t, seats())
	commit(t, s, big.end())
	require.ElementsMatch(t, small.list(), seats(users...))
}

func testHealGroup(t *testing.T, h Harness) {
	a, b := h.open(t), h.open(t)
	since := now()
	users := userIDs(5)
	g := newGroup(users[:3]...)
	states := []chat.Conversation{g.Conversation}
	lists := [][]chat.Member{g.list()}
	entries := []chat.Entry{g.first}
	for _, change := range []func() chat.Entry{
		func() chat.Entry { return g.add(users[3]) },
		func() chat.Entry { return g.rename("Ferns") },
		func() chat.Entry { return g.remove(users[1]) },
		func() chat.Entry { return g.promote(users[3], chat.RoleOwner) },
		func() chat.Entry {
			return g.next(chat.MemberAdded, func(e *chat.Entry) {
				e.Member, e.Room = &chat.NewMember{UserID: users[1], Role: chat.RoleMember}, true
			})
		},
	} {
		entries = append(entries, change())
		states, lists = append(states, g.Conversation), append(lists, g.list())
	}
	commit(t, a, entries...)
	g.require(t, b)
	final := g.list()
	for i := range states[:len(states)-1] {
		// No member's place had been written, or all of them.
		for _, members := range [][]chat.Member{lists[i], final} {
			c := states[i]
			h.Regress(t, c, members)
			require.Positive(t, healTogether(t, since, a, b))
			g.require(t, a)
			require.Zero(t, healTogether(t, since, a, b))
		}
	}
	h.Rewind(t, g.ID, nil)
	require.Positive(t, healTogether(t, since, a, b))
	g.require(t, b)
	seats, err := a.RoomSeats(during(t), users)
	require.NoError(t, err)
	require.ElementsMatch(t, final, seats)
}

func testRevisionMends(t *testing.T, h Harness) {
	s := h.open(t)
	users := userIDs(4)
	g := newGroup(users[0])
	before := g.Conversation
	commit(t, s, g.first, g.add(users[1]), g.add(users[2]))
	h.Regress(t, before, g.first.Members())
	// A node that has read the group so is refused, and finds it mended.
	late := chat.Entry{
		ConversationID: g.ID, Seq: g.LastSeq + 1, Kind: chat.MemberAdded, SenderID: users[0], ClientID: "late", CreatedAt: now(),
		Revision: 1, Member: &chat.NewMember{UserID: users[3], Role: chat.RoleMember},
	}
	results, err := s.Commit(during(t), []chat.Entry{late})
	require.NoError(t, err)
	require.Equal(t, []error{chat.ErrConflict}, results)
	revised, err := s.Revised(during(t), map[chat.ConversationID]int64{g.ID: 0, chat.NewID[chat.ConversationID](): 0})
	require.NoError(t, err)
	require.Equal(t, []chat.ConversationID{g.ID}, revised)
	g.require(t, s)
	revised, err = s.Revised(during(t), map[chat.ConversationID]int64{g.ID: g.Revision})
	require.NoError(t, err)
	require.Empty(t, revised)

	h.Regress(t, before, g.first.Members())
	commit(t, s, g.add(users[3]))
	g.require(t, s)
}

// testGroupRace: two nodes add and remove members of one group, each change made on the group as it was read.
func testGroupRace(t *testing.T, h Harness) {
	const changes = 12
	nodes := []Store{h.open(t), h.open(t)}
	g := newGroup(userIDs(1)...)
	commit(t, nodes[0], g.first)
	var all sync.WaitGroup
	for n, s := range nodes {
		all.Go(func() {
			mine := userIDs(3)
			for i := 0; i < changes; {
				c, err := s.Conversation(during(t), g.ID)
				if err != nil {
					t.Error(err)
					return
				}
				last, err := s.LastSeq(during(t), g.ID)
				if err != nil {
					t.Error(err)
					return
				}
				e := chat.Entry{
					ConversationID: g.ID, Seq: last + 1, SenderID: g.first.SenderID, ClientID: chat.NewID[string](), CreatedAt: now(), Revision: c.Revision + 1,
					Kind: chat.MemberAdded, Member: &chat.NewMember{UserID: mine[i%3], Role: chat.RoleMember},
				}
				if i%6 >= 3 {
					e.Kind = chat.MemberRemoved
				}
				results, err := s.Commit(during(t), []chat.Entry{e})
				if err != nil {
					t.Errorf("node %d: %v", n, err)
					return
				}
				if results[0] == nil {
					i++
				}
			}
		})
	}
	all.Wait()
	healTogether(t, g.CreatedAt, nodes...)
	entries := requireWhole(t, nodes[0], g.ID, 1+2*changes)
	for _, e := range entries[1:] {
		g.apply(e)
	}
	for _, s := range nodes {
		g.require(t, s)
	}
}
