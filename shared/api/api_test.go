package api_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/shared/api"
	"latchkey/shared/clock"
)

func request(body string) api.Event {
	return api.Event{
		RouteKey: "POST /api/things",
		Body:     body,
		Headers:  map[string]string{"content-type": "application/json"},
	}
}

// refusal gives an error as the public sees it: its status, its code, and the field with
// its code.
func refusal(t testing.TB, err error) string {
	t.Helper()

	if err == nil {
		return ""
	}

	var refused *api.Error
	if !errors.As(err, &refused) {
		t.Fatalf("it isn't for the public: %v", err)
	}

	text := fmt.Sprint(refused.Status, " ", refused.Code)
	for _, f := range refused.Fields {
		text += " " + f.Field + ":" + f.Code
	}

	return text
}

type thing struct {
	Name  string   `json:"name"`
	Count int      `json:"count"`
	Tags  []string `json:"tags"`
	Given *string  `json:"given"`
}

func TestDecode(t *testing.T) {
	for _, test := range []struct {
		name, media, body string
		encoded           bool
		want              string
	}{
		{
			name:  "an object is read",
			media: "application/json",
			body:  `{"name":"a","count":2,"tags":["x"],"given":null}`,
		},
		{
			name:  "so is one with a charset",
			media: "application/json; charset=utf-8",
			body:  ` {"name":"a"} `,
		},
		{
			name:    "so is one in base64",
			media:   "application/json",
			body:    base64.StdEncoding.EncodeToString([]byte(`{"name":"a"}`)),
			encoded: true,
		},
		{"an empty object is one", "application/json", `{}`, false, ""},
		{
			name:  "another media type is not taken",
			media: "text/plain",
			body:  `{}`,
			want:  "415 unsupported_media_type",
		},
		{
			name:  "nor is a form",
			media: "application/x-www-form-urlencoded",
			body:  `{}`,
			want:  "415 unsupported_media_type",
		},
		{"nor is none", "", `{}`, false, "415 unsupported_media_type"},
		{"nothing is no JSON", "application/json", ``, false, "400 invalid_json"},
		{"half an object is no JSON", "application/json", `{"name":`, false, "400 invalid_json"},
		{"two objects are no JSON", "application/json", `{} {}`, false, "400 invalid_json"},
		{
			name:  "bytes that are no UTF-8 are no JSON",
			media: "application/json",
			body:  "{\"name\":\"\xff\"}",
			want:  "400 invalid_json",
		},
		{
			name:    "what should be base64 and isn't is no JSON",
			media:   "application/json",
			body:    `{"name":"a"}`,
			encoded: true,
			want:    "400 invalid_json",
		},
		{
			name:  "an array is no object",
			media: "application/json",
			body:  `[]`,
			want:  "422 invalid_request :wrong_type",
		},
		{"null is no object", "application/json", `null`, false, "422 invalid_request :wrong_type"},
		{
			name:  "an unknown field is named",
			media: "application/json",
			body:  `{"nam":"a"}`,
			want:  "422 invalid_request nam:unknown_field",
		},
		{
			name:  "a field in another case is unknown",
			media: "application/json",
			body:  `{"Name":"a"}`,
			want:  "422 invalid_request Name:unknown_field",
		},
		{
			name:  "also beside the known one",
			media: "application/json",
			body:  `{"name":"a","COUNT":2}`,
			want:  "422 invalid_request COUNT:unknown_field",
		},
		{
			name:  "a number for a text is named",
			media: "application/json",
			body:  `{"name":1}`,
			want:  "422 invalid_request name:wrong_type",
		},
		{
			name:  "a text for a number is named",
			media: "application/json",
			body:  `{"count":"1"}`,
			want:  "422 invalid_request count:wrong_type",
		},
		{
			name:  "a fraction for a whole number is named",
			media: "application/json",
			body:  `{"count":1.5}`,
			want:  "422 invalid_request count:wrong_type",
		},
		{
			name:  "a number in a list of texts is named",
			media: "application/json",
			body:  `{"tags":[1]}`,
			want:  "422 invalid_request tags:wrong_type",
		},
		{
			name:  "64 KiB are not too large",
			media: "application/json",
			body:  `{"name":"` + strings.Repeat("a", api.MaxBody-11) + `"}`,
		},
		{
			name:  "a byte more is",
			media: "application/json",
			body:  `{"name":"` + strings.Repeat("a", api.MaxBody-10) + `"}`,
			want:  "413 body_too_large",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			event := request(test.body)
			event.Headers["content-type"], event.IsBase64Encoded = test.media, test.encoded

			var got thing
			if refused := refusal(t, api.Decode(event, &got)); refused != test.want {
				t.Errorf("got %q, want %q", refused, test.want)
			}

			if test.want == "" && test.body != "{}" && !strings.HasPrefix(got.Name, "a") {
				t.Errorf("it read %+v", got)
			}
		})
	}
}

