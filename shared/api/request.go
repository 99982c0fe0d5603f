package api

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// MaxBody is the most bytes of a request's body.
const MaxBody = 64 << 10

var errNotJSON = Fail(http.StatusBadRequest, "invalid_json", "The body is not JSON.")

// Body returns an event's body as bytes. It returns a 400 for a body that isn't base64
// though the event says so, and a 413 for one over 64 KiB.
func Body(event Event) ([]byte, error) {
	body := []byte(event.Body)
	if event.IsBase64Encoded {
		decoded, err := base64.StdEncoding.DecodeString(event.Body)
		if err != nil {
			return nil, errNotJSON
		}
		body = decoded
	}

	if len(body) > MaxBody {
		return nil, Fail(
			http.StatusRequestEntityTooLarge,
			"body_too_large",
			"The body is larger than 64 KiB.",
		)
	}
	return body, nil
}

// Decode reads a JSON object into out, which must point to a struct. It refuses what it
// doesn't know: 415 for another media type, 413 for a body over 64 KiB, 400 for what
// isn't JSON, and 422 for an unknown field or one of the wrong type.
func Decode(event Event, out any) error {
	media, _, err := mime.ParseMediaType(event.Headers["content-type"])
	if err != nil || media != "application/json" {
		return Fail(
			http.StatusUnsupportedMediaType,
			"unsupported_media_type",
			"The body has to be application/json.",
		)
	}

	body, err := Body(event)
	if err != nil {
		return err
	}
	if !json.Valid(body) || !utf8.Valid(body) {
		return errNotJSON
	}
	if trimmed := bytes.TrimSpace(body); trimmed[0] != '{' {
		return Invalid("", "wrong_type", "The body has to be a JSON object.")
	}
	if name := misspelt(body, out); name != "" {
		return Invalid(name, "unknown_field", "There is no such field.")
	}

	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	return decodeError(decoder.Decode(out))
}

func decodeError(err error) error {
	var (
		wrong   *json.UnmarshalTypeError
		refused *Error // of a field that decodes itself
	)
	switch {
	case err == nil || errors.Is(err, io.EOF):
		return nil
	case errors.As(err, &wrong):
		return Invalid(wrong.Field, "wrong_type", "The field has a value of the wrong type.")
	case errors.As(err, &refused):
		return refused
	}

	// encoding/json has no type for this error.
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return Invalid(strings.Trim(name, `"`), "unknown_field", "There is no such field.")
	}
	return errNotJSON
}

// misspelt returns a field of an object that out's struct has only in another case, or
// "". The decoder would accept it.
func misspelt(object []byte, out any) string {
	var given map[string]json.RawMessage
	if json.Unmarshal(object, &given) != nil {
		return ""
	}

	names := slices.Sorted(maps.Keys(given))
	for _, field := range reflect.VisibleFields(reflect.TypeOf(out).Elem()) {
		known, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		for _, name := range names {
			if name != known && strings.EqualFold(name, known) {
				return name
			}
		}
	}

	return ""
}

// OneOf refuses a value that isn't in a list. It accepts "".
func OneOf[T ~string](field string, value T, allowed ...T) error {
	if value == "" || slices.Contains(allowed, value) {
		return nil
	}

	texts := make([]string, len(allowed))
	for i, a := range allowed {
		texts[i] = string(a)
	}

	return Invalid(field, "not_allowed", "The value is one of "+strings.Join(texts, ", ")+".")
}
