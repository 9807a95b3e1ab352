package httpapi_test

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/apitest"
	"github.com/parley-chat/parley/api/service"
)

// TestEveryRouteSaysThatTheDatabaseIsAway: a 503 that says when to come back, on all that is about conversations. A client keeps
// what it wanted to send, and sends it again with the same clientId.
func TestEveryRouteSaysThatTheDatabaseIsAway(t *testing.T) {
	store := apitest.Store(t)
	node := apitest.Start(t, apitest.On(store))
	ada, bob := node.Signup(t, "Ada"), node.Signup(t, "Bob")
	var created struct{ Conversation struct{ ID string } }
	node.Do(t, post, "/api/conversations", object{"type": "direct", "userId": bob.ID}, ada.Auth()...).Into(t, &created)
	path := "/api/conversations/" + created.Conversation.ID
	var sent struct{ Message struct{ ID string } }
	node.Do(t, post, path+"/messages", object{"clientId": "1", "text": "Hi"}, ada.Auth()...).Into(t, &sent)
	message := path + "/messages/" + sent.Message.ID

	require.NoError(t, store.Close(t.Context()))
	for _, ask := range []struct {
		method, path string
		body         any
	}{
		{get, "/api/conversations", nil},
		{post, "/api/conversations", object{"type": "direct", "userId": bob.ID}},
		{get, path, nil},
		{get, path + "/messages", nil},
		{get, path + "/events?after=1", nil},
		{post, path + "/messages", object{"clientId": "2", "text": "Still there?"}},
		{post, path + "/messages", object{"clientId": "1", "text": "Hi"}},
		{http.MethodPatch, message, object{"text": "Hello"}},
		{http.MethodDelete, message, nil},
		{post, path + "/read", object{"seq": 2}},
		{post, "/api/sync", object{"conversations": object{}}},
		{get, "/api/users?q=bob", nil},
		{get, me, nil},
	} {
		answer := node.Do(t, ask.method, ask.path, ask.body, ada.Auth()...)
		require.Equal(t, 503, answer.Status, "%s %s: %s", ask.method, ask.path, bytes.TrimSpace(answer.Body))
		require.Equal(t, service.CodeUnavailable, answer.Code(), ask.path)
		require.NotEmpty(t, answer.Header.Get("Retry-After"), ask.path)
	}
}
