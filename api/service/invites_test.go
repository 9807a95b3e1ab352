package service_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
)

// invites works on the world's store, at a time that is later than now.
func (w *world) invites(later time.Duration) *service.Invites {
	return service.NewInvites(w.store, w.groups, "https://chat.example.org/", func() time.Time { return time.Now().Add(later) })
}

func (w *world) invite(t *testing.T, id chat.ConversationID, maxUses int64) service.InviteView {
	t.Helper()
	i, err := w.invites(0).Create(t.Context(), w.ada, id, service.NewInvite{MaxUses: &maxUses})
	require.NoError(t, err)
	return i
}

func (w *world) joins(t *testing.T, v service.Viewer, i service.InviteView) {
	t.Helper()
	view, err := w.invites(0).Join(t.Context(), v, i.Code)
	require.NoError(t, err)
	require.Equal(t, chat.RoleMember, view.Role)
}

// refused expects an invite to be refused to somebody, in its preview as well.
func (w *world) refused(t *testing.T, s *service.Invites, v service.Viewer, i service.InviteView, code service.Code) {
	t.Helper()
	_, err := s.Preview(t.Context(), v, i.Code)
	requireCode(t, code, err)
	_, err = s.Join(t.Context(), v, i.Code)
	requireCode(t, code, err)
}

func TestJoinByInvite(t *testing.T) {
	w := newWorld(t)
	id := w.newGroup(t)
	i := w.invite(t, id, 1)
	require.Equal(t, "https://chat.example.org/join#"+i.Code, i.URL)
	require.GreaterOrEqual(t, len(i.Code), 26, "130 bits in base 32")
	preview, err := w.invites(0).Preview(t.Context(), w.bob, i.Code)
	require.NoError(t, err)
	require.Equal(t, service.InvitePreview{Title: "Group", MemberCount: 1}, preview)

	for range 2 { // a repeat takes no second use
		w.joins(t, w.bob, i)
	}
	for _, v := range []service.Viewer{w.ada, w.bob} {
		heard := w.published.heard(t, v.UserID)
		require.Equal(t, "member.added 2", heard[len(heard)-1])
	}
	w.refused(t, w.invites(0), w.eve, i, service.CodeInviteUsedUp)
	preview, err = w.invites(0).Preview(t.Context(), w.bob, i.Code)
	require.NoError(t, err)
	require.Equal(t, &id, preview.ConversationID)
	listed, err := w.invites(0).List(t.Context(), w.ada, id)
	require.NoError(t, err)
	i.Uses = 1
	require.Equal(t, []service.InviteView{i}, listed)

	require.NoError(t, w.groups.Remove(t.Context(), w.bob, id, w.bob.UserID))
	w.joins(t, w.bob, i)
}

func TestInvitesThatAreOver(t *testing.T) {
	w := newWorld(t)
	id := w.newGroup(t)
	week, never, hour := w.invite(t, id, 0), int64(0), int64(3600)
	require.Equal(t, week.CreatedAt.Add(7*24*time.Hour), week.ExpiresAt)
	require.Nil(t, week.MaxUses)
	endless, err := w.invites(0).Create(t.Context(), w.ada, id, service.NewInvite{ExpiresIn: &never})
	require.NoError(t, err)
	require.Zero(t, endless.ExpiresAt)
	short, err := w.invites(0).Create(t.Context(), w.ada, id, service.NewInvite{ExpiresIn: &hour})
	require.NoError(t, err)

	w.refused(t, w.invites(time.Hour), w.bob, short, service.CodeInviteExpired)
	w.refused(t, w.invites(8*24*time.Hour), w.bob, week, service.CodeInviteExpired)
	_, err = w.invites(20*365*24*time.Hour).Preview(t.Context(), w.bob, endless.Code)
	require.NoError(t, err)
	for range 2 {
		require.NoError(t, w.invites(0).Revoke(t.Context(), w.ada, id, endless.ID))
	}
	w.refused(t, w.invites(0), w.bob, endless, service.CodeInviteRevoked)
	w.refused(t, w.invites(0), w.bob, service.InviteView{Code: "guessed"}, service.CodeNotFound)
	listed, err := w.invites(0).List(t.Context(), w.ada, id)
	require.NoError(t, err)
	require.Equal(t, []service.InviteView{short, week}, listed)

	w.joins(t, w.bob, week)
	view, err := w.invites(8*24*time.Hour).Join(t.Context(), w.bob, week.Code)
	require.NoError(t, err, "a member stays one, and finds the way by an old link")
	require.Equal(t, id, view.ID)
	require.NoError(t, w.groups.Delete(t.Context(), w.ada, id))
	w.refused(t, w.invites(0), w.eve, week, service.CodeNotFound)
}

