package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parley-chat/parley/loadtest/client"
	"github.com/parley-chat/parley/pkg/chat"
)

// fill adds all members, as many at once as may be: the group goes over to its room channel with the first of them.
func (l *large) fill(ctx context.Context) error {
	made, err := l.owner.Group(ctx, "Everybody")
	if err != nil {
		return fmt.Errorf("large group: %w", err)
	}
	l.group = made.ID
	batches := (len(l.others) + addedAtOnce - 1) / addedAtOnce
	add := func(from int) func(ctx context.Context, i int) error {
		return func(ctx context.Context, i int) error {
			first := (from + i) * addedAtOnce
			var ids []string
			for _, p := range l.others[first:min(first+addedAtOnce, len(l.others))] {
				ids = append(ids, p.User().ID)
			}
			return l.owner.AddMembers(ctx, l.group, ids...) //nolint:wrapcheck // by the caller
		}
	}
	const some = 3 // batches
	for _, part := range []struct {
		name     string
		from, to int
		pause    time.Duration
	}{
		{name: "add the first 100, of whom the 32nd opens the room", from: 0, to: 1},
		{name: "add 100 of the next 600, at once after that", from: 1, to: 1 + 2*some},
		{name: "add 100 of the next ones, in the room", from: 1 + 2*some, to: batches - some, pause: time.Duration(chat.RoomGrace) * time.Millisecond},
		{name: "add 100 of the last 300, in the room", from: batches - some, to: batches},
	} {
		time.Sleep(part.pause)
		if err := l.figure(ctx, part.name, part.to-part.from, add(part.from)); err != nil {
			return err
		}
	}
	return nil
}

var errMembers = errors.New("the list of members is not what it should be")

// read is what clients ask for.
func (l *large) read(ctx context.Context) error {
	cursor, seen := "", 0
	page := func(q string, want int) func(context.Context, int) error {
		return func(ctx context.Context, _ int) error {
			members, _, err := l.owner.MembersPage(ctx, l.group, q, "", membersPage)
			if err == nil && len(members) != want {
				err = fmt.Errorf("%w: %d of %q, should be %d", errMembers, len(members), q, want)
			}
			return err
		}
	}
	someone := l.others[len(l.others)/2].User().FullName
	member := l.others[0]
	for _, f := range []struct {
		name  string
		times int
		do    func(context.Context, int) error
	}{
		{"members, first page of 50", l.Repeat, page("", membersPage)},
		{"members, each page in turn to the last", (l.Members + membersPage - 1) / membersPage, func(ctx context.Context, _ int) error {
			members, next, err := l.owner.MembersPage(ctx, l.group, "", cursor, membersPage)
			cursor, seen = next, seen+len(members)
			return err //nolint:wrapcheck // by the caller
		}},
		{"members, search that finds one", l.Repeat, page(someone, 1)},
		{"members, search that finds all", l.Repeat, page("load", membersPage)},
		{"the conversation itself", l.Repeat, func(ctx context.Context, _ int) error {
			_, err := member.Conversation(ctx, l.group)
			return err //nolint:wrapcheck // by the caller
		}},
		{"a member's list of conversations", l.Repeat, func(ctx context.Context, _ int) error {
			_, err := member.Conversations(ctx)
			return err //nolint:wrapcheck // by the caller
		}},
		{"a member's sync, nothing new", l.Repeat, func(ctx context.Context, _ int) error {
			_, err := member.Sync(ctx, map[string]int64{l.group: int64(l.Members)})
			return err //nolint:wrapcheck // by the caller
		}},
		{"a member's sync, the last 100 entries", l.Repeat, func(ctx context.Context, _ int) error {
			_, err := member.Sync(ctx, map[string]int64{l.group: int64(l.Members) - addedAtOnce})
			return err //nolint:wrapcheck // by the caller
		}},
	} {
		if err := l.figure(ctx, f.name, f.times, f.do); err != nil {
			return err
		}
	}
	if seen != l.Members || cursor != "" {
		return fmt.Errorf("%w: %d on all pages, and more at %q", errMembers, seen, cursor)
	}
	return nil
}

// talk is what is written with nobody there, and with as many as are to be.
func (l *large) talk(ctx context.Context) error {
	send := func(heard func(n int64) error) func(context.Context, int) error {
		return func(ctx context.Context, i int) error {
			_, _, err := l.owner.Send(ctx, l.group, client.NewMessage{ClientID: string(chat.NewID[chat.MessageID]()), Text: fmt.Sprint("message ", i)})
			if err != nil {
				return err //nolint:wrapcheck // by the caller
			}
			return heard(int64(i) + 1)
		}
	}
	if err := l.figure(ctx, "a message, nobody there", l.Repeat, send(func(int64) error { return nil })); err != nil {
		return err
	}
	l.say("opening %d sockets", l.Sockets)
	targets := make([]Target, l.Sockets)
	for i := range targets {
		targets[i] = Target{Address: l.cluster.Gateway(1 + i%2), Token: l.others[i].AccessToken()}
	}
	there, err := open(ctx, targets)
	if err != nil {
		return err
	}
	defer there.close()
	time.Sleep(2 * time.Second) // what connecting leaves to do
	before := there.heard.Load()
	return l.figure(ctx, fmt.Sprintf("a message, until %d sockets have it", l.Sockets), l.Repeat, send(func(n int64) error {
		for deadline := time.Now().Add(time.Minute); there.heard.Load() < before+n*int64(l.Sockets); time.Sleep(200 * time.Microsecond) {
			if time.Now().After(deadline) {
				return fmt.Errorf("%w: %d of message %d", errLate, there.heard.Load()-before, n)
			}
		}
		return nil
	}))
}
