// Package config reads a process's settings from the environment into a struct, and explains
// them: one line for a wrong value, a table for --help.
//
// A field takes the tags of github.com/caarlos0/env (env, envDefault), help (one line, with what is
// allowed), and secret:"true" for what must not be printed.
package config

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"text/tabwriter"

	"github.com/caarlos0/env/v11"
)

// Error names one wrong setting: which, what it was, and what is allowed.
type Error struct {
	Key     string
	Value   string
	Allowed string
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s is %q; allowed: %s", e.Key, e.Value, e.Allowed)
}

// Validator is a settings struct that checks what a type can't.
type Validator interface {
	// Validate returns an *Error, best made by Wrong.
	Validate() error
}

// Load fills dst, a pointer to a struct, from environ ("KEY=value" each, as os.Environ gives), and
// validates it. Its error is one line.
func Load(dst any, environ []string) error {
	vars := env.ToMap(environ)
	for key, value := range vars {
		// An empty value is an unset one: compose files pass those.
		if value == "" {
			delete(vars, key)
		}
	}
	if err := env.ParseWithOptions(dst, env.Options{Environment: vars}); err != nil {
		return explain(dst, vars, err)
	}
	if v, ok := dst.(Validator); ok {
		return v.Validate()
	}
	return nil
}

// Wrong is the error for the field of dst with this key.
func Wrong(dst any, key string) error {
	for _, f := range fields(reflect.TypeOf(dst).Elem(), reflect.ValueOf(dst).Elem()) {
		if f.key == key {
			return &Error{key, f.shown(fmt.Sprint(f.value.Interface())), f.help}
		}
	}
	return &Error{key, "?", "see --help"}
}

// Range is a whole number, or a duration in nanoseconds, and between what it may be.
type Range struct {
	Key             string
	Value, Min, Max int64
}

// CheckRanges is Wrong for the first setting of dst that is out of its range, or nil.
func CheckRanges(dst any, ranges ...Range) error {
	for _, r := range ranges {
		if r.Value < r.Min || r.Value > r.Max {
			return Wrong(dst, r.Key)
		}
	}
	return nil
}

// Usage writes all settings of the structs that dsts point to: key, default, meaning. A key that
// several of them have is written once, as the first has it.
func Usage(w io.Writer, dsts ...any) error {
	t := tabwriter.NewWriter(w, 2, 8, 2, ' ', 0)
	written := map[string]bool{}
	for _, dst := range dsts {
		for _, f := range fields(reflect.TypeOf(dst).Elem(), reflect.ValueOf(dst).Elem()) {
			if written[f.key] {
				continue
			}
			written[f.key] = true
			fmt.Fprintf(t, "  %s\t%s\t%s\n", f.key, cmp.Or(f.def, "-"), f.help)
		}
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("write usage: %w", err)
	}
	return nil
}

// Keys are the names of all settings of the struct that dst points to.
func Keys(dst any) []string {
	var keys []string
	for _, f := range fields(reflect.TypeOf(dst).Elem(), reflect.ValueOf(dst).Elem()) {
		keys = append(keys, f.key)
	}
	return keys
}

type field struct {
	name, key, def, help string
	secret               bool
	value                reflect.Value
}

func (f field) shown(value string) string {
	if f.secret && value != "" {
		return "(not shown)"
	}
	return value
}

func fields(t reflect.Type, v reflect.Value) []field {
	var out []field
	for i := range t.NumField() {
		sf := t.Field(i)
		if sf.Anonymous {
			out = append(out, fields(sf.Type, v.Field(i))...)
			continue
		}
		key, _, _ := strings.Cut(sf.Tag.Get("env"), ",")
		if key == "" {
			continue
		}
		out = append(out, field{
			name: sf.Name, key: key, def: sf.Tag.Get("envDefault"), help: sf.Tag.Get("help"),
			secret: sf.Tag.Get("secret") == "true", value: v.Field(i),
		})
	}
	return out
}

// explain turns the first fault that the parser found into an *Error.
func explain(dst any, vars map[string]string, err error) error {
	all := fields(reflect.TypeOf(dst).Elem(), reflect.ValueOf(dst).Elem())
	var parse env.ParseError
	if errors.As(err, &parse) {
		for _, f := range all {
			if f.name == parse.Name {
				return &Error{f.key, f.shown(vars[f.key]), f.help}
			}
		}
	}
	var missing env.VarIsNotSetError
	if errors.As(err, &missing) {
		for _, f := range all {
			if f.key == missing.Key {
				return &Error{f.key, "", f.help}
			}
		}
	}
	return fmt.Errorf("read environment: %w", err)
}
