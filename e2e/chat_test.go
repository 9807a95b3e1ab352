package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/loadtest/client"
)

// chatBothWays is the least that any deployment must do, whatever it is made of: two people on different gateways, each of
// whom writes through another API node, see the same messages live and in the same order.
func chatBothWays(t *testing.T, doors, apis []string) {
	t.Helper()
	ann, bob := signUp(t, apis[0], "ann"), signUp(t, apis[len(apis)-1], "bob")
	annsEar, bobsEar := listenAt(t, ann, apis[0], doors[0]), listenAt(t, bob, apis[len(apis)-1], doors[len(doors)-1])
	if len(doors) > 1 {
		require.NotEqual(t, annsEar.Node(), bobsEar.Node())
	}
	conversation := direct(t, ann, bob)
	first, second := say(t, ann, conversation, "Is this seat taken?"), say(t, bob, conversation, "It is yours.")
	for _, ear := range []*listener{annsEar, bobsEar} {
		for _, sent := range []client.Message{first, second} {
			d := ear.delivery(sent.ID)
			require.Equal(t, client.Live, d.Source)
			require.Equal(t, &sent, d.Message, "the socket says what the answer said")
		}
		require.Equal(t, []string{"Is this seat taken?", "It is yours."}, ear.texts(conversation))
		require.Equal(t, []int64{1, 2, 3}, seqs(ear.Log(conversation)), "conversation.created and two messages")
	}
	for _, s := range []*client.Session{ann, bob} {
		page, err := s.History(t.Context(), conversation, 0, 50)
		require.NoError(t, err)
		require.Equal(t, []client.Message{first, second}, page.Messages)
		log, err := s.AllEvents(t.Context(), conversation, 0)
		require.NoError(t, err)
		require.Equal(t, []int64{1, 2, 3}, seqs(log))
	}
	again, err := ann.Direct(t.Context(), bob.User().ID)
	require.NoError(t, err)
	require.Equal(t, conversation, again.ID, "two people have one direct conversation")
	require.Equal(t, &second, again.LastMessage)
}

func seqs(events []client.Event) []int64 {
	all := make([]int64, len(events))
	for i, e := range events {
		all[i] = e.Seq
	}
	return all
}

func TestChatAcrossNodes(t *testing.T) {
	c := shared(t)
	chatBothWays(t, []string{c.Gateway(1), c.Gateway(2), c.Gateway(3)}, []string{c.API(1), c.API(2)})
}

func TestChatThroughNginx(t *testing.T) {
	c := shared(t)
	chatBothWays(t, []string{c.Base()}, []string{c.Base()})
	res, body := ask(t, http.MethodGet, c.Base()+"/", "", nil)
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Contains(t, body, "<title>Parley</title>")
	res, _ = ask(t, http.MethodGet, c.Base()+"/metrics", "", nil)
	require.NotContains(t, res.Header.Get("Content-Type"), "version=", "operations are not reachable from outside")
}

func TestARepeatedSendGivesTheFirstResult(t *testing.T) {
	c := shared(t)
	ann, bob := signUp(t, c.Base(), "ann"), signUp(t, c.Base(), "bob")
	conversation := direct(t, ann, bob)
	ear := listen(t, bob, c.Base())
	nodes := []*client.Session{ann.Via(reach(t, c.API(1))), ann.Via(reach(t, c.API(2)))}
	message := client.NewMessage{ClientID: "once", Text: "only once"}

	var mu sync.Mutex
	var ids []string
	var created int
	var sending sync.WaitGroup
	for i := range 8 {
		sending.Go(func() {
			m, isNew, err := nodes[i%2].Send(t.Context(), conversation, message)
			mu.Lock()
			defer mu.Unlock()
			report(t, err)
			ids = append(ids, m.ID)
			if isNew {
				created++
			}
		})
	}
	sending.Wait()
	require.Equal(t, 1, created, "201 once, 200 for repeats")
	require.Len(t, slices.Compact(slices.Sorted(slices.Values(ids))), 1, "all got the same message")
	ear.delivery(ids[0])
	log, err := bob.AllEvents(t.Context(), conversation, 0)
	require.NoError(t, err)
	require.Len(t, log, 2)
	// The same key of another sender is another message.
	_, isNew, err := bob.Send(t.Context(), conversation, message)
	require.NoError(t, err)
	require.True(t, isNew)
}

