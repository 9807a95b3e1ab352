package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
)

// decode reads the request's body into a T, a struct with json tags, strictly: the body is one JSON object in UTF-8,
// its names are exactly those of T and each there once. Whether the values make sense is for the service to say.
//
// Refusals: CodeUnsupportedMediaType, CodePayloadTooLarge, CodeInvalidJSON, CodeUnknownField, and CodeValidation
// for a value of another type than the field's.
func decode[T any](c echo.Context) (T, error) {
	var v T
	if err := wantJSON(c.Request().Header.Get(echo.HeaderContentType)); err != nil {
		return v, err
	}
	body, err := readBody(c.Request())
	if err != nil {
		return v, cutBody(c.Request().Context(), err)
	}
	err = unmarshal(body, &v)
	return v, err
}

// readBody makes room once for a body that tells its length, which bodyLimited has held to its limit.
func readBody(r *http.Request) ([]byte, error) {
	if r.ContentLength <= 0 {
		return io.ReadAll(r.Body) //nolint:wrapcheck // by the caller
	}
	body := make([]byte, r.ContentLength)
	_, err := io.ReadFull(r.Body, body)
	return body, err //nolint:wrapcheck // by the caller
}

// cutBody is why a body could not be read to its end.
func cutBody(ctx context.Context, err error) error {
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &tooBig):
		return fmt.Errorf("read body: %w", err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("read body: %w", context.DeadlineExceeded)
	case errors.Is(err, io.ErrUnexpectedEOF) || ctx.Err() == nil:
		return service.Refuse(service.CodeInvalidJSON, "the request body was cut short")
	}
	return fmt.Errorf("read body: %w", ctx.Err())
}

// decodeOptional is decode for a body that may be missing altogether, which gives the zero T.
func decodeOptional[T any](c echo.Context) (T, error) {
	var v T
	if c.Request().ContentLength == 0 {
		return v, nil
	}
	return decode[T](c)
}

func wantJSON(contentType string) error {
	if contentType == echo.MIMEApplicationJSON {
		return nil
	}
	media, params, err := mime.ParseMediaType(contentType)
	charset := params["charset"]
	if err != nil || media != echo.MIMEApplicationJSON || (charset != "" && !strings.EqualFold(charset, "utf-8")) {
		return service.Refuse(service.CodeUnsupportedMediaType, "the request body must be application/json in UTF-8")
	}
	return nil
}

func unmarshal(body []byte, v any) error {
	if !utf8.Valid(body) {
		return service.Refuse(service.CodeInvalidJSON, "the request body is not UTF-8")
	}
	if err := checkNames(body, reflect.TypeOf(v).Elem()); err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	return jsonRefusal(dec.Decode(v))
}

func jsonRefusal(err error) error {
	var wrongType *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrongType):
		return &service.Error{Code: service.CodeValidation, Detail: "the request has invalid fields", Fields: []service.FieldError{
			{Field: wrongType.Field, Message: fmt.Sprintf("must be %s, not %s", jsonType(wrongType.Type), wrongType.Value)},
		}}
	}
	// encoding/json has no type for this one; outer names were checked before, so this is one further in.
	if quoted, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return unknownField(strings.Trim(quoted, `"`))
	}
	return service.Refuse(service.CodeInvalidJSON, "the request body is not valid JSON")
}

func unknownField(name string) error {
	return &service.Error{Code: service.CodeUnknownField, Detail: fmt.Sprintf("the route knows no field %q", clip(name)), Fields: []service.FieldError{
		{Field: clip(name), Message: "unknown field"},
	}}
}

// clip keeps what is echoed back short.
func clip(s string) string {
	const most = 64
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}

func jsonType(t reflect.Type) string {
	if t == reflect.TypeFor[chat.Time]() {
		return "a time as in RFC 3339"
	}
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Map, reflect.Struct:
		return "an object"
	default:
		return "a whole number"
	}
}

// optional is a field of a PATCH: absent, null, or a value.
type optional[T any] struct {
	// Set is true when the field is there, also as null.
	Set bool
	// Value is nil for null.
	Value *T
}

func (o *optional[T]) UnmarshalJSON(b []byte) error {
	o.Set = true
	return json.Unmarshal(b, &o.Value)
}

// orZero is nil where the field is absent, and the zero T for null.
func (o optional[T]) orZero() *T {
	if o.Set && o.Value == nil {
		var zero T
		return &zero
	}
	return o.Value
}
