package e2e_test

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/loadtest/client"
)

// TestInvites: what one node makes, people join by through another, whom the members on any gateway see coming at once; and
// nobody gets in by an invite that is used up, revoked or expired.
func TestInvites(t *testing.T) {
	t.Parallel()
	c := shared(t)
	ann, bob, eve := signUp(t, c.API(1), "ann"), signUp(t, c.API(2), "bob"), signUp(t, c.API(2), "eve")
	group, err := ann.Group(t.Context(), "Open house")
	require.NoError(t, err)
	owner, guest := listenAt(t, ann, c.Base(), c.Gateway(1)), listenAt(t, bob, c.Base(), c.Gateway(2))

	invite, err := ann.Invite(t.Context(), group.ID, 1, 3600)
	require.NoError(t, err)
	preview, err := bob.PreviewInvite(t.Context(), invite.Code)
	require.NoError(t, err)
	require.Equal(t, client.InvitePreview{Title: "Open house", MemberCount: 1}, preview)
	joined, err := bob.Join(t.Context(), invite.Code)
	require.NoError(t, err)
	require.Equal(t, group.ID, joined.ID)
	for _, device := range []*listener{owner, guest} {
		came := device.entry(group.ID, "somebody came", func(e client.Event) bool { return e.Type == "member.added" && e.UserID == bob.User().ID })
		require.Equal(t, bob.User().ID, came.ActorID)
	}
	guest.delivery(say(t, ann, group.ID, "come in").ID)
	_, err = bob.Join(t.Context(), invite.Code)
	require.NoError(t, err, "twice is once")
	refuse := func(code string, why string) {
		t.Helper()
		_, err := eve.PreviewInvite(t.Context(), code)
		require.Equal(t, why, refusal(t, err).Code)
		_, err = eve.Join(t.Context(), code)
		require.Equal(t, http.StatusNotFound, refusal(t, err).Status)
		require.Equal(t, why, refusal(t, err).Code)
	}
	refuse(invite.Code, "invite_used_up")

	revoked, err := ann.Invite(t.Context(), group.ID, 0, 3600)
	require.NoError(t, err)
	require.NoError(t, ann.RevokeInvite(t.Context(), group.ID, revoked.ID))
	refuse(revoked.Code, "invite_revoked")
	expired, err := ann.Invite(t.Context(), group.ID, 0, 1)
	require.NoError(t, err)
	eventually(t, soon, func() bool {
		_, err := eve.PreviewInvite(t.Context(), expired.Code)
		return err != nil
	}, "the invite expires")
	refuse(expired.Code, "invite_expired")
	refuse("0123456789", "not_found")
	list, err := ann.Invites(t.Context(), group.ID)
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, 1, list[0].Uses)
}

// TestAnInviteIsUsedAsOftenAsItMay: of many who join through two nodes at the same time, as many get in as the invite allows.
func TestAnInviteIsUsedAsOftenAsItMay(t *testing.T) {
	t.Parallel()
	c := shared(t)
	ann := signUp(t, c.API(1), "ann")
	group, err := ann.Group(t.Context(), "Small room")
	require.NoError(t, err)
	const uses, comers = 3, 8
	invite, err := ann.Invite(t.Context(), group.ID, uses, 3600)
	require.NoError(t, err)
	var in atomic.Int64
	var all sync.WaitGroup
	for n := range comers {
		comer := signUp(t, c.API(1+n%2), "comer")
		all.Go(func() {
			switch _, err := comer.Join(t.Context(), invite.Code); {
			case err == nil:
				in.Add(1)
			case refusal(t, err).Code != "invite_used_up":
				report(t, err)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, uses, in.Load())
	after, err := ann.Conversation(t.Context(), group.ID)
	require.NoError(t, err)
	require.Equal(t, 1+uses, after.MemberCount)
	list, err := ann.Invites(t.Context(), group.ID)
	require.NoError(t, err)
	require.Equal(t, uses, list[0].Uses)
}
