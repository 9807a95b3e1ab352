package httpapi

import (
	"encoding/json"
	"maps"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
)

type sample struct {
	Name   string              `json:"name"`
	Count  int64               `json:"count"`
	Nested map[string]int64    `json:"nested"`
	Patch  optional[string]    `json:"patch"`
	Inner  struct{ A string }  `json:"inner"`
	At     chat.Time           `json:"at"`
	Later  optional[chat.Time] `json:"later"`
}

func TestUnmarshal(t *testing.T) {
	tests := []struct {
		body, field string
		code        service.Code
	}{
		{`{}`, "", ""},
		{` {"name":"x","count":1,"nested":{"a":1},"patch":null,"inner":{"A":"x"}} `, "", ""},
		{`{"count":1.5}`, "count", service.CodeValidation},
		{`{"count":99999999999999999999}`, "count", service.CodeValidation},
		{`{"count":"1"}`, "count", service.CodeValidation},
		{`{"nested":{"a":"1"}}`, "nested", service.CodeValidation},
		{`{"nested":[]}`, "nested", service.CodeValidation},
		{`{"patch":1}`, "patch", service.CodeValidation},
		{`{"inner":{"B":"x"}}`, "B", service.CodeUnknownField},
		{`{"inner":{"a":"x"}}`, "a", service.CodeUnknownField},
		{`{"inner":{"A":"x","A":"y"}}`, "", service.CodeInvalidJSON},
		{`{"inner":null,"name":"x","patch":2}`, "patch", service.CodeValidation},
		{`{"at":"2030-01-01T00:00:00Z","later":null}`, "", ""},
		{`{"at":"2030-01-01"}`, "at", service.CodeValidation},
		{`{"at":5}`, "at", service.CodeValidation},
		{`{"later":"tomorrow"}`, "later", service.CodeValidation},
		{`{"later":{}}`, "later", service.CodeValidation},
		{`{"name":"\\ud800 \ud83d\ude00 \\\"\u00e9"}`, "", ""},
		{`{"name":"\ud800"}`, "", service.CodeInvalidJSON},
		{`{"name":"\ud800x\udc00"}`, "", service.CodeInvalidJSON},
		{`{"name":"\ude00\ud83d"}`, "", service.CodeInvalidJSON},
		{`{"name":"\ud83d\u0061"}`, "", service.CodeInvalidJSON},
		{`{"":1}`, "", service.CodeUnknownField},
		{`{"name":"x",}`, "", service.CodeInvalidJSON},
		{`{"name":"x"`, "", service.CodeInvalidJSON},
		{`"name"`, "", service.CodeInvalidJSON},
		{``, "", service.CodeInvalidJSON},
		{` `, "", service.CodeInvalidJSON},
		{`{"name":"x"}{}`, "", service.CodeInvalidJSON},
		{`{"name":"x","name":"y"}`, "", service.CodeInvalidJSON},
		{`{"name":"x","n\u0061me":"y"}`, "", service.CodeInvalidJSON},
		{`{"n\u0061me" : "a\"b:{[","nested":{"name":1,"Name":2}}`, "", ""},
		{`{"Name":"x"}`, "Name", service.CodeUnknownField},
		{`{"name":"x","other\"":1}`, `other"`, service.CodeUnknownField},
	}
	for _, test := range tests {
		t.Run(test.body, func(t *testing.T) {
			var v sample
			err := unmarshal([]byte(test.body), &v)
			if test.code == "" {
				require.NoError(t, err)
				return
			}
			var refusal *service.Error
			require.ErrorAs(t, err, &refusal)
			require.Equal(t, test.code, refusal.Code)
			if test.field != "" {
				require.Len(t, refusal.Fields, 1)
				require.Contains(t, refusal.Fields[0].Field, test.field)
			}
		})
	}
}

func TestOptional(t *testing.T) {
	for body, want := range map[string]struct {
		set   bool
		value *string
	}{
		`{}`: {false, nil}, `{"patch":null}`: {true, nil}, `{"patch":"x"}`: {true, new("x")},
	} {
		var v sample
		require.NoError(t, unmarshal([]byte(body), &v))
		require.Equal(t, want.set, v.Patch.Set, body)
		require.Equal(t, want.value, v.Patch.Value, body)
	}
}

// Every refusal is one that has a status, and what is taken is one JSON object and nothing else.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{}`, `{"name":"x"}`, `{"name":1}`, `{"patch":null}`, `{"a":{}}`, `{"name":"x"}}`, "\xff", `{"nested":{"a":1}}`, `{"inner":{"A":""}}`, `{"name":"\ud83d\ude00"}`, `[`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var v sample
		err := unmarshal(body, &v)
		if err == nil {
			require.True(t, json.Valid(body))
			var want map[string]json.RawMessage
			require.NoError(t, json.Unmarshal(body, &want))
			there := maps.Collect(members(body))
			require.Len(t, there, len(want))
			for name := range want {
				require.Contains(t, []string{"name", "count", "nested", "patch", "inner", "at", "later"}, name)
				require.Contains(t, there, name)
			}
			return
		}
		var refusal *service.Error
		require.ErrorAs(t, err, &refusal)
		require.Equal(t, http.StatusBadRequest, statuses[refusal.Code])
		for _, field := range refusal.Fields {
			require.LessOrEqual(t, len([]rune(field.Field)), 65)
		}
	})
}

func TestCursorsRoundTrip(t *testing.T) {
	position := conversationCursor{LastActivityAt: 1_700_000_000_123, ID: chat.NewID[chat.ConversationID]()}
	s := encodeCursor(&position)
	require.NotNil(t, s)
	got, err := decodeCursor[conversationCursor](*s)
	require.NoError(t, err)
	require.Equal(t, position, got)
	require.Nil(t, encodeCursor[conversationCursor](nil))

	_, err = decodeCursor[service.UserPosition](*s)
	require.Error(t, err, "a cursor of another route")
}

// Whatever a client makes up is refused as a cursor, or is one that this server could have made.
func FuzzCursor(f *testing.F) {
	f.Add("")
	f.Add("eyJuIjoiYWRhIiwiaSI6IjAxIn0")
	f.Add("!!")
	f.Fuzz(func(t *testing.T, s string) {
		v, err := decodeCursor[service.UserPosition](s)
		if err != nil {
			var refusal *service.Error
			require.ErrorAs(t, err, &refusal)
			require.Equal(t, service.CodeInvalidCursor, refusal.Code)
			return
		}
		again := encodeCursor(&v)
		require.NotNil(t, again)
		back, err := decodeCursor[service.UserPosition](*again)
		require.NoError(t, err)
		require.Equal(t, v, back)
	})
}

func TestEveryCodeHasAStatus(t *testing.T) {
	for code, status := range statuses {
		require.NotEmpty(t, http.StatusText(status), code)
	}
	require.Len(t, statuses, 24)
}
