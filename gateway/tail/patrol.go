package tail

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
)

const (
	// PatrolEvery is between two patrols. With PatrolDelay, what was never published is live within ten seconds.
	PatrolEvery = 3 * time.Second
	// PatrolDelay is for how long an entry is left to the bus.
	PatrolDelay = 2 * time.Second
	// maxPatrol is how far a patrol looks back at most, after others that failed.
	maxPatrol = time.Minute
	// joinSlack is how much older than a channel's first socket here an entry may be that the socket still needs: for
	// clocks that differ. What is older the client's own sync has found, as it has after each hello.
	joinSlack = 2 * time.Second
)

// patrol looks for entries that the bus should have brought and has not. Each is looked at once, and its members are asked
// for then; what patrols cost grows with what is written.
type patrol struct {
	session *session
	// began is when the node did: nobody here needs what is older.
	began time.Time
	// looked is until when all has been looked at, as far as Overlap goes.
	looked time.Time
	failed bool
}

func newPatrol(opts Options, now time.Time) *patrol {
	p := &patrol{session: newSession(opts), began: now, looked: now}
	p.session.wanted = p.missed
	p.session.count = func(channels int) {
		if channels > 0 {
			opts.Metrics.Missed.Inc()
		}
	}
	return p
}

// missed tells whether the channel was here when e was to be published.
func (p *patrol) missed(e chat.Entry, c bus.Channel) bool {
	since, here := p.session.opts.Hub.Since(c)
	return here && e.CreatedAt.Std().After(since.Add(-joinSlack))
}

// round looks at what is new. What it can't look at in time, or is too much, is left to the clients, who find it by the next
// entry's seq.
func (p *patrol) round(ctx context.Context, now time.Time) {
	until := now.Add(-PatrolDelay)
	if oldest := until.Add(-maxPatrol); p.looked.Before(oldest) {
		p.looked = oldest
	}
	since := p.looked.Add(-Overlap)
	if since.Before(p.began) {
		since = p.began
	}
	bounded, cancel := context.WithTimeout(ctx, RoundTimeout)
	defer cancel()
	err := p.look(bounded, since, until)
	if ctx.Err() != nil {
		return
	}
	if failed := err != nil && !errors.Is(err, errBehind); failed != p.failed {
		p.failed = failed
		if failed {
			p.session.opts.Logger.WarnContext(ctx, "the log can't be looked through for entries that were not published", "error", err)
		}
	}
	if p.failed {
		return
	}
	p.looked = until
	p.session.forget(until.Add(-Overlap))
}

// look hands over what is new of the entries made since and until then.
func (p *patrol) look(ctx context.Context, since, until time.Time) error {
	fresh, err := p.session.fresh(ctx, chat.EntryCursor{CreatedAt: chat.TimeOf(since)})
	if err != nil && !errors.Is(err, errBehind) {
		return err
	}
	old := ripe(fresh, until)
	sortBySeq(old)
	if _, handErr := p.session.hand(ctx, old); handErr != nil {
		return handErr
	}
	return err
}

// ripe are the entries that were made before the time, but for those that follow another one in their conversation.
func ripe(fresh []chat.Entry, until time.Time) []chat.Entry {
	green := map[chat.ConversationID]int64{}
	for _, e := range fresh {
		if first, known := green[e.ConversationID]; !e.CreatedAt.Std().Before(until) && (!known || e.Seq < first) {
			green[e.ConversationID] = e.Seq
		}
	}
	return slices.DeleteFunc(fresh, func(e chat.Entry) bool {
		first, known := green[e.ConversationID]
		return known && e.Seq >= first
	})
}
