package apitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/openapi"
)

// contract is the OpenAPI document, as what answers are held to.
type contract struct {
	paths    map[string]map[string]documented
	compiler *jsonschema.Compiler

	mu       sync.Mutex
	compiled map[string]*jsonschema.Schema // guarded by mu, as is compiler
}

type documented struct {
	RequestBody struct{ Content map[string]any }
	Responses   map[string]struct {
		Ref     string `json:"$ref"`
		Content map[string]any
	}
}

const contractFile = "openapi.json"

var loadContract = sync.OnceValues(func() (*contract, error) {
	var doc struct {
		Paths map[string]map[string]documented
	}
	if err := json.Unmarshal(openapi.OpenAPI(), &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", contractFile, err)
	}
	resource, err := jsonschema.UnmarshalJSON(bytes.NewReader(openapi.OpenAPI()))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", contractFile, err)
	}
	c := &contract{paths: doc.Paths, compiler: jsonschema.NewCompiler(), compiled: map[string]*jsonschema.Schema{}}
	c.compiler.DefaultDraft(jsonschema.Draft2020)
	c.compiler.AssertFormat()
	if err := c.compiler.AddResource(contractFile, resource); err != nil {
		return nil, fmt.Errorf("%s: %w", contractFile, err)
	}
	return c, nil
})

// holdToContract fails the test if the API did something that its document doesn't tell: answered a route or with a
// status that isn't there, or a body of another shape, or took a body that the document forbids.
func holdToContract(t testing.TB, method, path string, body []byte, answer Answer) {
	t.Helper()
	c, err := loadContract()
	require.NoError(t, err)
	path, _, _ = strings.Cut(path, "?")
	head := method == http.MethodHead
	if head {
		method = http.MethodGet // whose answer it has, but for the body
	}
	template, op, ok := c.find(strings.ToLower(method), path)
	if !ok {
		require.Contains(t, []int{http.StatusNotFound, http.StatusMethodNotAllowed}, answer.Status, "%s %s is not documented", method, path)
		return
	}
	at := "#/paths/" + escape(template) + "/" + strings.ToLower(method)
	response, ok := op.Responses[fmt.Sprint(answer.Status)]
	require.True(t, ok, "%s %s: status %d is not documented: %s", method, template, answer.Status, answer.Body)
	responseAt := at + "/responses/" + fmt.Sprint(answer.Status)
	contentType := mediaType(answer.Header)
	if response.Ref != "" {
		responseAt, contentType = response.Ref, "application/problem+json"
	}
	require.Equal(t, contentType, mediaType(answer.Header), "%s %s", method, template)
	if head {
		require.Empty(t, answer.Body)
		return
	}
	if strings.HasSuffix(contentType, "json") {
		c.check(t, responseAt+"/content/"+escape(contentType)+"/schema", answer.Body)
	} else if _, image := response.Content["image/*"]; !image {
		require.Equal(t, len(response.Content) > 0, len(answer.Body) > 0, "%s %s: a body of %s", method, template, contentType)
	}
	if _, isJSON := op.RequestBody.Content["application/json"]; isJSON && answer.Status < 300 && len(body) > 0 {
		c.check(t, at+"/requestBody/content/application~1json/schema", body)
	}
}

// find is the documented operation that a request is for. A path without parameters goes before one with.
func (c *contract) find(method, path string) (template string, op documented, ok bool) {
	if op, ok := c.paths[path][method]; ok {
		return path, op, true
	}
	for template, operations := range c.paths {
		if op, there := operations[method]; there && matches(template, path) {
			return template, op, true
		}
	}
	return "", documented{}, false
}

func matches(template, path string) bool {
	want, got := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if want[i] != got[i] && !strings.HasPrefix(want[i], "{") {
			return false
		}
	}
	return true
}

func (c *contract) check(t testing.TB, at string, body []byte) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	schema, ok := c.compiled[at]
	if !ok {
		var err error
		schema, err = c.compiler.Compile(contractFile + at)
		require.NoError(t, err)
		c.compiled[at] = schema
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	require.NoError(t, err, "%s", body)
	require.NoError(t, schema.Validate(value), "%s: %s", at, body)
}

func mediaType(h http.Header) string {
	media, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return media
}

// escape makes one part of a JSON pointer, in a URL's fragment.
func escape(s string) string {
	return strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(s)
}