func TestOneOrderForConcurrentSenders(t *testing.T) {
	const each = 40
	c := shared(t)
	ann, bob := signUp(t, c.Base(), "ann"), signUp(t, c.Base(), "bob")
	conversation := direct(t, ann, bob)
	ears := []*listener{
		listenAt(t, ann, c.Base(), c.Gateway(1)), listenAt(t, ann, c.Base(), c.Gateway(2)), listenAt(t, bob, c.Base(), c.Gateway(3)),
	}
	var sending sync.WaitGroup
	for who, s := range []*client.Session{ann, bob} {
		for node := 1; node <= 2; node++ {
			via := s.Via(reach(t, c.API(node)))
			sending.Go(func() {
				for i := range each {
					text := fmt.Sprintf("%d from %d at %d", i, who, node)
					_, err := via.Deliver(t.Context(), quickly, conversation, client.NewMessage{ClientID: fmt.Sprint(node, "-", i), Text: text}, nil)
					report(t, err)
				}
			})
		}
	}
	sending.Wait()
	server, err := ann.AllEvents(t.Context(), conversation, 0)
	require.NoError(t, err)
	require.Len(t, server, 1+4*each)
	for i, e := range server {
		require.EqualValues(t, i+1, e.Seq, "no holes")
	}
	for _, ear := range ears {
		eventually(t, soon, func() bool { return len(ear.Log(conversation)) == len(server) }, "all messages at %s", ear.Node())
		require.Equal(t, ids(server), ids(ear.Log(conversation)), "the order at %s", ear.Node())
		require.Zero(t, ear.Stats().Conflicts)
	}
}

func ids(events []client.Event) []string {
	var all []string
	for _, e := range events {
		if e.IsMessage() {
			all = append(all, e.Message.ID)
		}
	}
	return all
}

func TestResume(t *testing.T) {
	c := shared(t)
	ann, bob := signUp(t, c.Base(), "ann"), signUp(t, c.Base(), "bob")
	conversation := direct(t, ann, bob)
	ear := listenAt(t, bob, c.Base(), c.Gateway(2))
	heard := say(t, ann, conversation, "heard")
	ear.delivery(heard.ID)

	have := ear.Cursors()
	missed := []client.Message{say(t, ann, conversation, "missed 1"), say(t, ann, conversation, "missed 2")}
	t.Run("by events", func(t *testing.T) {
		page, err := bob.Events(t.Context(), conversation, have[conversation], 1)
		require.NoError(t, err)
		require.Equal(t, []string{missed[0].ID}, ids(page.Events))
		require.Equal(t, missed[1].Seq, page.LastSeq, "there is more")
		page, err = bob.Events(t.Context(), conversation, missed[1].Seq, 50)
		require.NoError(t, err)
		require.Empty(t, page.Events)
		require.False(t, page.Reset)
		page, err = bob.Events(t.Context(), conversation, missed[1].Seq+5, 50)
		require.NoError(t, err)
		require.True(t, page.Reset, "nobody can be ahead of the log")
	})
	t.Run("by sync", func(t *testing.T) {
		other := direct(t, signUp(t, c.Base(), "cy"), bob)
		result, err := bob.Sync(t.Context(), map[string]int64{conversation: have[conversation], "01ARZ3NDEKTSV4RRFFQ69G5FAV": 3})
		require.NoError(t, err)
		require.Equal(t, []string{missed[0].ID, missed[1].ID}, ids(result.Events[conversation]))
		require.Equal(t, []string{"01ARZ3NDEKTSV4RRFFQ69G5FAV"}, result.Removed)
		require.Empty(t, result.Reset)
		require.False(t, result.ResetAll)
		var named []string
		for _, one := range result.Conversations {
			named = append(named, one.ID)
		}
		require.ElementsMatch(t, []string{conversation, other}, named, "changed and new")
		result, err = bob.Sync(t.Context(), map[string]int64{conversation: missed[1].Seq, other: 1})
		require.NoError(t, err)
		require.Empty(t, result.Conversations)
		require.Empty(t, result.Events)
	})
	t.Run("by reconnecting, again and again", func(t *testing.T) {
		for i := range 30 {
			say(t, ann, conversation, fmt.Sprint("line ", i))
			if i%6 == 0 {
				ear.Cut()
			}
		}
		eventually(t, soon, func() bool { return len(ear.texts(conversation)) == 33 }, "all messages")
		require.Positive(t, ear.Stats().Reconnects)
		require.Zero(t, ear.Stats().Conflicts)
	})
}

