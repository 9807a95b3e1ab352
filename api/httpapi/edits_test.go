package httpapi_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/apitest"
	"github.com/parley-chat/parley/api/config"
	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
)

// direct opens a conversation of two, with one message of the first, and gives the paths of both.
func direct(t *testing.T, node *apitest.Node, a, b apitest.User) (path, message string) {
	t.Helper()
	var created struct{ Conversation service.ConversationView }
	node.Do(t, post, "/api/conversations", object{"type": "direct", "userId": b.ID}, a.Auth()...).Into(t, &created)
	path = "/api/conversations/" + string(created.Conversation.ID)
	var sent struct{ Message chat.Message }
	node.Do(t, post, path+"/messages", object{"clientId": "1", "text": "Hi"}, a.Auth()...).Into(t, &sent)
	return path, path + "/messages/" + string(sent.Message.ID)
}

// What can be done to a message, held to the API's document by apitest.
func TestChangesAreAsDocumented(t *testing.T) {
	node := apitest.Start(t)
	ada, bob, eve := node.Signup(t, "Ada"), node.Signup(t, "Bob"), node.Signup(t, "Eve")
	path, message := direct(t, node, ada, bob)
	const del, put, patch = "DELETE", "PUT", "PATCH"
	thumb, rainbow, keycap := "/reactions/"+url.PathEscape("👍🏽"), "/reactions/%f0%9f%8f%b3%ef%b8%8f%e2%80%8d%f0%9f%8c%88", "/reactions/"+url.PathEscape("#️⃣")
	for _, c := range []struct {
		by           apitest.User
		method, path string
		body         any
		status       int
		code         service.Code
	}{
		{ada, patch, message, object{"text": "Hello"}, 200, ""},
		{bob, patch, message, object{"text": "Hello"}, 403, service.CodeForbidden},
		{ada, patch, message, object{"text": ""}, 400, service.CodeValidation},
		{ada, patch, message, object{"text": "x", "reactions": object{}}, 400, service.CodeUnknownField},
		{bob, put, message + thumb, nil, 200, ""},
		{bob, put, message + thumb, nil, 200, ""},
		{ada, put, message + rainbow, nil, 200, ""},
		{ada, put, message + keycap, nil, 200, ""},
		{ada, del, message + rainbow, nil, 200, ""},
		{ada, put, message + "/reactions/a", nil, 400, service.CodeValidation},
		{ada, put, message + "/reactions/%25", nil, 404, service.CodeNotFound},
		{bob, put, message + "/pin", nil, 200, ""},
		{ada, "GET", path + "/pins", nil, 200, ""},
		{ada, "GET", message, nil, 200, ""},
		{ada, "GET", path + "/events", nil, 200, ""},
		{ada, "GET", path, nil, 200, ""},
		{ada, post, path + "/messages", object{"clientId": "f", "forwardOf": object{"conversationId": path[len("/api/conversations/"):], "messageId": message[len(path+"/messages/"):]}}, 201, ""},
		{ada, post, path + "/messages", object{"clientId": "m", "text": "<@" + string(bob.ID) + ">", "forwardOf": nil}, 201, ""},
		{ada, post, path + "/messages", object{"clientId": "a", "text": "<@all>"}, 403, service.CodeForbidden},
		{bob, "GET", path, nil, 200, ""},
		{ada, del, message + "/pin", nil, 204, ""},
		{bob, del, message, nil, 403, service.CodeForbidden},
		{ada, del, message, nil, 204, ""},
		{ada, del, message, nil, 204, ""},
		{ada, patch, message, object{"text": "Hello"}, 403, service.CodeForbidden},
		{ada, put, message + "/pin", nil, 403, service.CodeForbidden},
		{ada, "GET", message, nil, 200, ""},
		{ada, "GET", path + "/messages", nil, 200, ""},
		{ada, "GET", path + "/events", nil, 200, ""},
		{ada, "GET", path, nil, 200, ""},
	} {
		answer := node.Do(t, c.method, c.path, c.body, c.by.Auth()...)
		require.Equal(t, c.status, answer.Status, "%s %s: %s", c.method, c.path, answer.Body)
		require.Equal(t, c.code, answer.Code())
	}
	elsewhere := path + "/messages/" + string(chat.NewID[chat.MessageID]())
	for _, c := range []struct {
		method, suffix string
		body           any
	}{
		{"GET", "", nil}, {patch, "", object{"text": "x"}}, {del, "", nil}, {put, thumb, nil}, {del, thumb, nil}, {put, "/pin", nil}, {del, "/pin", nil},
	} {
		require.Equal(t, service.CodeNotFound, node.Do(t, c.method, message+c.suffix, c.body, eve.Auth()...).Code(), "%s %s", c.method, c.suffix)
		require.Equal(t, service.CodeNotFound, node.Do(t, c.method, elsewhere+c.suffix, c.body, ada.Auth()...).Code(), "%s %s", c.method, c.suffix)
		require.Equal(t, service.CodeUnauthenticated, node.Do(t, c.method, message+c.suffix, c.body).Code())
	}
}

func TestChangeRates(t *testing.T) {
	node := apitest.Start(t, apitest.With(func(c *config.Config) { c.EditRate, c.EditBurst, c.ReactionRate, c.ReactionBurst = 1, 2, 1, 2 }))
	ada, bob := node.Signup(t, "Ada"), node.Signup(t, "Bob")
	_, message := direct(t, node, ada, bob)
	edit := func(text string) apitest.Answer {
		return node.Do(t, "PATCH", message, object{"text": text}, ada.Auth()...)
	}
	require.Equal(t, "1", edit("a").Header.Get("RateLimit-Remaining"))
	require.Empty(t, edit("a").Header.Get("RateLimit-Remaining"), "what changes nothing takes nothing")
	require.Equal(t, 200, edit("b").Status)
	require.Equal(t, service.CodeRateLimited, edit("c").Code())
	require.Equal(t, service.CodeRateLimited, node.Do(t, "PUT", message+"/pin", nil, ada.Auth()...).Code(), "edits, pins and deletions are under one limit")
	require.Equal(t, service.CodeRateLimited, node.Do(t, "DELETE", message, nil, ada.Auth()...).Code())
	like := message + "/reactions/" + url.PathEscape("👍")
	require.Equal(t, 200, node.Do(t, "PUT", like, nil, ada.Auth()...).Status)
	require.Equal(t, 200, node.Do(t, "DELETE", like, nil, ada.Auth()...).Status)
	require.Equal(t, service.CodeRateLimited, node.Do(t, "PUT", like, nil, ada.Auth()...).Code())
}
