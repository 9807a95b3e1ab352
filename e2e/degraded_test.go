package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/loadtest/client"
)

// TestADatabaseThatTakesNoWrites: whoever writes is told to come back, and when; sockets stay, reading goes on, nodes say
// that they are not ready, and what clients kept goes out once the database is back.
func TestADatabaseThatTakesNoWrites(t *testing.T) {
	c := shared(t)
	ann, bob := signUp(t, c.Base(), "ann"), signUp(t, c.Base(), "bob")
	conversation := direct(t, ann, bob)
	ear := listen(t, bob, c.Base())
	held, err := c.HoldDatabase()
	require.NoError(t, err)
	defer held.Close()

	kept := make(chan client.Message, 1)
	go func() { // what a client does with a message that is not acknowledged
		m, err := ann.Deliver(t.Context(), client.Backoff{First: 100 * time.Millisecond, Max: time.Second}, conversation, client.NewMessage{ClientID: "kept", Text: "kept"}, nil)
		report(t, err)
		kept <- m
	}()
	path := "/api/conversations/" + conversation
	res, body := ask(t, http.MethodPost, c.API(1)+path+"/messages", `{"clientId":"once","text":"once"}`, bearer(ann.AccessToken()))
	require.Equal(t, http.StatusServiceUnavailable, res.StatusCode, "%s", body)
	require.NotEmpty(t, res.Header.Get("Retry-After"))
	require.Contains(t, body, `"unavailable"`)
	res, body = ask(t, http.MethodGet, c.API(1)+path+"/messages", "", bearer(bob.AccessToken()))
	require.Equal(t, http.StatusOK, res.StatusCode, "reading goes on: %s", body)
	eventually(t, 30*time.Second, func() bool {
		res, _ := ask(t, http.MethodGet, c.APIOps(1)+"/readyz", "", nil)
		return res.StatusCode == http.StatusServiceUnavailable
	}, "the node says that it is not ready")
	require.Empty(t, kept)

	require.NoError(t, held.Close())
	sent := <-kept
	require.Equal(t, "kept", ear.delivery(sent.ID).Message.Text)
	require.Zero(t, ear.Stats().Reconnects, "the socket stayed")
	require.Equal(t, 1, strings.Count(strings.Join(ear.texts(conversation), " "), "kept"))
	eventually(t, 30*time.Second, func() bool {
		res, _ := ask(t, http.MethodGet, c.APIOps(1)+"/readyz", "", nil)
		return res.StatusCode == http.StatusOK
	}, "the node is ready again")
}
