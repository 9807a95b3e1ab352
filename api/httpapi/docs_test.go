package httpapi_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/apitest"
	"github.com/parley-chat/parley/api/httpapi"
	"github.com/parley-chat/parley/api/openapi"
	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/peer"
	"github.com/parley-chat/parley/pkg/ratelimit"
)

// What is served is documented, and what is documented is served, signed in or not as the document says.
func TestRoutesAndDocumentAgree(t *testing.T) {
	docs, err := httpapi.NewDocs()
	require.NoError(t, err)
	peers, limiter := peer.NewRules(nil), httpapi.NewLimiter(nil)
	modules := []httpapi.Module{
		httpapi.NewAuth(nil, limiter, httpapi.AuthLimits{}, peers), httpapi.NewRecovery(nil, limiter, httpapi.AuthLimits{}),
		httpapi.NewSessions(nil, peers), httpapi.NewUsers(nil, ratelimit.Limit{}),
		httpapi.NewConversations(nil, nil, limiter, ratelimit.Limit{}), httpapi.NewGroups(nil), httpapi.NewInvites(nil, ratelimit.Limit{}), httpapi.NewSettings(nil), httpapi.NewReceipts(nil), httpapi.NewBlocks(&service.Blocks{}), httpapi.NewMessages(nil), httpapi.NewSearch(nil, ratelimit.Limit{}),
		httpapi.NewSync(nil), httpapi.NewUploads(nil, nil, ratelimit.Limit{}), docs,
	}
	served := map[string]bool{}
	for _, m := range modules {
		for _, r := range m.Routes() {
			served[r.Method+" "+r.Template()] = r.Public
		}
	}
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string
			Security    *[]any
			Parameters  []struct{ Name, In, Ref string }
		}
	}
	require.NoError(t, json.Unmarshal(openapi.OpenAPI(), &doc))
	documented, ids := map[string]bool{}, map[string]bool{}
	for path, operations := range doc.Paths {
		for method, op := range operations {
			documented[strings.ToUpper(method)+" "+path] = op.Security != nil
			require.NotEmpty(t, op.OperationID)
			require.False(t, ids[op.OperationID], "%s twice", op.OperationID)
			ids[op.OperationID] = true
		}
	}
	require.Equal(t, served, documented)

	// The list above is the node's own.
	node := apitest.Start(t)
	for route, public := range served {
		method, path, _ := strings.Cut(route, " ")
		if method == get {
			status := node.Do(t, method, path, nil).Status
			require.Equal(t, public, status == 200, "%s: %d", route, status)
		}
	}
}

func TestDocuments(t *testing.T) {
	node := apitest.Start(t)
	for path, field := range map[string]string{"/api/openapi.json": "openapi", "/api/asyncapi.json": "asyncapi"} {
		answer := node.Do(t, get, path, nil)
		require.Equal(t, 200, answer.Status)
		var doc map[string]any
		answer.Into(t, &doc)
		require.Contains(t, doc, field)
		again := node.Do(t, get, path, nil, "If-None-Match", answer.Header.Get("ETag"))
		require.Equal(t, 304, again.Status)
	}
	require.True(t, strings.HasPrefix(mustField(t, node, "/api/openapi.json", "openapi"), "3.1."))
	require.True(t, strings.HasPrefix(mustField(t, node, "/api/asyncapi.json", "asyncapi"), "3."))
}

func mustField(t *testing.T, node *apitest.Node, path, field string) string {
	t.Helper()
	var doc map[string]any
	node.Do(t, get, path, nil).Into(t, &doc)
	s, ok := doc[field].(string)
	require.True(t, ok)
	return s
}

func TestDocsPage(t *testing.T) {
	node := apitest.Start(t)
	answer := node.Do(t, get, "/api/docs", nil)
	require.Equal(t, 200, answer.Status)
	page, policy := string(answer.Body), answer.Header.Get("Content-Security-Policy")
	require.Contains(t, policy, "default-src 'none'")
	require.NotContains(t, policy, "unsafe")
	require.NotContains(t, page, "<script")
	require.NotContains(t, page, "ZgotmplZ", "the style was taken for a danger")
	require.Regexp(t, `/api/conversations/\{id\}/messages`, page)
	require.Contains(t, page, "message.created")
	require.Empty(t, regexp.MustCompile(`(src|href)="https?:`).FindString(page), "nothing from elsewhere")
	require.Empty(t, regexp.MustCompile(` (style|on[a-z]+)="`).FindString(page), "the policy forbids it")
}
