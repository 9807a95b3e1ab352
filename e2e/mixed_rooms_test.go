package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/e2e/cluster"
	"github.com/parley-chat/parley/loadtest/client"
	"github.com/parley-chat/parley/pkg/chat"
)

// bystanders are people who do nothing, and count: with them, a group of any number of the others has a room channel.
func bystanders(t *testing.T, c *cluster.Cluster) []string {
	t.Helper()
	ids := make([]string, roomThreshold)
	for i := range ids {
		ids[i] = signUp(t, c.API(1), fmt.Sprint("extra", i)).User().ID
	}
	return ids
}

// grow has whoever may do it add people.
func (m *mixed) grow(ids []string) {
	m.crown.Lock()
	defer m.crown.Unlock()
	ctx, cancel := context.WithTimeout(m.t.Context(), 2*soon)
	defer cancel()
	var errs []error
	for _, p := range m.people {
		err := client.Retry(ctx, quickly, nil, func(ctx context.Context) error { return p.doors[0].AddMembers(ctx, m.group, ids...) })
		if err == nil {
			return
		}
		errs = append(errs, err)
	}
	m.t.Errorf("nobody could add the bystanders: %v", errors.Join(errs...))
}

// channels counts the group's entries by where they are told: at each member's channel, there still for a while though there is a room,
// and at the room's.
type channels struct{ members, grace, room int }

func (m *mixed) channels(log []client.Event) (n channels) {
	count := 0
	var opened time.Time
	for _, e := range log {
		switch e.Type {
		case "conversation.created":
			count = len(e.Conversation.Members)
		case "member.added":
			count++
		case "member.removed":
			count--
		}
		at := madeAt(e)
		if opened.IsZero() && count > roomThreshold {
			opened = at
		}
		switch {
		case opened.IsZero():
			n.members++
		case at.Before(opened.Add(time.Duration(chat.RoomGrace) * time.Millisecond)):
			n.grace++
		default:
			n.room++
		}
	}
	return n
}

// madeAt is when an entry was made.
func madeAt(e client.Event) time.Time {
	switch {
	case e.At != nil:
		return *e.At
	case e.Message.EditedAt != nil:
		return *e.Message.EditedAt
	default:
		return e.Message.CreatedAt
	}
}

// TestMixedOperationsConverge shares its operations out: to a group of three, to one that has had a room channel for a while, and to one that
// gets it while they are at it.
func TestMixedOperationsConverge(t *testing.T) {
	c := shared(t)
	const n = 500
	with := seed(t)
	done := map[string]int{}
	small, roomed, grown := newMixed(t, c), newMixed(t, c, bystanders(t, c)...), newMixed(t, c)
	extra := bystanders(t, c)
	grace := time.After(time.Duration(chat.RoomGrace) * time.Millisecond)

	// Paced, so that there is a before and an after.
	grown.run(with, n, 20*time.Millisecond, func() {
		time.Sleep(3 * time.Second)
		grown.grow(extra)
	})
	log := grown.settle()
	told := grown.channels(log)
	t.Logf("grown: %+v", told)
	require.Greater(t, told.members, 50)
	require.Greater(t, told.grace, 50)
	require.Greater(t, told.room, 50)

	<-grace
	roomed.run(with+1, n, 0, func() {})
	told = roomed.channels(roomed.settle())
	t.Logf("roomed: %+v", told)
	require.Zero(t, told.members)
	require.Greater(t, told.room, 200)

	small.run(with+2, n, 0, func() {})
	told = small.channels(small.settle())
	t.Logf("small: %+v", told)
	require.Equal(t, channels{members: told.members}, told)

	for _, m := range []*mixed{grown, roomed, small} {
		for k, times := range m.done {
			done[k] += times
		}
	}
	for _, k := range kinds {
		require.Positive(t, done[k.kind], "%s never worked: %v", k.kind, done)
	}
	t.Log(done)
}

// The group's change to its room channel comes while nodes are dying.
func TestMixedOperationsConvergeWhileNodesDie(t *testing.T) {
	c := shared(t)
	m := newMixed(t, c)
	extra := bystanders(t, c)
	m.run(seed(t)+3, 1500, 5*time.Millisecond, func() {
		for i, node := range []string{"gateway-1", "api-2", "redis", "gateway-3"} {
			time.Sleep(time.Second)
			report(t, c.Kill(node))
			if i == 0 {
				m.grow(extra)
			}
			time.Sleep(time.Second)
			report(t, c.Restart(node))
		}
	})
	told := m.channels(m.settle())
	t.Logf("%+v", told)
	require.Greater(t, told.room, 50)
}
