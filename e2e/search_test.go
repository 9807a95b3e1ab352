package e2e_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/loadtest/client"
)

// found are the texts that a search through the node at base finds, newest first.
func found(t *testing.T, base string, s *client.Session, query url.Values) []string {
	t.Helper()
	res, body := ask(t, http.MethodGet, base+"/api/search?"+query.Encode(), "", bearer(s.AccessToken()))
	require.Equal(t, http.StatusOK, res.StatusCode, body)
	var page struct {
		Results []struct {
			Message    client.Message
			Highlights []struct{ Start, Length int }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(body), &page))
	texts := []string{}
	for _, r := range page.Results {
		require.NotEmpty(t, r.Highlights, r.Message.Text)
		texts = append(texts, r.Message.Text)
	}
	return texts
}

// TestSearchFindsWhatOneMayReadNow: what one node wrote another one finds at once, and nothing that was changed, deleted or is
// another's.
func TestSearchFindsWhatOneMayReadNow(t *testing.T) {
	c := shared(t)
	ann, bob, eve := signUp(t, c.API(1), "ann"), signUp(t, c.API(2), "bob"), signUp(t, c.API(1), "eve")
	group, err := ann.Group(t.Context(), "Menu", bob.User().ID, eve.User().ID)
	require.NoError(t, err)
	say(t, ann, group.ID, "Crème brûlée for dessert")
	tea := say(t, bob, group.ID, "明天一起喝茶")
	word := func(q string) url.Values { return url.Values{"q": {q}} }
	for _, base := range []string{c.API(1), c.API(2)} {
		require.Equal(t, []string{"Crème brûlée for dessert"}, found(t, base, bob, word("creme des")))
		require.Equal(t, []string{"明天一起喝茶"}, found(t, base, eve, word("喝茶")))
		require.Empty(t, found(t, base, eve, url.Values{"q": {"creme"}, "senderId": {bob.User().ID}}))
		require.Empty(t, found(t, base, eve, url.Values{"q": {"creme"}, "conversationId": {direct(t, eve, bob)}}))
	}
	mine := say(t, eve, group.ID, "a secret recipe")
	_, err = eve.Edit(t.Context(), group.ID, mine.ID, "an open recipe")
	require.NoError(t, err)
	require.Empty(t, found(t, c.API(2), ann, word("secret")))
	require.Equal(t, []string{"an open recipe"}, found(t, c.API(2), ann, word("open recipe")))
	require.NoError(t, bob.Delete(t.Context(), group.ID, tea.ID))
	require.Empty(t, found(t, c.API(1), eve, word("喝茶")))

	require.NoError(t, ann.RemoveMember(t.Context(), group.ID, eve.User().ID))
	for _, base := range []string{c.API(1), c.API(2)} {
		require.Empty(t, found(t, base, eve, word("recipe")), "she wrote it, and may not read it any more")
		require.Equal(t, []string{"an open recipe"}, found(t, base, bob, word("recipe")))
	}
}
