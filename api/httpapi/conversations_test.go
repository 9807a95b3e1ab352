package httpapi_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/apitest"
	"github.com/parley-chat/parley/api/config"
	"github.com/parley-chat/parley/api/service"
)

func TestFindingConversationsAndCountingThem(t *testing.T) {
	node := apitest.Start(t, apitest.With(func(c *config.Config) { c.SearchBurst = 4 }))
	ada, bob := node.Signup(t, "Ada"), node.Signup(t, "Bob")
	for _, title := range []string{"Red fern", "Green fern", "Moss"} {
		require.Equal(t, 201, node.Do(t, post, "/api/conversations", object{"type": "group", "title": title, "memberIds": []any{bob.ID}}, ada.Auth()...).Status)
	}
	var page struct {
		Conversations []service.ConversationView
		NextCursor    *string
	}
	const path = "/api/conversations"
	node.Do(t, get, path+"?q=fern&limit=1", nil, bob.Auth()...).Into(t, &page)
	require.Equal(t, "Green fern", *page.Conversations[0].Title, "the newest first")
	node.Do(t, get, path+"?q=fern&limit=1&cursor="+*page.NextCursor, nil, bob.Auth()...).Into(t, &page)
	require.Equal(t, "Red fern", *page.Conversations[0].Title)
	require.Equal(t, []string{"q"}, node.Do(t, get, path+"?q="+url.QueryEscape(string(make([]byte, 81))), nil, bob.Auth()...).Fields())
	require.Equal(t, 200, node.Do(t, get, path+"?q=none", nil, bob.Auth()...).Status)
	require.Equal(t, service.CodeRateLimited, node.Do(t, get, path+"?q=none", nil, bob.Auth()...).Code())
	require.Equal(t, 200, node.Do(t, get, path+"?q=", nil, bob.Auth()...).Status, "no search, no limit")

	require.JSONEq(t, `{"unread":0,"mentions":0,"conversations":0,"muted":{"unread":0,"mentions":0,"conversations":0}}`,
		string(node.Do(t, get, "/api/unread", nil, bob.Auth()...).Body))
	require.Equal(t, service.CodeUnauthenticated, node.Do(t, get, "/api/unread", nil).Code())
}