func TestCursorsThatAreMadeUpAreRefused(t *testing.T) {
	type place struct {
		Shard int    `json:"s"`
		After string `json:"a,omitempty"`
	}

	encode := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	for _, test := range []struct {
		name, cursor string
		ok           bool
	}{
		{"one that a list gave is read", *api.NextCursor(place{3, "ada"}), true},
		{"a text is none", "hello", false},
		{"an empty one is none", "", false},
		{"base64 of something else is none", encode("hello"), false},
		{"padding is none", encode(`{"s":1}`) + "=", false},
		{"null is none", encode(`null`), false},
		{"an object with nothing is none", encode(`{}`), false},
		{"a field in another case is none", encode(`{"S":1}`), false},
		{"an unknown field is none", encode(`{"s":1,"x":2}`), false},
		{"a field of another type is none", encode(`{"s":"1"}`), false},
		{"two values are none", encode(`{"s":1}{"s":2}`), false},
		{"a text behind it is none", encode(`{"s":1}]`), false},
		{"another list's is none", *api.NextCursor("000#abc"), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			list, err := api.ReadList[place](
				api.Event{QueryStringParameters: map[string]string{"cursor": test.cursor}},
			)

			want := ""
			if !test.ok {
				want = "422 invalid_request cursor:invalid_cursor"
			}

			got := refusal(t, err)
			if got != want || list.Continued != test.ok {
				t.Errorf("got %q, %+v", got, list)
			}
			if test.ok && list.After != (place{3, "ada"}) {
				t.Errorf("got %+v", list.After)
			}
		})
	}

	list, err := api.ReadList[place](api.Event{})
	if list.Continued || err != nil || list.After != (place{}) {
		t.Errorf("without a cursor: %+v, %v", list, err)
	}
}

func TestLimitIsRefusedNotClamped(t *testing.T) {
	for text, want := range map[string]int{
		"1":                    1,
		"200":                  200,
		"0":                    0,
		"201":                  0,
		"-1":                   0,
		"x":                    0,
		"":                     0,
		"1.5":                  0,
		"99999999999999999999": 0,
	} {
		got, err := api.ReadList[string](
			api.Event{QueryStringParameters: map[string]string{"limit": text}},
		)
		if got.Limit != want || (err == nil) == (want == 0) {
			t.Errorf("%q: got %d, %v", text, got.Limit, err)
		}
	}

	got, err := api.ReadList[string](api.Event{})
	if got.Limit != api.DefaultLimit || err != nil {
		t.Errorf("without one: %d, %v", got.Limit, err)
	}
}

func TestQueryNamesWhatItDoesNotKnow(t *testing.T) {
	event := api.Event{
		QueryStringParameters: map[string]string{"limit": "1", "cursor": "x", "q": "a"},
	}

	var q string
	if err := api.Query(event, api.FreeText("q", &q)); err != nil || q != "a" {
		t.Errorf("got %q, %v", q, err)
	}

	if got := refusal(t, api.Query(event)); got != "422 invalid_request q:unknown_field" {
		t.Errorf("got %q", got)
	}
}

