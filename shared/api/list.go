package api

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
)

// Limits of a list's page, in items.
const (
	DefaultLimit = 50
	MaxLimit     = 200
)

// ErrCursor is the refusal of a cursor that isn't one of the list that it is shown to.
var ErrCursor = Invalid("cursor", "invalid_cursor", "The cursor is not one of this list.")

// Page is a page of a list. Next is null at the end of the list.
type Page[T any] struct {
	Items []T     `json:"items"`
	Next  *string `json:"next_cursor"`
}

// PageOf returns a page whose list goes on at the position next, or ends if that is "".
func PageOf[T any](items []T, next string) Page[T] {
	page := Page[T]{Items: items}
	if next != "" {
		page.Next = NextCursor(next)
	}
	return page
}

// List is the page of a list that a request asks for. P is the list's position, as its
// cursors have it.
type List[P any] struct {
	// Limit is the most items that the page may have, 1 to MaxLimit.
	Limit int
	// After is where the page begins: zero for the first one. It comes from outside, and
	// may be a position in another list.
	After P
	// Continued reports whether the request has a cursor.
	Continued bool
}

// ReadList reads the query of a list: the parameters, limit and cursor. It returns the
// first refusal that applies, in this order: a name that isn't known, a parameter, the
// limit, the cursor.
func ReadList[P any](event Event, parameters ...Parameter) (List[P], error) {
	if err := Query(event, parameters...); err != nil {
		return List[P]{}, err
	}

	var (
		list List[P]
		err  error
	)
	list.Limit, err = limit(event)
	if err != nil {
		return List[P]{}, err
	}

	list.Continued, err = cursor(event, &list.After)
	return list, err
}

// Parameter is a parameter of a query. Read takes its text, and returns the refusal of
// one that it can't take. It isn't called if the query doesn't have the parameter.
type Parameter struct {
	Name string
	Read func(text string) error
}

// FreeText returns a parameter that may have any text.
func FreeText(name string, value *string) Parameter {
	return Parameter{Name: name, Read: func(text string) error {
		*value = text
		return nil
	}}
}

// Choice returns a parameter that has one of the allowed values, or "".
func Choice[T ~string](name string, value *T, allowed ...T) Parameter {
	return Parameter{Name: name, Read: func(text string) error {
		*value = T(text)
		return OneOf(name, *value, allowed...)
	}}
}

// Query reads the parameters of a request's query, in their order. It refuses a query
// that has others, but for limit and cursor.
func Query(event Event, parameters ...Parameter) error {
	query := event.QueryStringParameters
	for _, name := range slices.Sorted(maps.Keys(query)) {
		known := func(p Parameter) bool { return p.Name == name }
		if name != "limit" && name != "cursor" && !slices.ContainsFunc(parameters, known) {
			return Invalid(name, "unknown_field", "There is no such parameter.")
		}
	}

	for _, parameter := range parameters {
		text, given := query[parameter.Name]
		if !given {
			continue
		}
		if err := parameter.Read(text); err != nil {
			return err
		}
	}

	return nil
}

// limit returns the query's limit, or DefaultLimit. It refuses one outside 1 to MaxLimit.
func limit(event Event) (int, error) {
	text, given := event.QueryStringParameters["limit"]
	if !given {
		return DefaultLimit, nil
	}

	limit, err := strconv.Atoi(text)
	if err != nil || limit < 1 || limit > MaxLimit {
		return 0, Invalid("limit", "out_of_range", "The limit is a whole number from 1 to 200.")
	}
	return limit, nil
}

// cursor reads the query's cursor into out. Without one, out stays as it is and ok is
// false. It accepts only what NextCursor would write: no null, and nothing left out.
func cursor(event Event, out any) (ok bool, err error) {
	text, given := event.QueryStringParameters["cursor"]
	if !given {
		return false, nil
	}

	decoded, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return false, ErrCursor
	}

	decoder := json.NewDecoder(bytes.NewReader(decoded))
	decoder.DisallowUnknownFields()
	if !json.Valid(decoded) || decoder.Decode(out) != nil {
		return false, ErrCursor
	}
	if written, err := json.Marshal(out); err != nil || !bytes.Equal(written, decoded) {
		return false, ErrCursor
	}
	return true, nil
}

// NextCursor returns the cursor from which ReadList reads the position.
func NextCursor(position any) *string {
	encoded, err := json.Marshal(position)
	if err != nil {
		panic("api: a cursor can't be JSON: " + err.Error())
	}
	return new(base64.RawURLEncoding.EncodeToString(encoded))
}
