package tracker_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"sync"
	"testing"

	"github.com/parley-chat/parley/gateway/tracker"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/frame"
	"github.com/parley-chat/parley/pkg/memorypresence"
	"github.com/parley-chat/parley/pkg/presence"
)

// world is what trackers share, and can be made to fail.
type world struct {
	*memorypresence.Presence

	mu    sync.Mutex
	err   error // of presence
	dbErr error
	calls map[string]int
	seen  map[chat.UserID]chat.Time
	told  []frame.PresenceFrame
	// afterLeave runs when the store has been told of a leave, before the tracker hears of it.
	afterLeave func()
	// afterIdle is the same of an idle.
	afterIdle func()
}

func newWorld() *world {
	return &world{Presence: memorypresence.New(memorypresence.Options{}), calls: map[string]int{}, seen: map[chat.UserID]chat.Time{}}
}

func (w *world) call(name string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls[name]++
	return w.err
}

func (w *world) fail(presenceErr, dbErr error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err, w.dbErr = presenceErr, dbErr
}

func (w *world) Join(ctx context.Context, n presence.Node, ids ...chat.UserID) ([]chat.UserID, error) {
	if err := w.call("join"); err != nil {
		return nil, err
	}
	return w.Presence.Join(ctx, n, ids...)
}

func (w *world) Idle(ctx context.Context, n presence.Node, ids ...chat.UserID) (map[chat.UserID]presence.State, error) {
	if err := w.call("idle"); err != nil {
		return nil, err
	}
	now, err := w.Presence.Idle(ctx, n, ids...)
	w.mu.Lock()
	after := w.afterIdle
	w.mu.Unlock()
	if after != nil {
		after()
	}
	return now, err
}

func (w *world) Leave(ctx context.Context, n presence.Node, ids ...chat.UserID) (map[chat.UserID]presence.State, error) {
	if err := w.call("leave"); err != nil {
		return nil, err
	}
	went, err := w.Presence.Leave(ctx, n, ids...)
	w.mu.Lock()
	after := w.afterLeave
	w.mu.Unlock()
	if after != nil {
		after()
	}
	return went, err
}

func (w *world) Beat(ctx context.Context, n presence.Node) error {
	if err := w.call("beat"); err != nil {
		return err
	}
	return w.Presence.Beat(ctx, n)
}

func (w *world) States(ctx context.Context, ids ...chat.UserID) (map[chat.UserID]presence.State, error) {
	if err := w.call("states"); err != nil {
		return nil, err
	}
	return w.Presence.States(ctx, ids...)
}

func (w *world) Reap(ctx context.Context) (map[chat.UserID]presence.State, error) {
	if err := w.call("reap"); err != nil {
		return nil, err
	}
	return w.Presence.Reap(ctx)
}

func (w *world) SetLastSeen(_ context.Context, at chat.Time, ids ...chat.UserID) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dbErr != nil {
		return w.dbErr
	}
	for _, id := range ids {
		w.seen[id] = at
	}
	return nil
}

func (w *world) Publish(msgs ...bus.Message) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range msgs {
		var f frame.PresenceFrame
		if json.Unmarshal(m.Payload, &f) != nil || m.Channel != bus.PresenceChannel(f.UserID) {
			panic("no presence frame")
		}
		w.told = append(w.told, f)
	}
	return true
}

func (w *world) state(id chat.UserID) presence.State {
	states, _ := w.Presence.States(context.Background(), id)
	return states[id]
}

// takeStates is take with whether they are away.
func (w *world) takeStates(id chat.UserID) (told []presence.State) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = slices.DeleteFunc(w.told, func(f frame.PresenceFrame) bool {
		if f.UserID != id {
			return false
		}
		switch {
		case f.Away:
			told = append(told, presence.Away)
		case f.Online:
			told = append(told, presence.Online)
		default:
			told = append(told, presence.Offline)
		}
		return true
	})
	return told
}

// take is what was told since the last take, of one user.
func (w *world) take(id chat.UserID) (online []bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = slices.DeleteFunc(w.told, func(f frame.PresenceFrame) bool {
		if f.UserID == id {
			online = append(online, f.Online)
		}
		return f.UserID == id
	})
	return online
}

func (w *world) lastSeen(id chat.UserID) chat.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen[id]
}

func (w *world) count(call string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.calls[call]
}

func (w *world) online(id chat.UserID) bool {
	return w.state(id) == presence.Online
}

type running struct {
	*tracker.Tracker
	kill func()
}

func (w *world) start(t *testing.T, node presence.Node) running {
	t.Helper()
	return w.startWith(t, node, w)
}

func (w *world) startWith(t *testing.T, node presence.Node, store tracker.Presence) running {
	t.Helper()
	tr := tracker.New(tracker.Options{Node: node, Presence: store, Store: w, Publisher: w, Grace: grace, Logger: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); tr.Run(ctx) }()
	return running{tr, func() { cancel(); <-done }}
}
