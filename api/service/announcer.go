package service

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/parley-chat/parley/pkg/chat"
)

// announceTimeout is how long the store may take to say whether a group has changed. After that the gateways' patrols find who has
// not been told.
const announceTimeout = 5 * time.Second

// AnnouncerStore is what an Announcer needs of a store; package store has the contract.
type AnnouncerStore interface {
	Revised(ctx context.Context, known map[chat.ConversationID]int64) ([]chat.ConversationID, error)
	MembersOf(ctx context.Context, ids []chat.ConversationID, perConversation int) (map[chat.ConversationID][]chat.Member, error)
}

// Announcer tells the members of conversations what was committed. Between the reading of a group's members and the commit others may
// have changed them, for as long as a request takes, so a group that is told member by member is looked at again after the commit: who
// was removed before an entry hears nothing of it, and who came hears all. One question is for all entries of a group that wait, and
// they go out in the order of the log. All of a node's services share one Announcer.
type Announcer struct {
	store     AnnouncerStore
	revisions revisions
	tell      teller

	mu sync.Mutex
	// waiting has the groups whose members are being told, with what they are told next. Guarded by mu.
	waiting map[chat.ConversationID][]*announcement
	running sync.WaitGroup
}

// announcement is one entry, and whom it goes to. Its methods may be called on nil, which is over and tells nothing.
type announcement struct {
	entry chat.Entry
	hearers
	// done is closed when the members have been told, or nobody will be.
	done chan struct{}
	// ended, to be read after done, tells that the group has no members any more.
	ended bool
}

// NewAnnouncer makes one that publishes to pub.
func NewAnnouncer(store AnnouncerStore, pub Publisher, logger *slog.Logger) *Announcer {
	return &Announcer{
		store: store, revisions: newRevisions(store), tell: teller{pub, logger}, waiting: map[chat.ConversationID][]*announcement{},
	}
}

// Close waits until all is told that was committed before, or ctx ends.
func (a *Announcer) Close(ctx context.Context) error {
	told := make(chan struct{})
	go func() {
		a.running.Wait()
		close(told)
	}()
	select {
	case <-told:
		return nil
	case <-ctx.Done():
		return ctx.Err() //nolint:wrapcheck // by who closes
	}
}

// committed tells the hearers of an entry, or begins to. It is called in the order of the log, and doesn't wait: nil where they have
// been told when it returns.
func (a *Announcer) committed(e chat.Entry, h hearers) *announcement {
	if h.conversation.Type != chat.Group || h.members == nil {
		a.tell.entry(e, h)
		return nil
	}
	n := &announcement{entry: e, hearers: h, done: make(chan struct{})}
	a.mu.Lock()
	defer a.mu.Unlock()
	before, busy := a.waiting[e.ConversationID]
	a.waiting[e.ConversationID] = append(before, n)
	if !busy {
		a.running.Go(func() { a.announce(e.ConversationID) })
	}
	return n
}

// announce tells a group's members until nothing waits.
func (a *Announcer) announce(id chat.ConversationID) {
	for batch := a.take(id); batch != nil; batch = a.take(id) {
		a.complete(id, batch)
		for _, n := range batch {
			if n.members != nil {
				a.tell.entry(n.entry, n.hearers)
			}
			close(n.done)
		}
	}
}

// take is nil when nothing waits; the next entry of the group then begins anew.
func (a *Announcer) take(id chat.ConversationID) []*announcement {
	a.mu.Lock()
	defer a.mu.Unlock()
	batch := a.waiting[id]
	if batch == nil {
		delete(a.waiting, id)
		return nil
	}
	a.waiting[id] = nil
	return batch
}

// complete gives each entry of a group the members that hear of it; none where they can't be known.
func (a *Announcer) complete(id chat.ConversationID, batch []*announcement) {
	asked := slices.DeleteFunc(slices.Clone(batch), func(n *announcement) bool { return n.entry.Revision > 0 })
	if len(asked) == 0 {
		return // each was decided on the members that it goes to
	}
	ctx, cancel := context.WithTimeout(context.Background(), announceTimeout)
	defer cancel()
	oldest := slices.MinFunc(asked, func(x, y *announcement) int {
		return int(x.conversation.Revision - y.conversation.Revision)
	})
	revised, err := a.revisions.above(ctx, id, oldest.conversation.Revision)
	if err == nil && !revised {
		return
	}
	var now map[chat.ConversationID][]chat.Member
	if err == nil {
		now, err = a.store.MembersOf(ctx, []chat.ConversationID{id}, chat.MaxMembers)
	}
	if err != nil {
		a.tell.logger.Warn("members not told", "conversation", id, "entries", len(asked), "error", err)
	}
	for _, n := range asked {
		n.members = nil
		n.ended = err == nil && len(now[id]) == 0
		for _, m := range now[id] {
			if m.JoinedSeq <= n.entry.Seq {
				n.members = append(n.members, m)
			}
		}
	}
}

// over waits until the members have been told, or ctx ends, and tells whether the group has ended: nobody will see the entry.
func (n *announcement) over(ctx context.Context) (ended bool) {
	if n == nil {
		return false
	}
	select {
	case <-n.done:
		return n.ended
	case <-ctx.Done():
		return false
	}
}
