package e2e_test

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/parley-chat/parley/e2e/cluster"
	"github.com/parley-chat/parley/loadtest/client"
)

// permission is one cell of the table in docs/permissions.md.
type permission struct{ action, role, want string }

func permissions(t *testing.T) (cells []permission) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(cluster.Root(), "docs", "permissions.md"))
	require.NoError(t, err)
	var roles []string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|---") {
			continue
		}
		row := strings.Split(strings.Trim(line, "|"), "|")
		for i := range row {
			row[i] = strings.TrimSpace(row[i])
		}
		if roles == nil {
			roles = row[1:]
			continue
		}
		require.Len(t, row, len(roles)+1, line)
		for i, role := range roles {
			cells = append(cells, permission{row[0], role, row[i+1]})
		}
	}
	return cells
}

// walk is who walks the table: the same people in all of its cells, in a group of each cell's own.
type walk struct {
	*cluster.Cluster
	owner, admin, member, stranger, removed, direct *client.Session
	// otherAdmin and other are members, too; other is also the other one of the direct conversation, which has one for all cells.
	otherAdmin, other *client.Session
	talk              string
}

// cell is one who may or may not do something, and with what.
type cell struct {
	*walk
	t     *testing.T
	role  string
	actor *client.Session
	// id is the conversation; own and others are messages in it, of the actor and of somebody else; seq is the last one's.
	id, own, others string
	seq             int64
	// admins and members are other people than the actor.
	admins, members string
	invite          string
}

func newWalk(t *testing.T) *walk {
	t.Helper()
	w := &walk{Cluster: shared(t)}
	for name, s := range map[string]**client.Session{
		"owner": &w.owner, "admin": &w.admin, "member": &w.member, "stranger": &w.stranger, "removed": &w.removed, "direct": &w.direct,
		"deputy": &w.otherAdmin, "other": &w.other,
	} {
		*s = signUp(t, w.Base(), name)
	}
	w.talk = direct(t, w.direct, w.other)
	return w
}

// cell makes what somebody in that role has before them.
func (w *walk) cell(t *testing.T, role string) (*cell, error) {
	c := &cell{walk: w, t: t, role: role, admins: w.otherAdmin.User().ID, members: w.other.User().ID}
	if role == "direct" {
		c.actor, c.id, c.invite = w.direct, w.talk, "01ARZ3NDEKTSV4RRFFQ69G5FAV"
		return c, c.speak()
	}
	c.actor = map[string]*client.Session{"owner": w.owner, "admin": w.admin, "member": w.member, "stranger": w.stranger, "removed": w.removed}[role]
	if c.actor == nil {
		return nil, fmt.Errorf("nobody is %s", role)
	}
	ctx := t.Context()
	all := []*client.Session{w.admin, w.member, w.removed, w.otherAdmin, w.other}
	ids := make([]string, len(all))
	for i, s := range all {
		ids[i] = s.User().ID
	}
	g, err := w.owner.Group(ctx, "Group", ids...)
	if err != nil {
		return nil, err
	}
	c.id = g.ID
	for _, s := range []*client.Session{w.admin, w.otherAdmin} {
		if err := w.owner.SetRole(ctx, c.id, s.User().ID, "admin"); err != nil {
			return nil, err
		}
	}
	if err := c.speak(); err != nil {
		return nil, err
	}
	i, err := w.owner.Invite(ctx, c.id, 0, 3600)
	if err != nil {
		return nil, err
	}
	c.invite = i.ID
	return c, w.owner.RemoveMember(ctx, c.id, w.removed.User().ID)
}

// speak has the actor, if they may, and somebody else say something that can be found.
func (c *cell) speak() error {
	for _, by := range []struct {
		who *client.Session
		id  *string
	}{{c.actor, &c.own}, {c.other, &c.others}} {
		if by.who == c.stranger {
			by.who = c.member // whose message is not theirs, either
		}
		m, _, err := by.who.Send(c.t.Context(), c.id, client.NewMessage{ClientID: unique(), Text: "xylophone"})
		if err != nil {
			return err
		}
		*by.id, c.seq = m.ID, m.Seq
	}
	return nil
}

// ask has the actor ask for something; in path and body {c}, {own}, {other}, {self}, {member}, {admin}, {owner}, {invite},
// {fresh} and {key} stand for what the cell has.
func (c *cell) ask(method, path, body string) (status int, answer string, err error) {
	fill := strings.NewReplacer(
		"{c}", c.id, "{own}", c.own, "{other}", c.others, "{self}", c.actor.User().ID, "{member}", c.members, "{admin}", c.admins,
		"{owner}", c.owner.User().ID, "{invite}", c.invite, "{fresh}", c.direct.User().ID, "{key}", unique(), "{seq}", fmt.Sprint(c.seq),
	)
	return exchange(c.t.Context(), method, c.Base()+fill.Replace(path), fill.Replace(body), c.actor.AccessToken())
}

