// Package openapi holds what the API says of itself: an OpenAPI document for the routes, an AsyncAPI document for the
// socket, and a page for people made of both.
package openapi

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the documents are files beside this one
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"strings"
)

var (
	//go:embed openapi.json
	openAPI []byte
	//go:embed asyncapi.json
	asyncAPI []byte
	//go:embed page.css
	style string
	//go:embed page.html
	page string
)

// OpenAPI is the routes' document, JSON. Not to be changed.
func OpenAPI() []byte { return openAPI }

// AsyncAPI is the socket's document, JSON. Not to be changed.
func AsyncAPI() []byte { return asyncAPI }

// document is the part of both documents that the page shows.
type document struct {
	Info struct{ Title, Description string }
	Tags []struct{ Name, Description string }
	// Paths are operations by method by path.
	Paths      map[string]map[string]operation
	Components struct {
		Schemas   map[string]json.RawMessage
		Responses map[string]struct{ Description string }
		Messages  map[string]message
	}
	Operations map[string]struct {
		Summary  string
		Messages []reference
	}
}

type reference struct {
	Ref string `json:"$ref"`
}

type operation struct {
	OperationID string
	Tags        []string
	Summary     string
	Description string
	Security    *[]any
	Parameters  json.RawMessage
	RequestBody struct {
		Content map[string]struct{ Schema json.RawMessage }
	}
	Responses map[string]struct {
		Ref         string `json:"$ref"`
		Description string
		Content     map[string]struct{ Schema json.RawMessage }
	}
}

type message struct {
	Name, Summary string
	Payload       json.RawMessage
}

// Page is the page for people, and the Content-Security-Policy that it needs: its own style, and nothing else.
func Page() (html []byte, policy string, err error) {
	var routes, socket document
	if err := json.Unmarshal(openAPI, &routes); err != nil {
		return nil, "", fmt.Errorf("openapi.json: %w", err)
	}
	if err := json.Unmarshal(asyncAPI, &socket); err != nil {
		return nil, "", fmt.Errorf("asyncapi.json: %w", err)
	}
	t, err := template.New("page").Funcs(template.FuncMap{"paragraphs": paragraphs, "pretty": pretty, "last": last}).Parse(page)
	if err != nil {
		return nil, "", fmt.Errorf("page.html: %w", err)
	}
	var out bytes.Buffer
	err = t.Execute(&out, map[string]any{
		"Style":  template.CSS(style), //nolint:gosec // G203: from this folder, not from a user
		"Routes": routes, "Groups": groups(routes), "Socket": socket,
	})
	if err != nil {
		return nil, "", fmt.Errorf("page.html: %w", err)
	}
	sum := sha256.Sum256([]byte(style))
	policy = "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	return out.Bytes(), policy, nil
}

// group is the routes of one tag.
type group struct {
	Name, Description string
	Routes            []route
}

type route struct {
	Method, Path string
	operation
	Public bool
	// Answers are the statuses, in order.
	Answers []answer
}

type answer struct {
	Status, Description string
	Schema              json.RawMessage
}

func groups(d document) []group {
	var all []group
	for _, tag := range d.Tags {
		g := group{Name: tag.Name, Description: tag.Description}
		for path, operations := range d.Paths {
			for method, op := range operations {
				if slices.Contains(op.Tags, tag.Name) {
					g.Routes = append(g.Routes, route{strings.ToUpper(method), path, op, op.Security != nil, answers(d, op)})
				}
			}
		}
		slices.SortFunc(g.Routes, func(a, b route) int { return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method) })
		all = append(all, g)
	}
	return all
}

func answers(d document, op operation) []answer {
	var all []answer
	for status, r := range op.Responses {
		a := answer{Status: status, Description: r.Description}
		if r.Ref != "" {
			a.Description = d.Components.Responses[last(r.Ref)].Description
		}
		for _, content := range r.Content {
			a.Schema = content.Schema
		}
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b answer) int { return strings.Compare(a.Status, b.Status) })
	return all
}

// paragraphs are the parts of a description.
func paragraphs(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, "\n\n")
}

// pretty is JSON as people read it.
func pretty(raw json.RawMessage) (string, error) {
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", "  "); err != nil {
		return "", fmt.Errorf("indent: %w", err)
	}
	return out.String(), nil
}

// last is the last part of a reference.
func last(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }
