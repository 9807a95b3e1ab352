package tail

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
)

// errBehind: there is more to read than one round may.
var errBehind = errors.New("more entries than a round reads")

// key is an entry.
type key struct {
	conversation chat.ConversationID
	seq          int64
}

// session is one stretch of tailing; it belongs to one goroutine. What is committed before readDeep has been seen as far
// as Overlap goes, what is committed before readNear as far as Slack goes.
type session struct {
	opts     Options
	readDeep time.Time
	readNear time.Time
	// floor is before what time nothing is read any more: it was left to the clients.
	floor time.Time
	// trusted is from when the floor is far enough behind for all that is committed.
	trusted time.Time
	failing bool
	// deepDue: the next round has to look back as far as Overlap.
	deepDue bool

	// seen is what has been dealt with, and each entry's own time.
	seen map[key]chat.Time
	// last is the entry of each conversation that was handed over last.
	last map[chat.ConversationID]chat.EntryCursor
	// wanted tells whether a channel that has not had an entry is to get it; count is told to how many it went.
	wanted func(e chat.Entry, c bus.Channel) bool
	count  func(channels int)
	// held are entries whose predecessor had not come with them in the round before.
	held map[key]struct{}
}

func newSession(opts Options) *session {
	return &session{
		opts: opts, seen: map[key]chat.Time{}, last: map[chat.ConversationID]chat.EntryCursor{}, held: map[key]struct{}{},
		wanted: func(chat.Entry, bus.Channel) bool { return true },
		count:  func(int) { opts.Metrics.Entries.Inc() },
	}
}

// round reads what is new and hands it over. It tells whether it was a last one: all that the bus may have lost has been read.
func (s *session) round(ctx context.Context, n need, began time.Time) (last bool) {
	if !n.from.IsZero() {
		s.deepDue = true
		if s.readDeep.IsZero() || n.from.Before(s.readDeep) {
			s.readDeep = n.from
		}
	}
	if s.readNear.IsZero() {
		s.readNear = began
	}
	settled := !n.lost && began.Sub(n.restored) >= Linger
	deep := settled || s.deepDue || began.Sub(s.readDeep) >= DeepEvery
	since := s.readNear.Add(-Slack)
	if deep {
		since = s.readDeep.Add(-Overlap)
	}
	whole, err := s.read(ctx, since)
	if ctx.Err() != nil {
		return false
	}
	s.judge(ctx, err, began)
	if err != nil || !whole {
		return false
	}
	s.readNear = began
	if deep {
		s.readDeep, s.deepDue = began, false
		s.forget(began.Add(-Overlap))
	}
	return deep && settled
}

// judge says whether the tail can be relied on after a round.
func (s *session) judge(ctx context.Context, err error, began time.Time) {
	result := "ok"
	switch {
	case errors.Is(err, errBehind):
		result = "behind"
	case err != nil:
		result = "failed"
	}
	s.opts.Metrics.Rounds.WithLabelValues(result).Inc()
	if (err != nil) != s.failing {
		s.failing = err != nil
		if s.failing {
			s.opts.Logger.WarnContext(ctx, "the log can't be followed; clients are asked to sync", "error", err)
		} else {
			s.opts.Logger.InfoContext(ctx, "the log can be followed again")
		}
	}
	if errors.Is(err, errBehind) || err != nil && began.Sub(s.readNear) > MaxBehind {
		s.startOver(began)
	}
	s.opts.Doubt(err != nil || began.Before(s.trusted))
}

// startOver leaves what is not read yet to the clients, so that a round's work stays bounded.
func (s *session) startOver(now time.Time) {
	s.floor, s.readDeep, s.readNear = now, now, now
	s.trusted = now.Add(Overlap)
	s.forget(now)
}

// forget drops what no later round reads again.
func (s *session) forget(before time.Time) {
	bound := chat.TimeOf(before)
	for k, at := range s.seen {
		if at < bound {
			delete(s.seen, k)
		}
	}
	for id, e := range s.last {
		if e.CreatedAt < bound {
			delete(s.last, id)
		}
	}
}

// read hands over what is new of the entries made at or after since. It is not whole if something has to wait for the
// next round.
func (s *session) read(ctx context.Context, since time.Time) (whole bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, RoundTimeout)
	defer cancel()
	if since.Before(s.floor) {
		since = s.floor
	}
	fresh, err := s.fresh(ctx, chat.EntryCursor{CreatedAt: chat.TimeOf(since)})
	if err != nil && !errors.Is(err, errBehind) {
		return false, err
	}
	sortBySeq(fresh)
	ready := s.hold(fresh)
	whole = len(ready) == len(fresh)
	unready, handErr := s.hand(ctx, ready)
	return whole && unready == 0, cmp.Or(handErr, err)
}

// sortBySeq puts entries in order, each conversation's by seq: the times of entries made on two nodes may be the other
// way round.
func sortBySeq(entries []chat.Entry) {
	slices.SortFunc(entries, func(a, b chat.Entry) int {
		return cmp.Or(cmp.Compare(a.ConversationID, b.ConversationID), cmp.Compare(a.Seq, b.Seq))
	})
}

// fresh are the entries after the cursor that have not been dealt with.
func (s *session) fresh(ctx context.Context, after chat.EntryCursor) ([]chat.Entry, error) {
	var fresh []chat.Entry
	for range MaxPages {
		page, err := s.opts.Store.EntriesSince(ctx, after, PageSize)
		if err != nil {
			return nil, fmt.Errorf("tail: %w", err)
		}
		for _, e := range page {
			if _, known := s.seen[key{e.ConversationID, e.Seq}]; known {
				continue
			}
			if len(s.seen)+len(fresh) >= MaxSeen {
				return fresh, errBehind
			}
			fresh = append(fresh, e)
		}
		if len(page) < PageSize {
			return fresh, nil
		}
		after = page[len(page)-1].Cursor()
	}
	return fresh, errBehind
}

// hold leaves out entries whose predecessor was committed while the pages were read and so is not among them. The next
// round has it; should it not, nothing waits longer.
func (s *session) hold(fresh []chat.Entry) (ready []chat.Entry) {
	held := map[key]struct{}{}
	next := map[chat.ConversationID]int64{}
	for _, e := range fresh {
		want, known := next[e.ConversationID]
		if !known {
			if last, handed := s.last[e.ConversationID]; handed {
				want, known = last.Seq+1, true
			}
		}
		k := key{e.ConversationID, e.Seq}
		if _, waited := s.held[k]; known && e.Seq > want && !waited {
			held[k] = struct{}{}
			next[e.ConversationID] = want
			continue
		}
		next[e.ConversationID] = max(want, e.Seq+1)
		ready = append(ready, e)
	}
	s.held = held
	s.deepDue = s.deepDue || len(held) > 0
	return ready
}