func TestServe(t *testing.T) {
	say := func(answer api.Answer, err error) api.Handler {
		return func(context.Context, api.Event) (api.Answer, error) { return answer, err }
	}
	for _, test := range []struct {
		name    string
		handler api.Handler
		status  int
		body    string
		header  string // "Name: value"
	}{
		{
			name:    "an answer is JSON",
			handler: say(api.OK(map[string]int{"a": 1}), nil),
			status:  200,
			body:    `{"a":1}`,
			header:  "Content-Type: application/json",
		},
		{
			name:    "an empty object is one",
			handler: say(api.Accepted(api.Empty{}), nil),
			status:  202,
			body:    `{}`,
			header:  "Content-Type: application/json",
		},
		{"no content has no body", say(api.NoContent(), nil), 204, "", "Content-Type: "},
		{"bytes are given as they are", say(api.Answer{
			Status: 200,
			Body:   []byte("a,b"),
			Header: map[string]string{"Content-Type": "text/csv"},
		}, nil),
			200, "a,b", "Content-Type: text/csv"},
		{
			name: "a refusal says its code and message",
			handler: say(
				api.Answer{},
				fmt.Errorf("wrapped: %w", api.Fail(409, "job_busy", "It is busy.")),
			),
			status: 409,
			body:   `{"error":{"code":"job_busy","message":"It is busy.","fields":[]}}`,
			header: "Cache-Control: no-store",
		},
		{
			name:    "a refused field is named",
			handler: say(api.Answer{}, api.Invalid("name", "required", "Give it.")),
			status:  422,
			body: `{"error":{"code":"invalid_request",` +
				`"message":"The request has a field that can't be taken.",` +
				`"fields":[{"field":"name","code":"required","message":"Give it."}]}}`,
			header: "X-Content-Type-Options: nosniff",
		},
		{
			name:    "seconds to wait are rounded up",
			handler: say(api.Answer{}, api.TooMany("locked", "Wait.", 1100*time.Millisecond)),
			status:  429,
			body:    `{"error":{"code":"locked","message":"Wait.","fields":[]}}`,
			header:  "Retry-After: 2",
		},
		{
			name:    "a failure says nothing of itself",
			handler: say(api.Answer{}, errors.New("get from users: ada@example.com")),
			status:  500,
			body: `{"error":{"code":"internal_error",` +
				`"message":"Something went wrong here. Try again.","fields":[]}}`,
			header: "Cache-Control: no-store",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			event := request("")
			event.RequestContext.RequestID = "request-1"

			got, err := api.Routes{event.RouteKey: test.handler}.Serve(t.Context(), event)
			if err != nil || got.StatusCode != test.status || got.Body != test.body {
				t.Errorf("got %d, %s, %v", got.StatusCode, got.Body, err)
			}

			name, value, _ := strings.Cut(test.header, ": ")
			if got.Headers[name] != value || got.Headers["X-Request-Id"] != "request-1" {
				t.Errorf("its headers are %v", got.Headers)
			}
		})
	}

	got, err := (api.Routes{}).Serve(t.Context(), request(""))
	if err != nil || got.StatusCode != http.StatusNotFound ||
		!strings.Contains(got.Body, `"not_found"`) {
		t.Errorf("a route that nobody has answers %d, %s, %v", got.StatusCode, got.Body, err)
	}
}

func TestTimesTextsAndSpansAsTheyAreWritten(t *testing.T) {
	at := time.Date(2026, 3, 1, 13, 0, 0, 5e6, time.FixedZone("CET", 3600))
	for _, test := range []struct {
		name  string
		value any
		want  string
	}{
		{"a time is in UTC with milliseconds", api.Time{Time: at}, `"2026-03-01T12:00:00.005Z"`},
		{"so is one of milliseconds", api.Milli(clock.Of(at)), `"2026-03-01T12:00:00.005Z"`},
		{"no time is null", api.Milli(0), `null`},
		{"no text is null", api.Text(""), `null`},
		{"a text is itself", api.Text("a\"b"), `"a\"b"`},
		{"hours alone", api.Duration(72 * time.Hour), `"72h"`},
		{"hours and minutes", api.Duration(90 * time.Minute), `"1h30m"`},
		{"minutes alone", api.Duration(10 * time.Minute), `"10m"`},
		{"seconds", api.Duration(90 * time.Second), `"1m30s"`},
		{
			name:  "hours and seconds keep the minutes between them",
			value: api.Duration(time.Hour + time.Second),
			want:  `"1h0m1s"`,
		},
		{"nothing", api.Duration(0), `"0s"`},
		{"the end of a list", api.Page[int]{Items: []int{}}, `{"items":[],"next_cursor":null}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got, err := json.Marshal(test.value); err != nil || string(got) != test.want {
				t.Errorf("got %s, %v; want %s", got, err, test.want)
			}
		})
	}
}

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]string{
		"10m":        "",
		"720h":       "",
		"72h":        "",
		"9m59s":      "422 invalid_request f:out_of_range",
		"720h1s":     "422 invalid_request f:out_of_range",
		"-72h":       "422 invalid_request f:out_of_range",
		"72":         "422 invalid_request f:invalid_duration",
		"":           "422 invalid_request f:invalid_duration",
		"three days": "422 invalid_request f:invalid_duration",
	} {
		_, err := api.ParseDuration("f", text, 10*time.Minute, 720*time.Hour)
		if got := refusal(t, err); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestOneOf(t *testing.T) {
	for value, want := range map[string]string{
		"":  "",
		"a": "",
		"c": "422 invalid_request f:not_allowed",
	} {
		if got := refusal(t, api.OneOf("f", value, "a", "b")); got != want {
			t.Errorf("%q: got %q, want %q", value, got, want)
		}
	}
}