func TestWhoInvites(t *testing.T) {
	w := newWorld(t)
	id, invites := w.newGroup(t, w.bob), w.invites(0)
	for name, c := range map[string]struct {
		by   service.Viewer
		in   chat.ConversationID
		code service.Code
	}{
		"a member":                {w.bob, id, service.CodeForbidden},
		"a stranger":              {w.eve, id, service.CodeNotFound},
		"in a direct one":         {w.ada, w.direct(t, w.ada, w.bob), service.CodeForbidden},
		"for nothing that exists": {w.ada, chat.NewID[chat.ConversationID](), service.CodeNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := invites.Create(t.Context(), c.by, c.in, service.NewInvite{})
			requireCode(t, c.code, err)
			_, err = invites.List(t.Context(), c.by, c.in)
			requireCode(t, c.code, err)
			requireCode(t, c.code, invites.Revoke(t.Context(), c.by, c.in, chat.NewID[chat.InviteID]()))
		})
	}
	requireCode(t, service.CodeNotFound, invites.Revoke(t.Context(), w.ada, id, chat.NewID[chat.InviteID]()))
	for _, bad := range []int64{-1, 366 * 24 * 3600} {
		_, err := invites.Create(t.Context(), w.ada, id, service.NewInvite{ExpiresIn: &bad})
		requireCode(t, service.CodeValidation, err)
		_, err = invites.Create(t.Context(), w.ada, id, service.NewInvite{MaxUses: &bad})
		requireCode(t, service.CodeValidation, err)
	}
	var last service.InviteView
	for range chat.MaxInvites {
		last = w.invite(t, id, 0)
	}
	_, err := invites.Create(t.Context(), w.ada, id, service.NewInvite{})
	requireCode(t, service.CodeConflict, err)
	require.NoError(t, invites.Revoke(t.Context(), w.ada, id, last.ID))
	w.invite(t, id, 0)
}

// Who was removed needs somebody who may add members; who left needs nobody.
func TestTheRemovedStayOut(t *testing.T) {
	w := newWorld(t)
	id := w.newGroup(t, w.bob, w.eve)
	i := w.invite(t, id, 0)
	require.NoError(t, w.groups.Remove(t.Context(), w.ada, id, w.bob.UserID))
	w.refused(t, w.invites(0), w.bob, i, service.CodeForbidden)
	_, err := w.groups.Add(t.Context(), w.ada, id, []chat.UserID{w.bob.UserID})
	require.NoError(t, err)
	require.NoError(t, w.groups.Remove(t.Context(), w.bob, id, w.bob.UserID))
	w.joins(t, w.bob, i)
}

// Whom the maker of an invite, or the owner, has blocked learns no more than somebody who guesses.
func TestTheBlockedFindNoInvite(t *testing.T) {
	w := newWorld(t)
	id := w.newGroup(t, w.bob)
	i := w.invite(t, id, 0)
	_, err := w.groups.SetRole(t.Context(), w.ada, id, w.bob.UserID, chat.RoleOwner)
	require.NoError(t, err)
	for _, by := range []service.Viewer{w.ada, w.bob} {
		require.NoError(t, w.store.CreateBlock(t.Context(), chat.Block{UserID: by.UserID, BlockedID: w.eve.UserID}))
		w.refused(t, w.invites(0), w.eve, i, service.CodeNotFound)
		require.NoError(t, w.store.DeleteBlock(t.Context(), by.UserID, w.eve.UserID))
		require.NoError(t, w.store.CreateBlock(t.Context(), chat.Block{UserID: w.eve.UserID, BlockedID: by.UserID}))
	}
	w.joins(t, w.eve, i)
}

// A node that dies between the two writes leaves the use taken: the same person's repeat needs no other.
func TestAJoinIsFinishedByItsRepeat(t *testing.T) {
	w := newWorld(t)
	id := w.newGroup(t)
	i := w.invite(t, id, 1)
	taken, err := w.store.InviteByCode(t.Context(), i.Code)
	require.NoError(t, err)
	require.NoError(t, w.store.ClaimInvite(t.Context(), taken, w.bob.UserID))
	w.refused(t, w.invites(0), w.eve, i, service.CodeInviteUsedUp)
	_, err = w.invites(0).Preview(t.Context(), w.bob, i.Code)
	require.NoError(t, err)
	w.joins(t, w.bob, i)
}

func TestNoMoreJoinThanTheInviteAllows(t *testing.T) {
	w := newWorld(t)
	const uses, comers = 4, 12
	id := w.newGroup(t)
	i := w.invite(t, id, uses)
	var in, out atomic.Int64
	var all sync.WaitGroup
	for n := range comers {
		v := w.signUp(t, fmt.Sprintf("Comer %d", n))
		for range 2 {
			all.Go(func() {
				_, err := w.invites(0).Join(t.Context(), v, i.Code)
				switch {
				case err == nil:
					in.Add(1)
				case strings.Contains(err.Error(), string(service.CodeInviteUsedUp)):
					out.Add(1)
				default:
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	require.EqualValues(t, 2*uses, in.Load())
	require.EqualValues(t, 2*(comers-uses), out.Load())
	c, err := w.store.Conversation(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, 1+uses, c.MemberCount)
}
