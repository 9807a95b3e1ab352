package httpapi

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
)

// maxCursor is in bytes; the longest of ours holds a name.
const maxCursor = 1024

// limitParam is the query's limit: 1 to chat.MaxPage, chat.DefaultPage where none is given. Refuses with CodeValidation.
func limitParam(c echo.Context) (int, error) {
	n, err := intParam(c, "limit", chat.DefaultPage, 1, chat.MaxPage)
	return int(n), err
}

// intParam is a whole number of the query between low and high, or fallback where none is given. Refuses with
// CodeValidation, naming the parameter.
func intParam(c echo.Context, name string, fallback, low, high int64) (int64, error) {
	s := c.QueryParam(name)
	if s == "" {
		return fallback, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < low || n > high {
		return 0, invalidParam(name, fmt.Sprintf("must be a whole number from %d to %d", low, high))
	}
	return n, nil
}

func invalidParam(name, message string) error {
	return &service.Error{Code: service.CodeValidation, Detail: "the request has invalid parameters", Fields: []service.FieldError{
		{Field: name, Message: message},
	}}
}

// pathID is an id of the path. A malformed one is no different from one that doesn't exist: CodeNotFound.
func pathID[T ~string](c echo.Context, name string) (T, error) {
	id := T(c.Param(name))
	if !chat.ValidID(id) {
		return "", service.Refuse(service.CodeNotFound, "no such thing")
	}
	return id, nil
}

// cursorParam is the query's cursor as encodeCursor made it, or the zero T where none is given. Refuses with
// CodeInvalidCursor.
func cursorParam[T any](c echo.Context) (T, error) {
	s := c.QueryParam("cursor")
	if s == "" {
		var first T
		return first, nil
	}
	return decodeCursor[T](s)
}

func decodeCursor[T any](s string) (T, error) {
	var v T
	refused := service.Refuse(service.CodeInvalidCursor, "the cursor is not one that this route gave out")
	if len(s) > maxCursor {
		return v, refused
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil {
		return v, refused
	}
	if err := unmarshal(raw, &v); err != nil {
		var zero T
		return zero, refused
	}
	return v, nil
}

// encodeCursor is a position in a list as clients get it: opaque to them, so its T, a struct with json tags, may
// change. A nil position, the end of the list, gives nil.
func encodeCursor[T any](position *T) *string {
	if position == nil {
		return nil
	}
	raw, err := json.Marshal(position)
	if err != nil {
		return nil // unreachable: positions are structs of strings and numbers
	}
	s := base64.RawURLEncoding.EncodeToString(raw)
	return &s
}
