package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"

	"github.com/parley-chat/parley/api/service"
)

// names are the fields of the structs that bodies are read into: for each name the struct that its value is read into, or nil.
var names sync.Map // reflect.Type → map[string]reflect.Type

func namesOf(t reflect.Type) map[string]reflect.Type {
	if known, ok := names.Load(t); ok {
		return known.(map[string]reflect.Type)
	}
	known := map[string]reflect.Type{}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name == "" {
			name = t.Field(i).Name
		}
		known[name] = structOf(t.Field(i).Type)
	}
	names.Store(t, known)
	return known
}

// structOf is the struct that an object is read into field by field, or nil.
func structOf(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		return nil
	}
	return t
}

// checkNames holds the members of the body, and of objects in it, to the fields of t. encoding/json alone would take names in any
// case, the last of several, anything after the object, and half a character.
func checkNames(body []byte, t reflect.Type) error {
	if !isObject(body) {
		return service.Refuse(service.CodeInvalidJSON, "the request body must be a JSON object")
	}
	if !json.Valid(body) {
		return jsonRefusal(errNotJSON)
	}
	if hasLoneSurrogate(body) {
		return service.Refuse(service.CodeInvalidJSON, "the request body has half of a surrogate pair, which is no character")
	}
	return checkMembers(body, t)
}

func isObject(value []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(value, whiteSpace), []byte("{"))
}

func checkMembers(object []byte, t reflect.Type) error {
	known := namesOf(t)
	seen := make([]string, 0, 8)
	for name, value := range members(object) {
		inner, ok := known[name]
		switch {
		case !ok:
			return unknownField(name)
		case slices.Contains(seen, name):
			return service.Refuse(service.CodeInvalidJSON, fmt.Sprintf("the request body has %q twice", name))
		}
		seen = append(seen, name)
		if inner != nil && isObject(value) {
			if err := checkMembers(value, inner); err != nil {
				return err
			}
		}
	}
	return nil
}

const whiteSpace = " \t\r\n"

var errNotJSON = errors.New("not JSON")

// members are those of the valid JSON object with which b begins, as often as they are there: their names, and b from their values
// on. A string is a name where it is not in another object or list, and a colon follows.
func members(b []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		depth := 0
		for i := 0; i < len(b); i++ {
			switch b[i] {
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return
				}
			case '"':
				end := i + stringLength(b[i:])
				value, isName := bytes.CutPrefix(bytes.TrimLeft(b[end:], whiteSpace), []byte(":"))
				if isName && depth == 1 && !yield(unquote(b[i:end]), value) {
					return
				}
				i = end - 1
			}
		}
	}
}

// hasLoneSurrogate tells whether valid JSON has an escaped half of a surrogate pair without the other: encoding/json would put another
// character in its place.
func hasLoneSurrogate(b []byte) bool {
	for i := bytes.IndexByte(b, '\\'); i >= 0 && i < len(b); i++ {
		if b[i] != '\\' {
			continue
		}
		r := escapedRune(b[i:])
		if utf16.IsSurrogate(r) {
			i += escapedRuneLength
			if utf16.DecodeRune(r, escapedRune(b[i:])) == unicodeReplacement {
				return true
			}
			i += escapedRuneLength - 1
			continue
		}
		i++ // what is escaped may be a backslash
	}
	return false
}

const (
	escapedRuneLength  = len(`\u0000`)
	unicodeReplacement = '\uFFFD'
)

// escapedRune is the one with whose escape b begins, or 0.
func escapedRune(b []byte) rune {
	if len(b) < escapedRuneLength || b[0] != '\\' || b[1] != 'u' {
		return 0
	}
	n, err := strconv.ParseUint(string(b[2:escapedRuneLength]), 16, 16)
	if err != nil {
		return 0
	}
	return rune(n)
}

// stringLength is that of the JSON string, with its quotes, with which b begins.
func stringLength(b []byte) int {
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b)
}

func unquote(quoted []byte) (s string) {
	if !bytes.ContainsRune(quoted, '\\') {
		return string(quoted[1 : len(quoted)-1])
	}
	_ = json.Unmarshal(quoted, &s) // valid, as all of the object
	return s
}
