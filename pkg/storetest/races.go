package storetest

import (
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/chatlog"
)

func isOneOf(err error, targets ...error) bool {
	return slices.ContainsFunc(targets, func(target error) bool { return errors.Is(err, target) })
}

// send commits e at whatever seq is free, as a sequencer would, until it is there.
func send(t *testing.T, s Store, e chat.Entry) {
	var turn time.Duration
	for try := 1; ; try++ {
		// Without a pause that grows, all fail but one each time.
		time.Sleep(rand.N(time.Duration(try)*turn + 1))
		began := time.Now()
		last, err := s.LastSeq(during(t), e.ConversationID)
		if err != nil {
			t.Errorf("last seq: %v", err)
			return
		}
		e.Seq = last + 1
		results, err := s.Commit(during(t), []chat.Entry{e})
		if err == nil {
			err = results[0]
		}
		turn = time.Since(began)
		switch {
		case err == nil, errors.Is(err, chat.ErrClientIDUsed):
			return
		case !isOneOf(err, chat.ErrSeqTaken, chat.ErrUnavailable):
			t.Errorf("commit: %v", err)
			return
		}
	}
}

func testWriters(t *testing.T, h Harness) {
	const writers = 64
	nodes := []Store{h.open(t), h.open(t)}
	users := userIDs(writers)
	first := creation(now(), users...)
	commit(t, nodes[0], first)
	var all sync.WaitGroup
	want := map[string]bool{first.ClientID: true}
	for i, user := range users {
		e := message(first, 0, user)
		want[e.ClientID] = true
		all.Go(func() { send(t, nodes[i%2], e) })
	}
	all.Wait()
	got := map[string]bool{}
	for _, e := range requireWhole(t, nodes[0], first.ConversationID, writers+1) {
		got[e.ClientID] = true
	}
	require.Equal(t, want, got)
}

func testClientIDRace(t *testing.T, h Harness) {
	nodes := []Store{h.open(t), h.open(t)}
	user := userIDs(1)[0]
	first := creation(now(), user)
	commit(t, nodes[0], first)
	for round := range 5 {
		original := message(first, 0, user)
		var all sync.WaitGroup
		for i := range 8 {
			e := message(first, 0, user)
			e.ClientID = original.ClientID
			all.Go(func() { send(t, nodes[i%2], e) })
		}
		all.Wait()
		requireWhole(t, nodes[0], first.ConversationID, round+2)
	}
}

func testCreationRace(t *testing.T, h Harness) {
	nodes := []Store{h.open(t), h.open(t)}
	users := userIDs(2)
	id := chat.DirectID(users[0], users[1])
	made := make(chan chat.Entry, 8)
	var all sync.WaitGroup
	for i := range cap(made) {
		e := creation(now()+chat.Time(i), users[i%2], users[(i+1)%2])
		e.ConversationID, e.Created.Type = id, chat.Direct
		all.Go(func() {
			results, err := nodes[i/2%2].Commit(during(t), []chat.Entry{e})
			switch {
			case err != nil:
				t.Errorf("commit: %v", err)
			case results[0] == nil:
				made <- e
			case !isOneOf(results[0], chat.ErrSeqTaken, chat.ErrClientIDUsed):
				t.Errorf("refused: %v", results[0])
			}
		})
	}
	all.Wait()
	close(made)
	require.Len(t, made, 1)
	winner := <-made
	requireWhole(t, nodes[1], id, 1)
	c, err := nodes[1].Conversation(during(t), id)
	require.NoError(t, err)
	require.Equal(t, winner.Conversation(), c)
	members, err := nodes[1].MembersOf(during(t), []chat.ConversationID{id}, 10)
	require.NoError(t, err)
	require.ElementsMatch(t, winner.Members(), members[id])
}

func testSequencers(t *testing.T, h Harness) {
	const conversations, perUser = 2, 3
	var logs []*chatlog.Log
	nodes := []Store{h.open(t), h.open(t)}
	for _, s := range nodes {
		l := chatlog.New(s, chatlog.Options{})
		t.Cleanup(func() { require.NoError(t, l.Close(during(t))) })
		logs = append(logs, l)
	}
	users := userIDs(8)
	var all sync.WaitGroup
	var firsts []chat.Entry
	for range conversations {
		first := creation(now(), users...)
		firsts = append(firsts, first)
		_, err := logs[0].Begin(during(t), first, nil)
		require.NoError(t, err)
		for i, user := range users {
			all.Go(func() {
				for range perUser {
					e := message(first, 0, user)
					for _, l := range []*chatlog.Log{logs[i%2], logs[(i+1)%2]} {
						if _, err := l.Append(during(t), e, nil); err != nil {
							t.Errorf("append: %v", err)
						}
					}
				}
			})
		}
	}
	all.Wait()
	for _, first := range firsts {
		requireWhole(t, nodes[1], first.ConversationID, 1+len(users)*perUser)
	}
}

func testHeadsRace(t *testing.T, h Harness) {
	const each = 10
	nodes := []Store{h.open(t), h.open(t)}
	users := userIDs(8)
	first := creation(now(), users...)
	commit(t, nodes[0], first)
	var all sync.WaitGroup
	for i, user := range users {
		all.Go(func() {
			for range each {
				send(t, nodes[i%2], message(first, 0, user))
			}
		})
	}
	all.Wait()
	entries := requireWhole(t, nodes[0], first.ConversationID, 1+len(users)*each)
	requireDerived(t, nodes[1], first, entries[len(entries)-1].Head())
	require.Zero(t, healTogether(t, 0, nodes...), "nothing was left to healing")
}
