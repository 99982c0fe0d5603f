package main

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"latchkey/shared/api"
	"latchkey/shared/limit"
	"latchkey/shared/openapi/openapitest"
	"latchkey/shared/throttle"
	"latchkey/shared/wire/wiretest"
	"latchkey/shared/work"
)

const here, there = "192.0.2.1", "192.0.2.2"

type world struct {
	*wiretest.Twin
	handler
}

func newWorld(t testing.TB) *world {
	t.Helper()
	twin := wiretest.New(t, "forgotpassword", nil)
	return &world{Twin: twin, handler: newHandler(twin.Wire)}
}

func (w *world) ask(from, body string) api.Response {
	w.T.Helper()

	const path = "/api/forgot-password"

	event := api.Event{
		RouteKey: "POST " + path,
		Body:     body,
		Headers:  map[string]string{"content-type": "application/json"},
	}
	event.RequestContext.HTTP.SourceIP, event.RequestContext.RequestID = from, "request-1"

	answer, err := w.routes().Serve(w.T.Context(), event)
	w.Must(err)
	openapitest.Check(w.T, http.MethodPost, path, answer.StatusCode, []byte(answer.Body))

	return answer
}

func TestEverybodyIsAnsweredTheSameAndAMessageIsAlwaysPut(t *testing.T) {
	w := newWorld(t)

	var first api.Response

	type asked struct{ key, typed string }
	names := map[string]asked{
		"ada":                       {"ada", "ada"},
		" ADA ":                     {"ada", " ADA "},
		"a/b":                       {"", "a/b"},
		"a\uffff":                   {"a\uffff", "a\uffff"},
		"Anna@Straße.example":       {"anna@strasse.example", "Anna@Straße.example"},
		strings.Repeat("x", 300):    {"", strings.Repeat("x", 300)},
		strings.Repeat("y", 60_000): {},
		"#administrators":           {"", "#administrators"},
	}

	want := map[asked]int{}
	for name, message := range names {
		got := w.ask(here, fmt.Sprintf(`{"username":%q}`, name))
		if first.StatusCode == 0 {
			first = got
		}

		if got.StatusCode != 202 || got.Body != "{}" || got.Body != first.Body ||
			!maps.Equal(got.Headers, first.Headers) {
			t.Errorf("%.20q: got %d, %s, %v", name, got.StatusCode, got.Body, got.Headers)
		}

		want[message]++
	}

	got, ids := map[asked]int{}, map[string]bool{}
	for _, message := range w.Received(work.Urgent) {
		m, ok := message.(work.Forgot)
		if !ok {
			t.Fatalf("got %+v", message)
		}

		got[asked{m.Key, m.Typed}]++
		ids[string(m.ID)] = true
	}

	if !maps.Equal(got, want) || len(ids) != len(names) {
		t.Errorf("messages for %v with %d ids, want %v", got, len(ids), want)
	}
}

func TestOneAddressMayAskSoOften(t *testing.T) {
	w := newWorld(t)
	for range throttle.PerSource {
		w.Must(w.limits.Take(
			t.Context(),
			limit.Name("forgot", here),
			throttle.PerSource,
			throttle.Window,
			wiretest.Noon,
		))
	}

	got := w.ask(here, `{"username":"ada"}`)
	if got.StatusCode != 429 || got.Headers["Retry-After"] != "300" {
		t.Errorf("got %d, %v", got.StatusCode, got.Headers)
	}

	if got := w.ask(there, `{"username":"ada"}`); got.StatusCode != 202 {
		t.Errorf("another address gets %d", got.StatusCode)
	}
}

func TestBadBodies(t *testing.T) {
	w := newWorld(t)
	for body, want := range map[string]int{
		`{}`:              422,
		`{"username":""}`: 422,
		`{"username":7}`:  422,
		`{"user":"ada"}`:  422,
		`[]`:              422,
		`x`:               400,
	} {
		if got := w.ask(here, body); got.StatusCode != want {
			t.Errorf("%s: got %d, %s", body, got.StatusCode, got.Body)
		}
	}
}
