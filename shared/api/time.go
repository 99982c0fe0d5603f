package api

import (
	"encoding/json"
	"strings"
	"time"

	"latchkey/shared/clock"
)

// Time is a moment, written in RFC 3339, UTC, milliseconds. The zero Time is null.
type Time struct{ time.Time }

// Milli returns the Time of a moment. 0 is null.
func Milli(ms clock.Millis) Time {
	if ms == 0 {
		return Time{}
	}
	return Time{ms.Time()}
}

// MarshalJSON writes the time, or null.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(t.UTC().Format("2006-01-02T15:04:05.000Z"))
}

// Text is a text that is null when it is empty.
type Text string

// MarshalJSON writes the text, or null.
func (t Text) MarshalJSON() ([]byte, error) {
	if t == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(t))
}

// Duration is a time span as Go parses it, written in the shortest form: "72h", "1h30m".
type Duration time.Duration

// MarshalJSON writes the span as a text.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(d.String()) }

// String returns the span without units that are zero: 72h, not 72h0m0s.
func (d Duration) String() string {
	text := time.Duration(d).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// ParseDuration reads a span from a field, within the given bounds. It returns an
// [Invalid] error of the field for any other text.
func ParseDuration(field, text string, least, most time.Duration) (time.Duration, error) {
	span, err := time.ParseDuration(text)
	if err != nil {
		return 0, Invalid(field, "invalid_duration", "The span is written like 72h or 30m.")
	}
	if span < least || span > most {
		message := "The span is from " + Duration(least).String() +
			" to " + Duration(most).String() + "."
		return 0, Invalid(field, "out_of_range", message)
	}
	return span, nil
}
