package httpapi_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/apitest"
	"github.com/parley-chat/parley/api/config"
	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
)

// One conversation, from opening it to catching up: apitest holds each answer to the API's document.
func TestAConversationIsAsDocumented(t *testing.T) {
	node := apitest.Start(t)
	ada, bob, eve := node.Signup(t, "Ada"), node.Signup(t, "Bob"), node.Signup(t, "Eve")
	picture := upload(t, node, ada)

	opened := node.Do(t, post, "/api/conversations", object{"type": "direct", "userId": bob.ID}, ada.Auth()...)
	require.Equal(t, 201, opened.Status, "%s", opened.Body)
	var created struct{ Conversation service.ConversationView }
	opened.Into(t, &created)
	path := "/api/conversations/" + string(created.Conversation.ID)
	require.Equal(t, 200, node.Do(t, post, "/api/conversations", object{"type": "direct", "userId": ada.ID}, bob.Auth()...).Status)

	first := node.Do(t, post, path+"/messages", object{"clientId": "1", "text": "Hi"}, ada.Auth()...)
	require.Equal(t, 201, first.Status, "%s", first.Body)
	require.Equal(t, "10", first.Header.Get("RateLimit-Limit"))
	var sent struct{ Message chat.Message }
	first.Into(t, &sent)
	require.Equal(t, 200, node.Do(t, post, path+"/messages", object{"clientId": "1", "text": "Hi"}, ada.Auth()...).Status)
	reply := object{"clientId": "2", "uploadIds": []chat.UploadID{picture.ID}, "replyTo": sent.Message.ID}
	require.Equal(t, 201, node.Do(t, post, path+"/messages", reply, ada.Auth()...).Status)

	require.Equal(t, 200, node.Do(t, post, path+"/read", object{"seq": 2}, bob.Auth()...).Status)
	for _, query := range []string{
		"/api/conversations", "/api/conversations?limit=1", path, path + "/messages", path + "/messages?before=3", path + "/messages?after=1&limit=1",
		path + "/messages?around=" + string(sent.Message.ID), path + "/events", path + "/events?after=1&limit=1", path + "/events?after=99",
	} {
		answer := node.Do(t, get, query, nil, bob.Auth()...)
		require.Equal(t, 200, answer.Status, "%s: %s", query, answer.Body)
	}
	for _, have := range []object{{}, {string(created.Conversation.ID): 1}, {string(created.Conversation.ID): 3}, {string(chat.NewID[chat.ConversationID]()): 1}} {
		answer := node.Do(t, post, "/api/sync", object{"conversations": have}, bob.Auth()...)
		require.Equal(t, 200, answer.Status, "%s", answer.Body)
	}
	for _, file := range []string{picture.URL, picture.ThumbnailURL} {
		require.Equal(t, 200, node.Do(t, get, file, nil, bob.Auth()...).Status)
	}

	for _, call := range []struct {
		method, path string
		body         any
	}{
		{get, path, nil},
		{get, path + "/messages", nil},
		{get, path + "/events", nil},
		{post, path + "/read", object{"seq": 1}},
		{post, path + "/messages", object{"clientId": "1", "text": "Hi"}},
	} {
		require.Equal(t, service.CodeNotFound, node.Do(t, call.method, call.path, call.body, eve.Auth()...).Code(), "%s %s", call.method, call.path)
		require.Equal(t, service.CodeUnauthenticated, node.Do(t, call.method, call.path, call.body).Code())
	}
}

func TestMessageRate(t *testing.T) {
	node := apitest.Start(t)
	ada, bob := node.Signup(t, "Ada"), node.Signup(t, "Bob")
	var created struct{ Conversation service.ConversationView }
	node.Do(t, post, "/api/conversations", object{"type": "direct", "userId": bob.ID}, ada.Auth()...).Into(t, &created)
	send := func(n int) apitest.Answer {
		return node.Do(t, post, "/api/conversations/"+string(created.Conversation.ID)+"/messages", object{"clientId": fmt.Sprint(n), "text": "Hi"}, ada.Auth()...)
	}
	for n := range 10 {
		answer := send(n)
		require.Equal(t, 201, answer.Status)
		require.Equal(t, fmt.Sprint(9-n), answer.Header.Get("RateLimit-Remaining"))
	}
	over := send(10)
	require.Equal(t, service.CodeRateLimited, over.Code())
	require.Equal(t, "6", over.Header.Get("Retry-After"))

	node = apitest.Start(t, apitest.On(node.Ports.Store), apitest.With(func(c *config.Config) { c.MessageRate = 0 }))
	for n := range 20 {
		answer := send(100 + n)
		require.Equal(t, 201, answer.Status)
		require.Empty(t, answer.Header.Get("RateLimit-Limit"))
	}
}