func TestTypingAndRead(t *testing.T) {
	c := shared(t)
	ann, bob, cy := signUp(t, c.Base(), "ann"), signUp(t, c.Base(), "bob"), signUp(t, c.Base(), "cy")
	conversation := direct(t, ann, bob)
	sent := say(t, ann, conversation, "read me")
	annsEar, bobsEar := listenAt(t, ann, c.Base(), c.Gateway(1)), listenAt(t, bob, c.Base(), c.Gateway(2))
	bobsOther, cysEar := listenAt(t, bob, c.Base(), c.Gateway(3)), listenAt(t, cy, c.Base(), c.Gateway(1))

	for _, active := range []bool{true, false} {
		skip := annsEar.seen()
		require.NoError(t, bobsEar.Typing(conversation, active))
		annsEar.frame(soon, skip, "typing", func(f client.Frame) bool {
			return f.Type == "typing" && f.ConversationID == conversation && f.UserID == bob.User().ID && f.Active == active
		})
	}
	one, err := bob.Conversation(t.Context(), conversation)
	require.NoError(t, err)
	require.EqualValues(t, 1, one.Unread)

	readSeq, err := bob.Read(t.Context(), conversation, sent.Seq)
	require.NoError(t, err)
	require.Equal(t, sent.Seq, readSeq)
	isRead := func(f client.Frame) bool {
		return f.Type == "read" && f.ConversationID == conversation && f.UserID == bob.User().ID && f.Seq == sent.Seq
	}
	annsEar.frame(soon, 0, "read, at the sender", isRead)
	bobsOther.frame(soon, 0, "read, at the reader's other device", isRead)
	readSeq, err = bob.Read(t.Context(), conversation, 1)
	require.NoError(t, err)
	require.Equal(t, sent.Seq, readSeq, "it never goes back")
	one, err = bob.Conversation(t.Context(), conversation)
	require.NoError(t, err)
	require.Zero(t, one.Unread)
	require.Equal(t, sent.Seq, one.ReadSeq)

	// A stranger neither hears of it nor takes part in it.
	require.NoError(t, cysEar.Typing(conversation, true))
	say(t, ann, conversation, "not for cy")
	ctx, stop := context.WithTimeout(t.Context(), soon)
	defer stop()
	require.NoError(t, cysEar.CatchUp(ctx))
	require.Empty(t, cysEar.Cursors())
	for _, f := range annsEar.all() {
		require.NotEqual(t, cy.User().ID, f.UserID, "a stranger types: %+v", f)
	}
	for _, f := range cysEar.all() {
		require.Empty(t, f.ConversationID, "a stranger got %+v", f)
	}
}

func TestPresenceAcrossGateways(t *testing.T) {
	c := shared(t)
	ann, bob := signUp(t, c.Base(), "ann"), signUp(t, c.Base(), "bob")
	direct(t, ann, bob)
	ear := listenAt(t, ann, c.Base(), c.Gateway(1))
	is := func(online bool) func(client.Frame) bool {
		return func(f client.Frame) bool {
			return f.Type == "presence" && f.UserID == bob.User().ID && f.Online == online
		}
	}
	require.NoError(t, ear.Watch(bob.User().ID))
	ear.frame(soon, 0, "the answer to watch: offline", is(false))

	skip := ear.seen()
	first, second := listenAt(t, bob, c.Base(), c.Gateway(2)), listenAt(t, bob, c.Base(), c.Gateway(3))
	ear.frame(soon, skip, "online", is(true))

	skip = ear.seen()
	first.stop()
	second.stop()
	left := ear.frame(30*time.Second, skip, "offline", is(false))
	require.NotNil(t, left.LastSeenAt)
	require.WithinDuration(t, time.Now(), *left.LastSeenAt, time.Minute)
	one, err := ann.Direct(t.Context(), bob.User().ID)
	require.NoError(t, err)
	for _, m := range one.Members {
		if m.UserID == bob.User().ID {
			require.NotNil(t, m.LastSeenAt, "it is kept, for those who ask later")
		}
	}
}