// TestPermissions walks every cell of the table, each on the cluster: the table is what the server does, and nothing is missing in it.
func TestPermissions(t *testing.T) {
	t.Parallel()
	cells := permissions(t)
	actions := map[string]bool{}
	for _, p := range cells {
		actions[p.action] = true
	}
	require.Equal(t, slices.Sorted(maps.Keys(walkers)), slices.Sorted(maps.Keys(actions)), "each row has a walker, and each walker a row")
	w := newWalk(t)
	var mu sync.Mutex
	var walking errgroup.Group
	walking.SetLimit(8)
	for _, p := range cells {
		walking.Go(func() error {
			got := ""
			c, err := w.cell(t, p.role)
			if err == nil {
				got, err = walkers[p.action](c)
			}
			mu.Lock()
			defer mu.Unlock()
			if assert.NoError(t, err, "%s by %s", p.action, p.role) {
				assert.Equal(t, p.want, got, "%s by %s: docs/permissions.md and the server disagree", p.action, p.role)
			}
			return nil
		})
	}
	require.NoError(t, walking.Wait())
	require.Greater(t, len(cells), 200)
}

// Somebody who has just been removed may nothing at once, also on the node that has not removed them and knew them as a member a moment ago.
func TestWhoWasJustRemovedChangesNothing(t *testing.T) {
	t.Parallel()
	c := shared(t)
	owner, gone := signUp(t, c.API(1), "owner"), signUp(t, c.API(2), "gone")
	ctx := t.Context()
	for n := range 2 * cluster.APIs {
		with := gone.Via(reach(t, c.API(1+n%cluster.APIs)))
		g, err := owner.Group(ctx, "Group", gone.User().ID)
		require.NoError(t, err)
		require.NoError(t, owner.SetRole(ctx, g.ID, gone.User().ID, "admin"))
		sent, _, err := with.Send(ctx, g.ID, client.NewMessage{ClientID: unique(), Text: "mine"})
		require.NoError(t, err)
		_, err = with.React(ctx, g.ID, sent.ID, "🎉")
		require.NoError(t, err)

		require.NoError(t, owner.RemoveMember(ctx, g.ID, gone.User().ID))
		before, err := owner.AllEvents(ctx, g.ID, 0)
		require.NoError(t, err)
		for what, do := range map[string]func() error{
			"react":   func() error { _, err := with.React(ctx, g.ID, sent.ID, "👍"); return err },
			"unreact": func() error { _, err := with.Unreact(ctx, g.ID, sent.ID, "🎉"); return err },
			"edit":    func() error { _, err := with.Edit(ctx, g.ID, sent.ID, "hers"); return err },
			"delete":  func() error { return with.Delete(ctx, g.ID, sent.ID) },
			"pin":     func() error { _, err := with.Pin(ctx, g.ID, sent.ID); return err },
			"unpin":   func() error { return with.Unpin(ctx, g.ID, sent.ID) },
			"repeat": func() error {
				_, _, err := with.Send(ctx, g.ID, client.NewMessage{ClientID: sent.ClientID, Text: "mine"})
				return err
			},
			"rename":    func() error { _, err := with.Rename(ctx, g.ID, "Gang"); return err },
			"come back": func() error { return with.AddMembers(ctx, g.ID, gone.User().ID) },
		} {
			require.Equal(t, http.StatusNotFound, refusal(t, do()).Status, what)
		}
		after, err := owner.AllEvents(ctx, g.ID, 0)
		require.NoError(t, err)
		require.Equal(t, before, after)
	}
}

// outcome is how the table writes an answer.
func outcome(status int, body string) (string, error) {
	code := ""
	if status >= http.StatusBadRequest {
		var e client.Error
		if err := decode(body, &e); err != nil {
			return "", err
		}
		code = e.Code
	}
	switch {
	case status < http.StatusMultipleChoices:
		return "yes", nil
	case status == http.StatusForbidden && code == "forbidden":
		return "no", nil
	case status == http.StatusNotFound && code == "not_found", status == http.StatusConflict && code == "conflict", status == http.StatusBadRequest && code == "validation_failed":
		return fmt.Sprint(status), nil
	default:
		return "", fmt.Errorf("%d %s", status, body)
	}
}
