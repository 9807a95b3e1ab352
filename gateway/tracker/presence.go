package tracker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/frame"
	"github.com/parley-chat/parley/pkg/presence"
)

// join is false if the store could not be asked; the users are tried again then.
func (t *Tracker) join(ctx context.Context, ids []chat.UserID) bool {
	if len(ids) == 0 {
		return true
	}
	callCtx, cancel := context.WithTimeout(ctx, callTimeout)
	cameOnline, err := t.opts.Presence.Join(callCtx, t.opts.Node, ids...)
	cancel()
	t.note(err, "join presence")
	t.settled(ids, presence.Online, err)
	t.announce(cameOnline, frame.PresenceFrame{Online: true})
	return err == nil
}

// rest is join for those whose sockets are all idle.
func (t *Tracker) rest(ctx context.Context, ids []chat.UserID) bool {
	if len(ids) == 0 {
		return true
	}
	callCtx, cancel := context.WithTimeout(ctx, callTimeout)
	now, err := t.opts.Presence.Idle(callCtx, t.opts.Node, ids...)
	cancel()
	t.note(err, "idle presence")
	t.settled(ids, presence.Away, err)
	t.tell(ctx, now)
	return err == nil
}

// settled notes what the store has been told of users, or that it could not be told.
func (t *Tracker) settled(ids []chat.UserID, told presence.State, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, id := range ids {
		u := t.users[id]
		if err != nil {
			u.told = presence.Offline
		} else {
			u.told = told
		}
		// One who has gone meanwhile has a rest of their own.
		if u.sockets > 0 && (err != nil || u.now() > told) {
			t.change(id, u)
		}
	}
}

// leave is false if the store could not be asked; the users are tried again then.
func (t *Tracker) leave(ctx context.Context, ids []chat.UserID) bool {
	if len(ids) == 0 {
		return true
	}
	callCtx, cancel := context.WithTimeout(ctx, callTimeout)
	now, err := t.opts.Presence.Leave(callCtx, t.opts.Node, ids...)
	cancel()
	t.note(err, "leave presence")
	t.mu.Lock()
	for _, id := range ids {
		u := t.users[id]
		switch {
		case err != nil:
			// They may be off the node, or not: who comes back has to join.
			u.told = presence.Offline
			t.change(id, u)
		case u.sockets > 0:
			// Back while the store was told of the going.
			u.told, u.asked = presence.Offline, false
			t.change(id, u)
		default:
			delete(t.users, id)
		}
	}
	t.mu.Unlock()
	t.tell(ctx, now)
	return err == nil
}

// beat keeps this node alive in the store, and begins anew where the store has forgotten it.
func (t *Tracker) beat(ctx context.Context) {
	callCtx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	err := t.opts.Presence.Beat(callCtx, t.opts.Node)
	if !errors.Is(err, presence.ErrForgotten) {
		t.note(err, "presence beat")
		return
	}
	t.note(nil, "presence beat")
	t.mu.Lock()
	defer t.mu.Unlock()
	t.opts.Logger.WarnContext(ctx, "presence store forgot this node; joining all users again", "users", len(t.users))
	for id, u := range t.users {
		u.told = presence.Offline
		if u.sockets > 0 {
			t.change(id, u)
		}
	}
}

// reap takes over the users of nodes that died.
func (t *Tracker) reap(ctx context.Context) {
	callCtx, cancel := context.WithTimeout(ctx, callTimeout)
	now, err := t.opts.Presence.Reap(callCtx)
	cancel()
	t.noteFailure(err, "reap presence")
	if len(now) > 0 {
		t.opts.Logger.InfoContext(ctx, "reaped users of a dead node", "users", len(now))
	}
	t.tell(ctx, now)
}

// tell tells those who watch of all who are not online now, and writes down when those were last seen who are on no node.
func (t *Tracker) tell(ctx context.Context, now map[chat.UserID]presence.State) {
	var offline, away []chat.UserID
	for id, state := range now {
		switch state {
		case presence.Offline:
			offline = append(offline, id)
		case presence.Away:
			away = append(away, id)
		case presence.Online:
		}
	}
	if len(offline) > 0 {
		at := chat.TimeOf(time.Now())
		t.seen(ctx, at, offline)
		t.announce(offline, frame.PresenceFrame{LastSeenAt: at})
	}
	t.announce(away, frame.PresenceFrame{Online: true, Away: true})
	t.correct(ctx, presence.Offline, offline)
	t.correct(ctx, presence.Away, away)
}

