package httpapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/parley-chat/parley/api/openapi"
)

// Docs serves what the API says of itself.
type Docs struct{ page, openAPI, asyncAPI static }

// static is a document that changes with the program only.
type static struct {
	content      []byte
	mime, policy string
}

// NewDocs makes the page for people. It fails if a document is malformed.
func NewDocs() (*Docs, error) {
	page, policy, err := openapi.Page()
	if err != nil {
		return nil, fmt.Errorf("docs: %w", err)
	}
	return &Docs{
		page:     static{page, "text/html; charset=utf-8", policy},
		openAPI:  static{openapi.OpenAPI(), echo.MIMEApplicationJSON, ""},
		asyncAPI: static{openapi.AsyncAPI(), echo.MIMEApplicationJSON, ""},
	}, nil
}

// Routes are the handler's.
func (h *Docs) Routes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: "/api/docs", Handler: h.page.serve, Public: true},
		{Method: http.MethodGet, Path: "/api/openapi.json", Handler: h.openAPI.serve, Public: true},
		{Method: http.MethodGet, Path: "/api/asyncapi.json", Handler: h.asyncAPI.serve, Public: true},
	}
}

func (s static) serve(c echo.Context) error {
	sum := sha256.Sum256(s.content)
	header := c.Response().Header()
	header.Set("Content-Type", s.mime)
	header.Set("Cache-Control", "no-cache") // to be asked for again, and answered 304
	header.Set("ETag", `"`+hex.EncodeToString(sum[:8])+`"`)
	if s.policy != "" {
		header.Set("Content-Security-Policy", s.policy)
	}
	http.ServeContent(c.Response(), c.Request(), "", time.Time{}, bytes.NewReader(s.content))
	return nil
}
