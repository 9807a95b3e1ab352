package httpapi_test

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/apitest"
	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
)

// Pages of a search are whole, and newest first; apitest holds each answer to the API's document.
func TestSearchIsAsDocumented(t *testing.T) {
	node := apitest.Start(t)
	ada, bob := node.Signup(t, "Ada"), node.Signup(t, "Bob")
	var opened struct{ Conversation service.ConversationView }
	node.Do(t, post, "/api/conversations", object{"type": "direct", "userId": bob.ID}, ada.Auth()...).Into(t, &opened)
	path := "/api/conversations/" + string(opened.Conversation.ID) + "/messages"
	for n := range 5 {
		sent := node.Do(t, post, path, object{"clientId": fmt.Sprint(n), "text": fmt.Sprintf("needle %d https://example.org", n)}, ada.Auth()...)
		require.Equal(t, 201, sent.Status, "%s", sent.Body)
	}
	var page struct {
		Results    []struct{ Message chat.Message }
		NextCursor *string
	}
	var texts []string
	for cursor := ""; ; cursor = *page.NextCursor {
		page.NextCursor, page.Results = nil, nil
		answer := node.Do(t, get, "/api/search?q=need&has=link&limit=2&cursor="+cursor, nil, bob.Auth()...)
		require.Equal(t, 200, answer.Status, "%s", answer.Body)
		answer.Into(t, &page)
		for _, r := range page.Results {
			texts = append(texts, r.Message.Text[:8])
		}
		if page.NextCursor == nil {
			break
		}
	}
	require.Equal(t, []string{"needle 4", "needle 3", "needle 2", "needle 1", "needle 0"}, texts)

	for query, code := range map[string]service.Code{
		"":                             service.CodeValidation,
		"q=+":                          service.CodeValidation,
		"q=a&has=video":                service.CodeValidation,
		"q=a&senderId=x":               service.CodeValidation,
		"q=a&conversationId=x":         service.CodeValidation,
		"q=a&after=yesterday":          service.CodeValidation,
		"q=a&cursor=x":                 service.CodeInvalidCursor,
		"q=" + url.QueryEscape(long()): service.CodeValidation,
	} {
		require.Equal(t, code, node.Do(t, get, "/api/search?"+query, nil, bob.Auth()...).Code(), query)
	}
	require.Equal(t, service.CodeUnauthenticated, node.Do(t, get, "/api/search?q=needle", nil).Code())
}

// long is longer than any query.
func long() string { return fmt.Sprintf("%*d", chat.MaxSearch+1, 1) }