// seen has it written down when users were last seen.
func (t *Tracker) seen(ctx context.Context, at chat.Time, ids []chat.UserID) {
	// What is left from before means that the database is away: the next beat tries, so that this one is not late.
	healthy := len(t.unseen) == 0
	for _, id := range ids {
		if len(t.unseen) < maxUnseen {
			t.unseen = append(t.unseen, sighting{id, at})
		}
	}
	if healthy {
		t.writeUnseen(ctx)
	}
}

// correct tells of users who are more present than was told: another node may have told of their coming before this one told
// of their going.
func (t *Tracker) correct(ctx context.Context, told presence.State, ids []chat.UserID) {
	for part := range slices.Chunk(ids, batchUsers) {
		callCtx, cancel := context.WithTimeout(ctx, callTimeout)
		now, err := t.opts.Presence.States(callCtx, part...)
		cancel()
		t.noteFailure(err, "check presence")
		var online, away []chat.UserID
		for id, state := range now {
			switch {
			case state == presence.Online:
				online = append(online, id)
			case state == presence.Away && told == presence.Offline:
				away = append(away, id)
			}
		}
		t.announce(online, frame.PresenceFrame{Online: true})
		t.announce(away, frame.PresenceFrame{Online: true, Away: true})
	}
}

// writeUnseen writes last-seen times until none are left or the database fails.
func (t *Tracker) writeUnseen(ctx context.Context) {
	for len(t.unseen) > 0 {
		at := t.unseen[0].at
		var ids []chat.UserID
		for _, s := range t.unseen[:min(len(t.unseen), batchUsers)] {
			if s.at != at {
				break
			}
			ids = append(ids, s.id)
		}
		callCtx, cancel := context.WithTimeout(ctx, callTimeout)
		err := t.opts.Store.SetLastSeen(callCtx, at, ids...)
		cancel()
		if err != nil {
			t.opts.Logger.WarnContext(ctx, "last-seen times could not be written; will try again", "users", len(t.unseen), "error", err)
			return
		}
		t.unseen = t.unseen[len(ids):]
	}
	t.unseen = nil
}

func (t *Tracker) announce(ids []chat.UserID, f frame.PresenceFrame) {
	msgs := make([]bus.Message, 0, len(ids))
	f.Type = frame.Presence
	for _, id := range ids {
		f.UserID = id
		payload, err := frame.Encode(f)
		if err != nil {
			t.opts.Logger.Error("presence frame", "error", err)
			return
		}
		msgs = append(msgs, bus.Message{Channel: bus.PresenceChannel(id), Payload: payload})
	}
	if len(msgs) > 0 {
		t.opts.Publisher.Publish(msgs...)
	}
}

// LeaveAll takes all users of this node off, without grace, and tells those who watch. It is called after Run
// has ended, and gives up at the first failure: the others will find this node dead.
func (t *Tracker) LeaveAll(ctx context.Context) error {
	t.mu.Lock()
	var ids []chat.UserID
	for id, u := range t.users {
		if u.asked {
			ids = append(ids, id)
		}
	}
	clear(t.users)
	t.changed, t.resting = nil, nil
	t.mu.Unlock()
	for len(ids) > 0 {
		n := min(len(ids), batchUsers)
		now, err := t.opts.Presence.Leave(ctx, t.opts.Node, ids[:n]...)
		if err != nil {
			return fmt.Errorf("leave presence: %w", err)
		}
		t.tell(ctx, now)
		ids = ids[n:]
	}
	return nil
}

// noteFailure is note for what may succeed though the store takes no writes: it proves nothing.
func (t *Tracker) noteFailure(err error, what string) {
	if err != nil {
		t.note(err, what)
	}
}

// note remembers whether the store answers, and logs when that changes. That it can't tell yet is an answer.
func (t *Tracker) note(err error, what string) {
	if errors.Is(err, presence.ErrUnsettled) {
		return
	}
	t.mu.Lock()
	changed := t.failing != (err != nil)
	t.failing = err != nil
	t.mu.Unlock()
	switch {
	case !changed:
	case err != nil:
		t.opts.Logger.Warn("presence store fails; presence is not told until it is back", "during", what, "error", err)
	default:
		t.opts.Logger.Info("presence store is back")
		if t.opts.Back != nil {
			t.opts.Back()
		}
	}
}
