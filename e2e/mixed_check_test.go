package e2e_test

import (
	"context"
	"fmt"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/loadtest/client"
)

// settle brings everybody back, and holds each device's state against the database's. It gives the group's log.
func (m *mixed) settle() []client.Event {
	t := m.t
	t.Helper()
	require.False(t, t.Failed(), "people had to stop")
	log := m.bringBack()
	for _, p := range m.people {
		for _, d := range p.devices {
			d.back()
			ctx, cancel := context.WithTimeout(t.Context(), 2*soon)
			require.NoError(t, d.CatchUp(ctx))
			cancel()
		}
	}
	m.compare(m.group, m.people)
	m.compare(m.direct, m.people[:2])
	m.checkLeaks(log)
	return log
}

// bringBack lets the owner, of whom there must be one, add all, and gives the group's log.
func (m *mixed) bringBack() []client.Event {
	t := m.t
	t.Helper()
	var owner *person
	for _, p := range m.people {
		c, err := p.doors[0].Conversation(t.Context(), m.group)
		if err != nil {
			require.Equal(t, "not_found", refusal(t, err).Code)
			continue
		}
		if c.Role == "owner" {
			require.Nil(t, owner, "two owners")
			owner = p
		}
	}
	require.NotNil(t, owner, "no owner")
	require.NoError(t, owner.doors[1].AddMembers(t.Context(), m.group, m.people[0].id, m.people[1].id, m.people[2].id))
	log, err := owner.doors[0].AllEvents(t.Context(), m.group, 0)
	require.NoError(t, err)
	return log
}

// compare holds the devices of the members to what the database says of a conversation, and that to its own log.
func (m *mixed) compare(conversation string, members []*person) {
	t := m.t
	t.Helper()
	ctx := t.Context()
	log, err := members[0].doors[0].AllEvents(ctx, conversation, 0)
	require.NoError(t, err)
	want := client.Fold(log)
	require.Len(t, log, int(want.LastSeq))
	for i, e := range log {
		require.EqualValues(t, i+1, e.Seq, "no holes")
	}
	stored := m.history(members[0].doors[1], conversation)
	require.Len(t, stored, len(want.Order))
	for i, id := range want.Order {
		require.Equal(t, want.Messages[id], stored[i], "the log's message, and the database's")
	}
	pins, err := members[0].doors[0].Pins(ctx, conversation)
	require.NoError(t, err)
	var pinned []string
	for _, pin := range pins {
		pinned = append(pinned, pin.ID)
	}
	require.ElementsMatch(t, want.Pinned(), pinned)

	for _, p := range members {
		view, err := p.doors[1].Conversation(ctx, conversation)
		require.NoError(t, err)
		m.compareView(want, view, p)
		for n, d := range p.devices {
			who := fmt.Sprintf("%s's device %d, %s", p.name, n, d.Node())
			eventually(t, soon, func() bool { return len(d.Log(conversation)) == len(log) }, "the whole log at %s", who)
			got := client.Fold(d.Log(conversation))
			require.Equal(t, want.Order, got.Order, who)
			for _, id := range want.Order {
				require.Equal(t, want.Messages[id], got.Messages[id], who)
			}
			require.Equal(t, want, got, who)
			require.Zero(t, d.Stats().Conflicts, who)
			reads := d.Reads(conversation)
			for _, member := range view.Members {
				require.Equal(t, member.ReadSeq, reads[member.UserID], "%s: how far %s has read", who, member.FullName)
			}
		}
	}
}

func (m *mixed) compareView(want client.State, view client.Conversation, p *person) {
	t := m.t
	t.Helper()
	roles := map[string]string{}
	for _, member := range view.Members {
		roles[member.UserID] = member.Role
	}
	require.Equal(t, want.Members, roles)
	require.Equal(t, len(want.Members), view.MemberCount)
	require.Equal(t, want.LastSeq, view.LastSeq)
	if view.Title != nil {
		require.Equal(t, want.Title, *view.Title)
	}
	require.Equal(t, want.Messages[want.Order[len(want.Order)-1]], *view.LastMessage)
	unread, mentions := want.Unread(p.id, view.ReadSeq)
	require.Equal(t, [2]int64{unread, mentions}, [2]int64{view.Unread, view.Mentions}, "unread and mentions of %s", p.name)
}

// history is all that the database has of messages, page by page.
func (m *mixed) history(through *client.Session, conversation string) []client.Message {
	m.t.Helper()
	var all []client.Message
	before := int64(0)
	for {
		page, err := through.History(m.t.Context(), conversation, before, 100)
		require.NoError(m.t, err)
		all = append(page.Messages, all...)
		if !page.HasMoreBefore {
			return all
		}
		before = page.Messages[0].Seq
	}
}

// checkLeaks: who had left heard nothing more of the group after a second, and some for a busy machine.
func (m *mixed) checkLeaks(log []client.Event) {
	const allowed = 2 * time.Second
	for _, p := range m.people {
		for _, gap := range absences(log, p.id) {
			for _, d := range p.devices {
				d.mu.Lock()
				for _, heard := range d.delivered {
					if heard.ConversationID == m.group && heard.Source == client.Live && heard.At.After(gap.from.Add(allowed)) && heard.At.Before(gap.to) {
						m.t.Errorf("%s, who left at %v, heard of entry %d at %v", p.name, gap.from, heard.Seq, heard.At)
					}
				}
				d.mu.Unlock()
			}
		}
	}
}

type absence struct{ from, to time.Time }

// absences are when a user was no member.
func absences(log []client.Event, user string) (all []absence) {
	for _, e := range log {
		if e.UserID != user || e.At == nil {
			continue
		}
		switch e.Type {
		case "member.removed":
			all = append(all, absence{*e.At, time.Now()})
		case "member.added":
			if len(all) > 0 {
				all[len(all)-1].to = *e.At
			}
		}
	}
	return all
}
