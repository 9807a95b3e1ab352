package e2e_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
	"time"

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

// TestSearchFilters: each filter through either node, alone and with words, on messages that another node has taken.
func TestSearchFilters(t *testing.T) {
	t.Parallel()
	c := shared(t)
	ann, bob := signUp(t, c.API(1), "ann"), signUp(t, c.API(2), "bob")
	talk := direct(t, ann, bob)
	group, err := ann.Group(t.Context(), "Elsewhere", bob.User().ID)
	require.NoError(t, err)
	send := func(s *client.Session, conversation, text string, uploads ...string) client.Message {
		t.Helper()
		m, _, err := s.Send(t.Context(), conversation, client.NewMessage{ClientID: unique(), Text: text, UploadIDs: uploads})
		require.NoError(t, err)
		return m
	}
	upload := func(name, mime string, data []byte) string {
		t.Helper()
		u, err := ann.Upload(t.Context(), name, mime, data)
		require.NoError(t, err)
		return u.ID
	}
	send(ann, talk, "quagga in a picture", upload("quagga.png", "image/png", picture(t, 60, 40)))
	send(ann, talk, "quagga in a file", upload("quagga.bin", "application/x-quagga", []byte("\x00\x01quagga")))
	time.Sleep(2 * time.Millisecond) // bounds are of milliseconds
	link := send(bob, group.ID, "quagga at https://example.org/quagga")
	time.Sleep(2 * time.Millisecond)
	last := send(bob, talk, "quagga, the last one")
	at := func(m client.Message) string { return m.CreatedAt.Format("2006-01-02T15:04:05.000Z07:00") }
	for _, base := range []string{c.API(1), c.API(2)} {
		for _, filter := range []struct {
			name, value string
			want        []string
		}{
			{"", "", []string{"quagga, the last one", "quagga at https://example.org/quagga", "quagga in a file", "quagga in a picture"}},
			{"has", "image", []string{"quagga in a picture"}},
			{"has", "file", []string{"quagga in a file"}},
			{"has", "link", []string{"quagga at https://example.org/quagga"}},
			{"senderId", ann.User().ID, []string{"quagga in a file", "quagga in a picture"}},
			{"conversationId", group.ID, []string{"quagga at https://example.org/quagga"}},
			{"after", at(last), []string{"quagga, the last one"}},
			{"before", at(link), []string{"quagga in a file", "quagga in a picture"}},
		} {
			require.Equal(t, filter.want, found(t, base, bob, url.Values{"q": {"quag"}, filter.name: {filter.value}}), "%s=%s", filter.name, filter.value)
		}
	}
}

// TestMembersPageAndAreFound: a group's members by page and by name, as each node has them, also of a name that one has taken just now.
func TestMembersPageAndAreFound(t *testing.T) {
	t.Parallel()
	c := shared(t)
	ann := signUp(t, c.API(1), "ann")
	var ids []string
	for n := range 7 {
		ids = append(ids, signUp(t, c.API(1+n%2), []string{"noah", "zoe"}[n%2]).User().ID)
	}
	group, err := ann.Group(t.Context(), "All of them", ids...)
	require.NoError(t, err)
	for _, base := range []string{c.API(1), c.API(2)} {
		via := ann.Via(reach(t, base))
		list := func(q string) (all []string) {
			t.Helper()
			for cursor := ""; ; {
				page, next, err := via.MembersPage(t.Context(), group.ID, q, cursor, 2)
				require.NoError(t, err)
				require.LessOrEqual(t, len(page), 2)
				for _, m := range page {
					all = append(all, m.UserID)
				}
				if cursor = next; cursor == "" {
					return all
				}
			}
		}
		require.ElementsMatch(t, append([]string{ann.User().ID}, ids...), list(""))
		require.ElementsMatch(t, []string{ids[1], ids[3], ids[5]}, list("ZOÉ"))
		require.Empty(t, list("nobody of them"))
	}
}
