package tail_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/gateway/tail"
	"github.com/parley-chat/parley/pkg/chat"
)

func TestWhatIsCommittedWhileTheBusIsLostReachesMembersOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := users(4)
		ann, bob, away, stranger := u[0], u[1], u[2], u[3]
		w, stop := newWorld(t, ann, bob, stranger)
		defer stop()
		c := w.begin(ann, bob, away).ConversationID
		w.publish(at{c, 1}, ann, bob)
		w.publish(w.say(c, 0), ann, bob)
		time.Sleep(time.Hour)
		require.Empty(t, w.ears.of(ann), "a bus that works is trusted")

		w.Lost(time.Now())
		for n := range int64(100) {
			said := w.say(c, 0)
			// What is new to the world by then is the conversation made while the bus is lost, too.
			d := w.begin(bob, away).ConversationID
			time.Sleep(time.Second)
			require.Equal(t, said, w.ears.of(ann)[n], "within a second")
			require.Contains(t, w.ears.of(bob), at{d, 1})
		}
		w.Restored()
		time.Sleep(tail.Linger / 2)
		late := w.say(c, 10*time.Second)
		time.Sleep(time.Minute)
		require.Len(t, w.ears.of(ann), 101, "each once, and nothing of before")
		require.Equal(t, late, w.ears.of(ann)[100], "a slow commit is found, too")
		require.Empty(t, w.ears.of(stranger))
		w.publish(w.say(c, 0), ann, bob)
		time.Sleep(time.Minute)
		require.Len(t, w.ears.of(ann), 101, "the tail rests")
		_, doubts := w.doubting()
		require.Zero(t, doubts)
	})
}

func TestAGapIsReadAsFarBackAsItReaches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ann := users(1)[0]
		w, stop := newWorld(t, ann)
		defer stop()
		c := w.begin(ann).ConversationID
		w.publish(at{c, 1}, ann)
		time.Sleep(time.Hour)
		missed := w.say(c, 0)
		time.Sleep(5 * time.Minute)
		w.Lost(time.Now().Add(-6 * time.Minute))
		w.Restored()
		time.Sleep(time.Second)
		require.Equal(t, []at{missed}, w.ears.of(ann))
	})
}

func TestAGapToldOfDuringTheLastRoundIsReadToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ann := users(1)[0]
		w, stop := newWorld(t, ann)
		defer stop()
		c := w.begin(ann).ConversationID
		w.publish(at{c, 1}, ann)
		time.Sleep(time.Hour)
		missed := w.say(c, 0)
		time.Sleep(time.Minute)
		w.Lost(time.Now())
		time.Sleep(10 * time.Second)
		w.Restored()
		time.Sleep(tail.Linger - tail.Interval/2)
		w.mu.Lock()
		w.read = func() {
			w.Lost(time.Now().Add(-2 * time.Minute))
			w.Restored()
		}
		w.mu.Unlock()
		time.Sleep(2 * tail.Interval)
		require.Equal(t, []at{missed}, w.ears.of(ann))
	})
}

func TestASlowCommitIsFoundWhileTheBusIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ann := users(1)[0]
		w, stop := newWorld(t, ann)
		defer stop()
		c := w.begin(ann).ConversationID
		w.publish(at{c, 1}, ann)
		time.Sleep(time.Hour)
		w.Lost(time.Now())
		time.Sleep(time.Minute)
		said := w.say(c, 10*time.Second)
		time.Sleep(tail.DeepEvery + tail.Interval)
		require.Equal(t, []at{said}, w.ears.of(ann))
	})
}

func TestWhoIsNoMemberAnyMoreHearsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := users(2)
		w, stop := newWorld(t, u...)
		defer stop()
		c := w.begin(u...).ConversationID
		w.publish(at{c, 1}, u...)
		time.Sleep(time.Hour)
		w.Lost(time.Now())
		time.Sleep(tail.Interval / 2)
		w.store.PutConversation(c, u[0])
		w.say(c, 0)
		time.Sleep(time.Minute)
		require.Len(t, w.ears.of(u[0]), 1)
		require.Empty(t, w.ears.of(u[1]))
	})
}

func TestAConversationWhoseMembersAreNotWrittenYetWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := users(2)
		w, stop := newWorld(t, u...)
		defer stop()
		w.Lost(time.Now())
		time.Sleep(tail.Interval / 2)
		c := w.begin(u...).ConversationID
		w.store.PutConversation(c, u[0])
		time.Sleep(time.Second)
		require.Empty(t, w.ears.of(u[0]))
		w.store.PutConversation(c, u...)
		time.Sleep(tail.Interval)
		require.Equal(t, []at{{c, 1}}, w.ears.of(u[0]))
		require.Equal(t, []at{{c, 1}}, w.ears.of(u[1]))

		// Nobody writes them: the node has died.
		d := w.begin(u...).ConversationID
		w.store.PutConversation(d)
		time.Sleep(10 * time.Second)
		require.Equal(t, []at{{c, 1}, {d, 1}}, w.ears.of(u[1]))
	})
}

