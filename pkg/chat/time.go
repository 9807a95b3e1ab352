package chat

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"
)

// Time is an instant in Unix milliseconds, UTC. Its JSON form is RFC 3339 with
// exactly three decimals; zero, "never", is null.
type Time int64

const timeLayout = "2006-01-02T15:04:05.000Z"

// TimeOf cuts t to milliseconds. The zero time.Time gives 0.
func TimeOf(t time.Time) Time {
	if t.IsZero() {
		return 0
	}
	return Time(t.UnixMilli())
}

// Std is t as a time.Time in UTC; 0 gives the zero time.Time.
func (t Time) Std() time.Time {
	if t == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(t)).UTC()
}

// Add is t moved by d, cut to milliseconds.
func (t Time) Add(d time.Duration) Time { return t + Time(d.Milliseconds()) }

// MarshalJSON writes the wire form.
func (t Time) MarshalJSON() ([]byte, error) {
	return t.appendJSON(make([]byte, 0, len(timeLayout)+2)), nil
}

func (t Time) appendJSON(b []byte) []byte {
	if t == 0 {
		return append(b, "null"...)
	}
	b = append(b, '"')
	b = t.Std().AppendFormat(b, timeLayout)
	return append(b, '"')
}

// UnmarshalJSON reads any RFC 3339 time, or null as 0. What is none is refused as a value of another type is, so that the decoder
// names its field.
func (t *Time) UnmarshalJSON(b []byte) error {
	var s *string
	if err := json.Unmarshal(b, &s); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			return &json.UnmarshalTypeError{Value: wrong.Value, Type: reflect.TypeFor[Time]()}
		}
		return fmt.Errorf("time: %w", err)
	}
	if s == nil {
		*t = 0
		return nil
	}
	parsed, err := time.Parse(time.RFC3339Nano, *s)
	if err != nil {
		return &json.UnmarshalTypeError{Value: "another string", Type: reflect.TypeFor[Time]()}
	}
	*t = TimeOf(parsed)
	return nil
}