func TestADatabaseThatFailsIsDoubtedAndReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ann := users(1)[0]
		w, stop := newWorld(t, ann)
		defer stop()
		c := w.begin(ann).ConversationID
		w.publish(at{c, 1}, ann)
		time.Sleep(time.Hour)
		w.store.SetErr(errors.New("down"))
		w.Lost(time.Now())
		time.Sleep(tail.Interval / 2)
		doubt, _ := w.doubting()
		require.True(t, doubt, "clients are asked at once")
		first := w.say(c, 0)
		time.Sleep(tail.MaxBehind / 2)
		w.Restored()
		w.store.SetErr(nil)
		time.Sleep(tail.Interval)
		doubt, _ = w.doubting()
		require.False(t, doubt)
		require.Equal(t, []at{first}, w.ears.of(ann))
	})
}

func TestALongFailureIsLeftToTheClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ann := users(1)[0]
		w, stop := newWorld(t, ann)
		defer stop()
		c := w.begin(ann).ConversationID
		w.store.SetErr(errors.New("down"))
		w.Lost(time.Now())
		w.say(c, 0)
		time.Sleep(time.Minute)
		w.store.SetErr(nil)
		time.Sleep(time.Second)
		now := w.say(c, 0)
		time.Sleep(time.Second)
		doubt, _ := w.doubting()
		require.True(t, doubt, "as long as a commit may still be older than what is read")
		require.Equal(t, []at{now}, w.ears.of(ann))
		time.Sleep(tail.Overlap)
		doubt, _ = w.doubting()
		require.False(t, doubt)
	})
}

func TestMoreThanARoundReadsIsLeftToTheClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ann := users(1)[0]
		w, stop := newWorld(t, ann)
		defer stop()
		c := w.begin(users(1)[0]).ConversationID
		mine := w.begin(ann).ConversationID
		entries := make([]chat.Entry, tail.PageSize*tail.MaxPages+5)
		for i := range entries {
			entries[i] = chat.Entry{ConversationID: c, Seq: int64(i + 2), Kind: chat.MessageCreated, CreatedAt: chat.TimeOf(time.Now())}
		}
		w.store.Commit(entries...)
		w.Lost(time.Now())
		time.Sleep(tail.Interval / 2)
		doubt, _ := w.doubting()
		require.True(t, doubt)
		time.Sleep(tail.Overlap)
		said := w.say(mine, 0)
		time.Sleep(2 * time.Second)
		doubt, _ = w.doubting()
		require.False(t, doubt, "it has caught up")
		require.Contains(t, w.ears.of(ann), said)
	})
}

// TestAnEntryIsNotOvertaken: a scan may pass the place of an entry just before it is committed, and still meet the next.
func TestAnEntryIsNotOvertaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ann := users(1)[0]
		w, stop := newWorld(t, ann)
		defer stop()
		c := w.begin(ann).ConversationID
		w.Lost(time.Now())
		time.Sleep(5*time.Second + tail.Interval/2)
		w.seqs[c]++
		next := w.say(c, 0)
		w.seqs[c] = 1
		time.Sleep(tail.Interval)
		require.Len(t, w.ears.of(ann), 1)
		missed := w.say(c, 10*time.Second)
		time.Sleep(tail.Interval)
		require.Equal(t, []at{{c, 1}, missed, next}, w.ears.of(ann))

		// One that never comes holds up nobody.
		w.seqs[c] += 2
		far := w.say(c, 0)
		time.Sleep(3 * tail.Interval)
		require.Equal(t, far, w.ears.of(ann)[3])
	})
}

// The log keeps of an edit only what it changed; sockets get the message.
func TestAnEditBringsItsMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ann := users(1)[0]
		w, stop := newWorld(t, ann)
		defer stop()
		c := w.begin(ann).ConversationID
		w.Lost(time.Now())
		m := chat.Message{ID: chat.NewID[chat.MessageID](), ConversationID: c, Seq: 2, Text: "one"}
		w.store.Commit(
			chat.Entry{ConversationID: c, Seq: 2, Kind: chat.MessageCreated, CreatedAt: chat.TimeOf(time.Now()), Message: &m},
			chat.Entry{ConversationID: c, Seq: 3, Kind: chat.MessageUpdated, CreatedAt: chat.TimeOf(time.Now()), TargetID: m.ID, Edit: &chat.Edit{Text: "two"}},
		)
		time.Sleep(2 * time.Second)
		require.Contains(t, w.ears.of(ann), at{c, 3})
		w.ears.mu.Lock()
		defer w.ears.mu.Unlock()
		require.Contains(t, string(w.ears.last), `"message.updated"`)
		require.Contains(t, string(w.ears.last), `"two"`)
	})
}
